//! Directories of a service: its root, and what is bound into it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::Wrong;

/// Longest path, in bytes.
const MAX_PATH: usize = 512;
/// What zookld itself puts below the jail.
const TAKEN_IN_JAIL: [&str; 4] = ["bin", "log", "run", "sockets"];
/// What zookld itself puts into each root.
const TAKEN_IN_ROOT: [&str; 2] = ["/log", "/run"];

/// A service's root directory, relative to the jail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory(PathBuf);

/// An absolute path as a service sees it, inside its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside(PathBuf);

/// One entry of `owns`: a private directory and its mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// Where the service sees it.
    pub path: Inside,
    /// Its permissions, such as `0o700`.
    pub mode: u32,
}

/// One entry of `reads` or `writes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// What of the host is bound there; where it is `None`, the path stands in the service's own root.
    pub host: Option<PathBuf>,
    /// Where the service sees it.
    pub inside: Inside,
}

impl Directory {
    /// The path, relative and without `..`.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// Whether one of two directories holds the other.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl Inside {
    /// The path, absolute and without `..`.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

/// An absolute path of the host, as in `jail = /jail`.
pub(crate) fn absolute(text: &str) -> Result<PathBuf, Wrong> {
    let steps = text.strip_prefix('/').unwrap_or_default();
    if !plain(steps) {
        let instead = "write an absolute path without .., // and blanks, as in /srv/static";
        return Err(Wrong::new(format!("the path {text:?} cannot be used"), instead));
    }
    Ok(PathBuf::from(text))
}

/// One or more names between single slashes, none of them `.` or `..`.
fn plain(steps: &str) -> bool {
    let name = |name: &str| !matches!(name, "" | "." | "..");
    let harmless = |c: char| c.is_ascii_graphic() && !matches!(c, ':' | ',');
    steps.len() <= MAX_PATH && steps.split('/').all(name) && steps.chars().all(harmless)
}

impl FromStr for Directory {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if !plain(text) {
            let instead = "write a path below the jail, without a / in front, .. and blanks, as in dir = echo";
            return Err(Wrong::new(format!("the dir {text:?} cannot be a root directory"), instead));
        }
        let first = text.split('/').next().unwrap_or_default();
        if TAKEN_IN_JAIL.contains(&first) {
            let instead = format!("{} belong to zookld: use another name", TAKEN_IN_JAIL.join(", "));
            return Err(Wrong::new(format!("the dir {text:?} is taken"), instead));
        }
        Ok(Self(PathBuf::from(text)))
    }
}

impl FromStr for Inside {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let path = absolute(text)?;
        if TAKEN_IN_ROOT.iter().any(|taken| path.starts_with(taken)) {
            return Err(Wrong::new(format!("{text} is taken"), "/log and /run belong to zookld: use another name"));
        }
        Ok(Self(path))
    }
}

impl FromStr for Owned {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let (path, mode) = text.split_once([' ', '\t']).unwrap_or((text, "0700"));
        let path = path.parse()?;
        let mode = mode.trim();
        match u32::from_str_radix(mode, 8) {
            Ok(bits) if bits & !0o777 == 0 && bits & 0o700 == 0o700 && bits & 0o002 == 0 => {
                Ok(Self { path, mode: bits })
            }
            _ => {
                let what = format!("{mode:?} cannot be the mode of an owned directory");
                Err(Wrong::new(what, "write 0700, or 0750 to let its group read; never let others write"))
            }
        }
    }
}

impl FromStr for Bound {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text.split_once(':') {
            None => Ok(Self { host: None, inside: text.parse()? }),
            Some((host, inside)) => Ok(Self { host: Some(absolute(host)?), inside: inside.parse()? }),
        }
    }
}

impl fmt::Display for Inside {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(out)
    }
}

impl fmt::Display for Owned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({:04o})", self.path, self.mode)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) if host != self.inside.as_path() => {
                write!(out, "{} (the host's {})", self.inside, host.display())
            }
            Some(_) => write!(out, "{} (the host's)", self.inside),
            None => self.inside.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_cannot_leave_the_jail() {
        for bad in ["..", "a/../b", "/etc", "a//b", "", "a/", ".", "log/x", "a b"] {
            assert!(bad.parse::<Directory>().is_err(), "{bad:?}");
        }
        assert!("zoobar/pages".parse::<Directory>().is_ok());
    }

    #[test]
    fn an_owned_directory_is_absolute_and_closed_to_others() {
        for bad in ["db", "/db 0777", "/db 4700", "/db 0500", "/db rwx", "/", "/log", "/run/x", "/a/../b"] {
            assert!(bad.parse::<Owned>().is_err(), "{bad:?}");
        }
        assert_eq!("/db 0750".parse::<Owned>().map(|owned| owned.mode), Ok(0o750));
        assert_eq!("/db".parse::<Owned>().map(|owned| owned.mode), Ok(0o700));
    }

    #[test]
    fn what_is_bound_may_stand_elsewhere_on_the_host() {
        let bound: Bound = "/usr/lib/python3.11:/python".parse().expect("is well formed");
        assert_eq!(bound.host.as_deref(), Some(Path::new("/usr/lib/python3.11")));
        assert!("usr:/python".parse::<Bound>().is_err());
        assert!("/usr:python".parse::<Bound>().is_err());
    }
}
