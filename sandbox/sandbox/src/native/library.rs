//! The host's Python library as guests see it: names and attributes in memory, contents by descriptors opened on demand.
//!
//! It is looked through once, at the start. A guest's path is only ever compared with names found then.

use std::fs::{self, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, Timespec, openat2};
use vfs::{Fixed, HandleId, Stat};

/// More files than any Python library has, several times.
const MOST_FILES: usize = 50_000;
/// More than the depth of any Python library.
const DEEPEST: u32 = 32;

/// What is fixed for all guests, and where the contents of its files are.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) fixed: Arc<Fixed>,
    files: Vec<PathBuf>,
}

impl Library {
    /// Looks through the directories.
    pub(crate) fn look_through(directories: &[PathBuf]) -> io::Result<Self> {
        let mut library = Building { fixed: Fixed::new(), files: Vec::new() };
        for directory in directories {
            library.directory(directory, DEEPEST)?;
        }
        Ok(Self { fixed: Arc::new(library.fixed), files: library.files })
    }

    /// Opens a file for a guest. There was no link in its path: one that was put there since could lead to what this process
    /// keeps for other owners.
    pub(super) fn open(&self, handle: HandleId) -> io::Result<OwnedFd> {
        let path = self.files.get(handle.0 as usize).ok_or(io::ErrorKind::NotFound)?;
        Ok(openat2(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_SYMLINKS)?)
    }
}

struct Building {
    fixed: Fixed,
    files: Vec<PathBuf>,
}

impl Building {
    fn directory(&mut self, path: &Path, depth: u32) -> io::Result<()> {
        if depth == 0 {
            return Ok(());
        }
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                self.directory(&path, depth - 1)?;
            } else if kind.is_file() {
                self.file(&path, &entry.metadata()?)?;
            } else if kind.is_symlink() {
                self.link(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, metadata: &Metadata) -> io::Result<()> {
        if self.files.len() >= MOST_FILES {
            return Err(io::Error::other(format!("more than {MOST_FILES} files; is this a Python library?")));
        }
        let handle = HandleId(u32::try_from(self.files.len()).map_err(io::Error::other)?);
        self.fixed.add_file(path.as_os_str().as_bytes(), handle, stat(metadata))?;
        self.files.push(path.to_owned());
        Ok(())
    }

    fn link(&mut self, path: &Path) -> io::Result<()> {
        let target = fs::read_link(path)?;
        Ok(self.fixed.add_symlink(path.as_os_str().as_bytes(), target.as_os_str().as_bytes())?)
    }
}

/// What fstat says of the descriptor, but for its owner: the ids of the host mean nothing to a guest.
pub(super) fn stat(metadata: &Metadata) -> Stat {
    let time = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
    Stat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        mode: metadata.mode(),
        nlink: metadata.nlink(),
        uid: 0,
        gid: 0,
        rdev: metadata.rdev(),
        size: metadata.size(),
        blksize: u32::try_from(metadata.blksize()).unwrap_or(4096),
        blocks: metadata.blocks(),
        atime: time(metadata.mtime(), metadata.mtime_nsec()),
        mtime: time(metadata.mtime(), metadata.mtime_nsec()),
        ctime: time(metadata.mtime(), metadata.mtime_nsec()),
    }
}
