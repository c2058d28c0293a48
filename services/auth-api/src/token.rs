//! Bearer tokens on their way between processes.

use serde::{Deserialize, Serialize};

/// Number of hexadecimal digits in a token: 256 bits.
const DIGITS: usize = 64;

/// A session, run or device token. Only the right shape can be a value of this type; it does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

/// Not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token is {DIGITS} lower-case hexadecimal digits")]
pub struct NotAToken;

impl Token {
    /// The digits, for a cookie or a hash. Never log them.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Spells 256 random bits as a token.
    pub fn from_bits(bits: &[u8; 32]) -> Self {
        use std::fmt::Write;
        let mut digits = String::with_capacity(DIGITS);
        for byte in bits {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits)
    }
}

impl TryFrom<String> for Token {
    type Error = NotAToken;

    fn try_from(digits: String) -> Result<Self, NotAToken> {
        let well_formed = digits.len() == DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if well_formed { Ok(Self(digits)) } else { Err(NotAToken) }
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
            assert_eq!(Token::try_from(wrong), Err(NotAToken));
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
