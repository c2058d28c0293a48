//! Names and paths as bytes: what the kernel accepts as one, before anything is looked up.

use crate::{OpenId, Refusal};
use rustix::io::Errno;
use std::borrow::Borrow;

/// The longest name, in bytes: `NAME_MAX` of Linux.
pub const NAME_MAX: usize = 255;

/// The longest path, in bytes, with its terminating NUL: `PATH_MAX` of Linux.
pub const PATH_MAX: usize = 4096;

/// A path, and the open directory that it starts from unless it is absolute; without one, the working directory
/// (`AT_FDCWD`). The pair that the `*at` calls take, openat(2).
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub dir: Option<OpenId>,
    pub path: &'a [u8],
}

impl<'a> At<'a> {
    /// A path from the working directory.
    pub fn cwd(path: &'a (impl AsRef<[u8]> + ?Sized)) -> At<'a> {
        At { dir: None, path: path.as_ref() }
    }

    /// A path from an open directory.
    pub fn dir(dir: OpenId, path: &'a (impl AsRef<[u8]> + ?Sized)) -> At<'a> {
        At { dir: Some(dir), path: path.as_ref() }
    }
}

/// What a call about one existing object is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// What is open here: `fstat`, or `AT_EMPTY_PATH` with an empty path.
    Open(OpenId),
    /// What the path leads to: `stat`.
    Path(At<'a>),
    /// The same, but a symbolic link at its end is meant itself: `lstat`, `AT_SYMLINK_NOFOLLOW`.
    Link(At<'a>),
}

/// One name in a path: not empty, no `/`, no NUL, neither `.` nor `..`. One that is too long for a directory is still a
/// name: a walk gets that far, and whoever looks it up says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(Box<[u8]>);

impl Name {
    pub(crate) fn new(bytes: &[u8]) -> Result<Name, Errno> {
        match bytes {
            b"" | b"." | b".." => Err(Errno::INVAL),
            _ if bytes.contains(&b'/') || bytes.contains(&0) => Err(Errno::INVAL),
            _ => Ok(Name(bytes.into())),
        }
    }

    /// Refuses what no directory can hold.
    pub(crate) fn fits(&self) -> Result<(), Errno> {
        if self.0.len() > NAME_MAX { Err(Errno::NAMETOOLONG) } else { Ok(()) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// So that a map of names can be asked with plain bytes.
impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// A path the kernel would take from a program: not empty, shorter than [`PATH_MAX`], and without NUL.
pub(crate) fn check(path: &[u8]) -> Result<(), Refusal> {
    if path.is_empty() {
        return Err(Errno::NOENT.into());
    }
    if path.len() >= PATH_MAX {
        return Err(Errno::NAMETOOLONG.into());
    }
    // A C string cannot hold one; other engines' strings can.
    if path.contains(&0) {
        return Err(Errno::INVAL.into());
    }
    Ok(())
}
