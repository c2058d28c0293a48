//! Why a call was refused: as an error number for the program, in words for its author.

use rustix::io::Errno;
use std::fmt;

/// A call that was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Any Linux would have said so: nothing to explain.
    Ordinary(Errno),
    /// The sandbox says so.
    Rule(Rule),
}

/// A rule of the sandbox that a call ran into. `Display` is the rule in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Outside `/tmp` there is the Python library and three devices, and nothing else.
    Absent,
    /// Outside `/tmp` nothing can be changed.
    ReadOnly,
    /// The owner's bytes are spent. Carries how many they were.
    BytesSpent(u64),
    /// The owner's entries are spent. Carries how many they were.
    EntriesSpent(u64),
    /// One file would be too large. Carries the limit.
    FileTooLarge(u64),
    /// Directories would be nested too deep. Carries the limit.
    TooDeep(u32),
    /// A file given to somebody else.
    OneOwner,
    /// A lock held through another descriptor of the same program: it would wait for itself.
    WaitsForItself,
}

impl Refusal {
    /// What the program gets.
    pub fn errno(&self) -> Errno {
        match self {
            Refusal::Ordinary(errno) => *errno,
            Refusal::Rule(rule) => rule.errno(),
        }
    }
}

impl Rule {
    /// What the program gets.
    pub fn errno(&self) -> Errno {
        match self {
            Rule::Absent => Errno::NOENT,
            Rule::ReadOnly => Errno::ROFS,
            Rule::BytesSpent(_) | Rule::EntriesSpent(_) => Errno::NOSPC,
            Rule::FileTooLarge(_) => Errno::FBIG,
            Rule::TooDeep(_) => Errno::NAMETOOLONG,
            Rule::OneOwner => Errno::PERM,
            Rule::WaitsForItself => Errno::DEADLK,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Absent => write!(f, "there is no such file inside the sandbox"),
            Rule::ReadOnly => write!(f, "only files in /tmp can be written inside the sandbox"),
            Rule::BytesSpent(limit) => {
                write!(f, "the files in /tmp may hold {limit} bytes together, and they are used up")
            }
            Rule::EntriesSpent(limit) => write!(f, "/tmp may hold {limit} files and directories, and they are used up"),
            Rule::FileTooLarge(limit) => write!(f, "one file in /tmp may hold {limit} bytes"),
            Rule::TooDeep(limit) => write!(f, "directories in /tmp may be nested {limit} deep"),
            Rule::OneOwner => write!(f, "all files in /tmp belong to the program, and cannot be given away"),
            Rule::WaitsForItself => {
                write!(
                    f,
                    "the lock is held through another descriptor of this program, so waiting for it would never end"
                )
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Ordinary(errno) => errno.fmt(f),
            Refusal::Rule(rule) => rule.fmt(f),
        }
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Refusal {
        Refusal::Ordinary(errno)
    }
}

impl From<Rule> for Refusal {
    fn from(rule: Rule) -> Refusal {
        Refusal::Rule(rule)
    }
}

/// The sentence an author reads: `open('/etc/passwd'): there is no such file inside the sandbox`. The subject is a
/// stranger's bytes: what is not plain text is escaped, and a long one keeps its end, where the file's name is.
pub fn sentence(call: &str, subject: Option<&[u8]>, why: &impl fmt::Display) -> String {
    match subject {
        Some(subject) => format!("{call}('{}'): {why}", shown(subject)),
        None => format!("{call}(): {why}"),
    }
}

/// A stranger's bytes as one short line of plain text.
pub fn shown(subject: &[u8]) -> String {
    const SHOWN: usize = 120;
    let cut = subject.len().saturating_sub(SHOWN);
    let dots = if cut > 0 { "…" } else { "" };
    let text = String::from_utf8_lossy(&subject[cut..]);
    let shown: String =
        text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
    format!("{dots}{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_reads_what_happened() {
        assert_eq!(
            sentence("open", Some(b"/etc/passwd"), &Rule::Absent),
            "open('/etc/passwd'): there is no such file inside the sandbox"
        );
        assert_eq!(
            sentence("write", None, &Rule::BytesSpent(7)),
            "write(): the files in /tmp may hold 7 bytes together, and they are used up"
        );
    }

    #[test]
    fn a_strangers_bytes_cannot_forge_a_line() {
        let told = sentence("open", Some(b"x\n\x1b[2Jy\xff"), &Rule::Absent);
        assert_eq!(told, "open('x\\n\\u{1b}[2Jy\u{fffd}'): there is no such file inside the sandbox");
        assert!(sentence("open", Some(&[b'x'; 5000]), &Rule::Absent).len() < 250);
    }
}
