//! What a user may be called.

use std::fmt;

use auth_api::{Error, MAX_USERNAME};
use unicode_general_category::{GeneralCategory as Category, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// No more of a text is looked at: composed or not, this much is too long.
const LOOKED_AT: usize = 16 * MAX_USERNAME;

/// Characters that are letters, marks or symbols by their category, but show nothing.
const BLANK: [(char, char); 8] = [
    ('\u{34f}', '\u{34f}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
];

/// A user's name: 1 to 64 visible characters in normal form C. Names that look alike are still different names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name(String);

impl Name {
    /// Brings text into normal form and refuses what is no name, with a sentence for the visitor.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Err(Error::BadUsername { why: why.to_owned() });
        let name: String = text.chars().take(LOOKED_AT).nfc().collect();
        match name.chars().count() {
            0 => return refuse("A user name has at least one character."),
            1..=MAX_USERNAME => {}
            _ => return refuse("A user name has at most 64 characters."),
        }
        if name.starts_with(' ') || name.ends_with(' ') || name.contains("  ") {
            return refuse("A user name has no blank at its ends and no two in a row.");
        }
        if name.chars().next().is_some_and(is_mark) {
            return refuse("A user name cannot begin with a combining mark.");
        }
        if !name.chars().all(is_visible) {
            return refuse("A user name has visible characters only.");
        }
        Ok(Self(name))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn is_mark(character: char) -> bool {
    use Category::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(get_general_category(character), EnclosingMark | NonspacingMark | SpacingMark)
}

/// Format characters are left out among others because they turn the reading direction around.
fn is_visible(character: char) -> bool {
    use Category::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate, Unassigned,
    };
    match get_general_category(character) {
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned => false,
        SpaceSeparator => character == ' ',
        _ => !BLANK.iter().any(|(first, last)| (*first..=*last).contains(&character)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_everywhere_are_names() {
        let names = [
            "anna",
            "A",
            "Zoé",
            "名前",
            "Мария",
            "عمر",
            "न्यूटन",
            "o'brien",
            "<b>",
            "../../etc/passwd",
            "test1/.",
            "a b",
            "x#y;z=\"1\"",
            "🦁",
            "%s",
            &"é".repeat(64),
        ];
        for name in names {
            assert_eq!(Name::parse(name).expect(name).as_str(), name);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_no_name() {
        let wrong = [
            "",
            " ",
            "anna ",
            " anna",
            "a  b",
            "a\tb",
            "a\nb",
            "a\0b",
            "a\u{a0}b",
            "a\u{3000}b",
            "a\u{200b}b",
            "\u{202e}anna",
            "a\u{2066}b",
            "a\u{2028}b",
            "\u{e000}",
            "\u{ad}a",
            "\u{301}a",
            "\u{3164}",
            "\u{2800}",
            "a\u{fe0f}",
            "\u{fdd0}",
            "a\u{e0001}",
            "a\u{7f}",
            "a\u{85}b",
        ];
        for name in wrong {
            assert!(matches!(Name::parse(name), Err(Error::BadUsername { .. })), "{name:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_64_characters() {
        assert!(Name::parse(&"a".repeat(65)).is_err());
        assert!(Name::parse(&"a".repeat(1_000_000)).is_err());
        // 64 characters of 65 letters and marks.
        assert!(Name::parse(&format!("{}e\u{301}", "a".repeat(63))).is_ok());
    }

    #[test]
    fn the_same_name_written_two_ways_is_one_name() {
        assert_eq!(Name::parse("Zoe\u{301}").expect("a name"), Name::parse("Zo\u{e9}").expect("a name"));
        assert_ne!(Name::parse("Zoe").expect("a name"), Name::parse("zoe").expect("a name"));
    }
}
