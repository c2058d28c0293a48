//! Numbers of zoobars as people type them.

/// Most zoobars a day that a profile may be allowed to spend.
pub(crate) const MAX_CAP: u64 = auth_api::MAX_CAP;

/// A positive whole number of zoobars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount(i64);

/// Zoobars a day, none included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cap(u64);

/// Why a text is no number of zoobars; the text is for the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotZoobars {
    #[error("Say how many zoobars.")]
    Empty,
    #[error("Zoobars come whole: write a number such as 3, in digits only.")]
    NotWhole,
    #[error("Nothing at all cannot be sent: write 1 or more.")]
    Zero,
    #[error("There are not that many zoobars in the world.")]
    Huge,
    #[error("A profile may spend at most {MAX_CAP} zoobars a day.")]
    AboveCap,
}

impl Amount {
    pub(crate) fn parse(typed: &str) -> Result<Self, NotZoobars> {
        match i64::try_from(whole(typed)?) {
            Ok(0) => Err(NotZoobars::Zero),
            Ok(zoobars) => Ok(Self(zoobars)),
            Err(_) => Err(NotZoobars::Huge),
        }
    }

    pub(crate) fn zoobars(self) -> i64 {
        self.0
    }
}

impl Cap {
    pub(crate) fn parse(typed: &str) -> Result<Self, NotZoobars> {
        match whole(typed) {
            Ok(zoobars) if zoobars <= MAX_CAP => Ok(Self(zoobars)),
            Ok(_) | Err(NotZoobars::Huge) => Err(NotZoobars::AboveCap),
            Err(why) => Err(why),
        }
    }

    pub(crate) fn zoobars(self) -> u64 {
        self.0
    }
}

/// Digits and nothing else: no sign, point, exponent or other script's numerals, since each of these means different things
/// to different people.
fn whole(typed: &str) -> Result<u64, NotZoobars> {
    let digits = typed.trim();
    if digits.is_empty() {
        return Err(NotZoobars::Empty);
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotZoobars::NotWhole);
    }
    digits.parse().map_err(|_| NotZoobars::Huge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_positive_whole_number_is_an_amount() {
        for (typed, zoobars) in [("3", 3), (" 3 ", 3), ("007", 7), ("9223372036854775807", i64::MAX)] {
            assert_eq!(Amount::parse(typed).map(Amount::zoobars), Ok(zoobars));
        }
    }

    #[test]
    fn anything_else_is_not() {
        for typed in ["1.5", "1e3", "-3", "+3", "abc", "1 000", "1,000", "0x10", "３", "__import__('os')", "3\0"] {
            assert_eq!(Amount::parse(typed), Err(NotZoobars::NotWhole), "{typed}");
        }
        assert_eq!(Amount::parse("  "), Err(NotZoobars::Empty));
        assert_eq!(Amount::parse("0"), Err(NotZoobars::Zero));
        assert_eq!(Amount::parse("9223372036854775808"), Err(NotZoobars::Huge));
        assert_eq!(Amount::parse(&"9".repeat(1000)), Err(NotZoobars::Huge));
    }

    #[test]
    fn a_cap_may_be_nothing_but_not_too_much() {
        assert_eq!(Cap::parse("0").map(Cap::zoobars), Ok(0));
        assert_eq!(Cap::parse("1000000").map(Cap::zoobars), Ok(MAX_CAP));
        assert_eq!(Cap::parse("1000001"), Err(NotZoobars::AboveCap));
        assert_eq!(Cap::parse("99999999999999999999999"), Err(NotZoobars::AboveCap));
        assert_eq!(Cap::parse("-1"), Err(NotZoobars::NotWhole));
    }
}
