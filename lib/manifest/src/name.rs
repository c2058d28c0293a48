//! Names of services and programs.

use std::fmt;
use std::str::FromStr;

use crate::Wrong;

/// Longest name, in bytes.
const MAX_NAME: usize = 64;

/// A section of zook.conf that is a process: lower-case letters, digits and `_`. It is safe as a part of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(String);

/// The file name of a program in the directory of programs, never a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(String);

impl ServiceName {
    /// The name of the dispatcher's section.
    pub fn zookd() -> Self {
        Self("zookd".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its root directory where `dir` says nothing: without `_svc`.
    pub(crate) fn stem(&self) -> &str {
        self.0.strip_suffix("_svc").unwrap_or(&self.0)
    }
}

impl Program {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower-case letters, digits and `_`, and not too many of them.
pub(crate) fn is_plain(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    text.len() <= MAX_NAME && text.bytes().all(plain) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

impl FromStr for ServiceName {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if !is_plain(text) || text == "_svc" {
            let instead = format!("use at most {MAX_NAME} lower-case letters, digits and _, as in echo_svc");
            return Err(Wrong::new(format!("{text:?} cannot be the name of a service"), instead));
        }
        if text == "zook" {
            return Err(Wrong::new("[zook] is the site, not a service", "use another name"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for Program {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
        if text.is_empty() || text.len() > MAX_NAME || !text.bytes().all(plain) || text.starts_with('.') {
            let instead =
                "write the name of a file in the directory of programs, without / and blanks, as in cmd = echo";
            return Err(Wrong::new(format!("{text:?} cannot be the name of a program"), instead));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}
