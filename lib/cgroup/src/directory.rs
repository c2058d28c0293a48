//! One directory of a hierarchy: its files are short texts, its sub-directories are groups.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2, unlinkat};
use rustix::io::Errno;

use crate::{GroupError, Place};

/// Most that is read of a file.
const MAX_TEXT: usize = 64 * 1024;
/// Nothing in a hierarchy is a link, and no way leads out of it.
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// An open group.
#[derive(Debug)]
pub(crate) struct Directory {
    fd: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// The group of this process.
    pub(crate) fn of(place: &Place) -> Result<Self, GroupError> {
        let path = place.mount.join(&place.own);
        let open = || -> io::Result<OwnedFd> {
            let mount = openat(CWD, &place.mount, DIRECTORY, Mode::empty())?;
            if place.own.as_os_str().is_empty() {
                return Ok(mount);
            }
            Ok(openat2(&mount, &place.own, DIRECTORY, Mode::empty(), BENEATH)?)
        };
        match open() {
            Ok(fd) => Ok(Self { fd, path }),
            Err(source) => Err(GroupError { step: "open", path, source }),
        }
    }

    /// For messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A group in this one, which may be there already.
    pub(crate) fn make(&self, name: &str) -> io::Result<Self> {
        match mkdirat(&self.fd, name, Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH) {
            Ok(()) | Err(Errno::EXIST) => self.enter(name.as_ref()),
            Err(why) => Err(why.into()),
        }
    }

    pub(crate) fn enter(&self, name: &OsStr) -> io::Result<Self> {
        let fd = openat2(&self.fd, name, DIRECTORY, Mode::empty(), BENEATH)?;
        Ok(Self { fd, path: self.path.join(name) })
    }

    /// Removes an empty group. One that is not there is removed.
    pub(crate) fn remove(&self, name: &OsStr) -> io::Result<()> {
        match unlinkat(&self.fd, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    /// The names of the groups in this one.
    pub(crate) fn groups(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(self.fd.as_fd())? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if entry.file_type() == FileType::Directory && name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Opens one of its files.
    pub(crate) fn file(&self, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
        Ok(openat2(&self.fd, name, flags | OFlags::CLOEXEC, Mode::empty(), BENEATH)?)
    }

    /// What stands in one of its files, up to the last whole line of the first [`MAX_TEXT`] bytes.
    pub(crate) fn read(&self, name: &str) -> io::Result<String> {
        let file = self.file(name, OFlags::RDONLY)?;
        let mut text = vec![0; MAX_TEXT];
        let mut length = 0;
        while length < text.len() {
            match rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut text[length..]))? {
                0 => break,
                read => length += read,
            }
        }
        text.truncate(length);
        if length == MAX_TEXT {
            let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            text.truncate(whole);
        }
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// Writes one of its files; the kernel takes or refuses it whole.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let file = self.file(name, OFlags::WRONLY)?;
        rustix::io::retry_on_intr(|| rustix::io::write(&file, text.as_bytes())).map(drop).map_err(Into::into)
    }

    /// The processes in it, without those of the groups below; at most as many as fit in [`MAX_TEXT`].
    pub(crate) fn processes(&self) -> io::Result<Vec<i32>> {
        Ok(self.read("cgroup.procs")?.lines().filter_map(|line| line.parse().ok()).collect())
    }
}
