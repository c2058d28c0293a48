//! The contracts of the profile service and of the server that a running profile talks to. `profile.varlink` and
//! `profile_api_server.varlink` are the same in varlink's own language.

#![forbid(unsafe_code)]

pub mod api_server;

use auth_api::Token;
use serde::{Deserialize, Serialize};

/// The interface in varlink's definition language; the service hands it out on request.
pub const IDL: &str = include_str!("profile.varlink");

/// Longest profile text, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;
/// Zoobars a day that a new executable profile may spend where its owner says nothing.
pub const DEFAULT_CAP: u64 = 50;

/// First lines that make a profile a program. The second is the spelling of the 2018 handout.
pub const MARKERS: [&str; 2] = ["#!python", "#!/python"];

/// Whether a profile is a program.
pub fn is_program(text: &str) -> bool {
    MARKERS.iter().any(|marker| text.starts_with(marker))
}

/// Longest name of a Python that is looked for, in characters.
const MAX_NAME: usize = 64;

/// The Python that a program chooses, by the rest of its first line: `#!python science`. Most choose none.
pub fn chosen_python(program: &str) -> Option<&str> {
    let first = program.lines().next()?;
    let rest = MARKERS.iter().find_map(|marker| first.strip_prefix(marker))?;
    let name = rest.strip_prefix([' ', '\t'])?.trim();
    let end = name.char_indices().nth(MAX_NAME).map_or(name.len(), |(at, _)| at);
    Some(&name[..end]).filter(|name| !name.is_empty())
}

/// Asks for the text of a user's profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Get {
    pub username: String,
}

/// A profile's text; empty where the user never saved one. The bank knows who exists; this service does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Got {
    pub text: String,
}

/// Stores the profile of the token's owner. What a program may spend is set at auth, by its owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Set {
    pub token: Token,
    /// At most [`MAX_TEXT`] bytes.
    pub text: String,
}

/// A stored profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub executable: bool,
}

/// What the token's owner sees of a user's profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct View {
    pub token: Token,
    pub username: String,
}

/// What a visitor sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewed {
    pub view: Sight,
}

/// What a visitor sees of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Sight {
    /// Not a program: its own words.
    Text { text: String },
    /// What the program printed, and a sentence where it did not end well.
    Run { text: String, remark: Option<String> },
}

/// Asks for the last runs of the token owner's profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Runs {
    pub token: Token,
}

/// Runs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunList {
    pub runs: Vec<Run>,
}

/// One past run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Like `2026-11-21 17:30:13`, in UTC.
    pub time: String,
    pub visitor: String,
    /// One sentence.
    pub outcome: String,
    pub milliseconds: u64,
    /// In bytes, with what Python itself has.
    pub peak_memory: Option<u64>,
    /// Files, directories and links that there were after it, and their bytes. Not known of runs that an older version kept.
    pub files: Option<u64>,
    pub file_bytes: Option<u64>,
    /// The beginning of what it printed.
    pub output: String,
    /// The beginning of what it, or Python on its behalf, wrote to stderr.
    pub errors: String,
    /// Calls that the sandbox refused, each with the reason.
    pub denials: Vec<String>,
}

/// How the profile service refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum Error {
    #[serde(rename = "org.zoobar.Profile.InvalidToken")]
    #[error("the token is not valid here")]
    InvalidToken,
    #[serde(rename = "org.zoobar.Profile.TooLong")]
    #[error("a profile has at most {limit} bytes")]
    TooLong { limit: usize },
    /// Too many runs are waiting.
    #[serde(rename = "org.zoobar.Profile.Busy")]
    #[error("too many profiles are waiting to run")]
    Busy,
    /// Storage or a called service failed.
    #[serde(rename = "org.zoobar.Profile.Unavailable")]
    #[error("the profile service cannot answer now")]
    Unavailable,
}

rpc::methods! { "org.zoobar.Profile", Error;
    Get => Got, repeatable;
    Set => Stored, repeatable;
    View => Viewed;
    Runs => RunList, repeatable;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_first_line_names_a_python() {
        for (program, python) in [
            ("#!python\nprint(1)", None),
            ("#!python \r\nprint(1)", None),
            ("#!python science\nprint(1)", Some("science")),
            ("#!/python\tscience \r\nprint(1)", Some("science")),
            ("#!python science", Some("science")),
            ("#!python two words", Some("two words")),
            ("#!python3\n", None),
            ("science", None),
        ] {
            assert_eq!(chosen_python(program), python, "{program:?}");
        }
        let long = format!("#!python {}", "é".repeat(1000));
        assert_eq!(chosen_python(&long), Some("é".repeat(MAX_NAME).as_str()));
    }
}
