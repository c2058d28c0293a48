//! A user's name as somebody else types it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Longest name that is looked for, in bytes: four for each character that auth allows.
const MAX_BYTES: usize = 4 * auth_api::MAX_USERNAME;

/// What was typed, without blanks at its ends and in the form in which auth stores names (NFC): keyboards differ in how they
/// write `é`. Whether anybody has this name, the bank knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn typed(text: &str) -> Self {
        let mut name: String = text.trim().nfc().collect();
        // Longer than any name there is, this one stays nobody's.
        name.truncate(name.floor_char_boundary(MAX_BYTES + 4));
        Self(name)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_type_a_name_are_one_name() {
        assert_eq!(Name::typed(" Rene\u{301}e "), Name::typed("Ren\u{e9}e"));
    }

    #[test]
    fn a_name_beyond_all_names_does_not_become_somebody_elses() {
        assert!(Name::typed(&"a".repeat(100_000)).as_str().chars().count() > auth_api::MAX_USERNAME);
    }
}
