//! What the operator asks for on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

const HELP: &str = "\
zookld: starts the site that a zook.conf describes, and watches over it.

    zookld zook.conf            start the site and serve until Ctrl-C (as root)
    zookld --check zook.conf    print who runs as whom and may do what, and start nothing
    zookld --help | --version";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Start the site.
    Serve(PathBuf),
    /// Print the policy.
    Check(PathBuf),
    /// Print this.
    Say(String),
}

/// A command line that asks for nothing we know.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; write zookld zook.conf, or zookld --help")]
pub(crate) struct Unclear(String);

impl Command {
    /// Reads the words after the program's name.
    pub(crate) fn read(words: impl Iterator<Item = OsString>) -> Result<Self, Unclear> {
        let mut check = false;
        let mut conf = None;
        for word in words {
            match word.to_str() {
                Some("--help" | "-h") => return Ok(Self::Say(HELP.to_owned())),
                Some("--version") => return Ok(Self::Say(format!("zookld {}", env!("CARGO_PKG_VERSION")))),
                Some("--check") => check = true,
                Some(option) if option.starts_with('-') => return Err(Unclear(format!("there is no option {option}"))),
                _ if conf.is_some() => return Err(Unclear("there are two files on the command line".to_owned())),
                _ => conf = Some(PathBuf::from(word)),
            }
        }
        let conf = conf.ok_or_else(|| Unclear("no zook.conf is given".to_owned()))?;
        Ok(if check { Self::Check(conf) } else { Self::Serve(conf) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Command, Unclear> {
        Command::read(words.iter().map(OsString::from))
    }

    #[test]
    fn one_file_is_served_or_checked() {
        assert_eq!(read(&["zook.conf"]), Ok(Command::Serve("zook.conf".into())));
        assert_eq!(read(&["--check", "zook.conf"]), Ok(Command::Check("zook.conf".into())));
    }

    #[test]
    fn nothing_and_too_much_are_unclear() {
        assert!(read(&[]).is_err());
        assert!(read(&["a", "b"]).is_err());
        assert!(read(&["--chekc", "zook.conf"]).is_err());
    }
}
