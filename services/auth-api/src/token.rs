//! Bearer tokens on their way between processes.

use serde::{Deserialize, Serialize};

use crate::digits::{self, NotDigits};

/// A session, run or device token. Only the right shape can be a value of this type; it does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

impl Token {
    /// The digits, for a cookie or a hash. Never log them.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Spells 256 random bits as a token.
    pub fn from_bits(bits: &[u8; 32]) -> Self {
        Self(digits::spell(bits))
    }
}

impl TryFrom<String> for Token {
    type Error = NotDigits;

    fn try_from(digits: String) -> Result<Self, NotDigits> {
        digits::check(digits).map(Self)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lower_case_hexadecimal_digits_are_a_token() {
        assert!(Token::try_from("a1".repeat(32)).is_ok());
        for wrong in [String::new(), "a1".repeat(31), "A1".repeat(32), "g1".repeat(32), "a1".repeat(33)] {
            assert_eq!(Token::try_from(wrong), Err(NotDigits));
        }
    }

    #[test]
    fn bits_are_spelled_as_digits_that_parse_again() {
        let token = Token::from_bits(&[0xab; 32]);
        assert_eq!(token.expose(), "ab".repeat(32));
        assert!(Token::try_from(token.expose().to_owned()).is_ok());
    }

    #[test]
    fn a_token_does_not_print() {
        assert_eq!(format!("{:?}", Token::from_bits(&[1; 32])), "Token(…)");
    }
}
