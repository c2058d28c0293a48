//! 256 bits as they are written in messages: 64 lower-case hexadecimal digits.

/// Number of digits.
pub(crate) const DIGITS: usize = 64;

/// Not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are not {DIGITS} lower-case hexadecimal digits")]
pub struct NotDigits;

/// Writes bits as digits.
pub(crate) fn spell(bits: &[u8; 32]) -> String {
    use std::fmt::Write;
    let mut digits = String::with_capacity(DIGITS);
    for byte in bits {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Lets digits through and nothing else.
pub(crate) fn check(digits: String) -> Result<String, NotDigits> {
    let well_formed = digits.len() == DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if well_formed { Ok(digits) } else { Err(NotDigits) }
}
