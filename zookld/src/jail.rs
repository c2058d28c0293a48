//! The directory of the site: made, owned and locked by this launcher.
//!
//! Everything below is reached step by step through open descriptors, following no symbolic link: a service that was broken
//! into may have put anything into the directories that it owns. What belongs to somebody unexpected is not taken over.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use confine::Root;
use rustix::fs::{
    AtFlags, FileType, FlockOperation, Gid, Mode, OFlags, RawMode, ResolveFlags, Uid, fchmod, fchown, flock, fstat,
    mkdirat, openat, openat2, unlinkat,
};

/// Directories that services may pass through.
const OPEN: RawMode = 0o755;
/// Bits of a mode that let a group or others write.
const OTHERS_WRITE: RawMode = 0o022;

/// The site's directory. While this value lives, no other launcher gets it.
pub(crate) struct Jail(Dir);

/// An open directory below the jail.
#[derive(Debug)]
pub(crate) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

/// A user and a group, and what they may do.
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mode: RawMode,
}

/// Why the site's directories cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JailError {
    #[error("another zookld serves {} already; stop it first", .0.display())]
    Taken(PathBuf),
    #[error("cannot {step} {}", .path.display())]
    Step { step: &'static str, path: PathBuf, source: io::Error },
    #[error("{} belongs to uid {found} and not to {expected}; move it away, or run chown -R", .path.display())]
    Owner { path: PathBuf, found: u32, expected: u32 },
    #[error("others can write to {}; run chmod go-w {}", .0.display(), .0.display())]
    Writable(PathBuf),
    #[error("{} is not {expected}; move it away", .path.display())]
    Kind { path: PathBuf, expected: &'static str },
}

impl Jail {
    /// Takes a site's directory, making it if need be.
    pub(crate) fn claim(_root: &Root, path: &Path) -> Result<Self, JailError> {
        let failed = |step| move |source| JailError::Step { step, path: path.to_owned(), source };
        if let Err(why) = std::fs::DirBuilder::new().recursive(true).mode(OPEN).create(path) {
            return Err(failed("make")(why));
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty()).map_err(|why| failed("open")(why.into()))?;
        let dir = Dir { fd, path: path.to_owned() };
        let seen = dir.stat()?;
        if seen.st_uid != 0 {
            return Err(JailError::Owner { path: dir.path, found: seen.st_uid, expected: 0 });
        }
        if seen.st_mode & OTHERS_WRITE != 0 {
            return Err(JailError::Writable(dir.path));
        }
        if flock(&dir.fd, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(JailError::Taken(dir.path));
        }
        dir.become_roots(OPEN)?;
        Ok(Self(dir))
    }

    /// A directory of root's below the jail, that services may pass through.
    pub(crate) fn walk(&self, path: &Path) -> Result<Dir, JailError> {
        self.0.walk(path)
    }

    /// Device and inode, which nobody else's directory has while this launcher lives.
    pub(crate) fn identity(&self) -> Result<(u64, u64), JailError> {
        self.0.identity()
    }

    /// A directory that only root may enter.
    pub(crate) fn closed(&self, name: &str) -> Result<Dir, JailError> {
        self.0.roots(name.as_ref(), 0o700)
    }
}

impl Dir {
    /// Where it stands, for messages and for the kernel's list of mounts.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Device and inode.
    pub(crate) fn identity(&self) -> Result<(u64, u64), JailError> {
        let seen = self.stat()?;
        Ok((seen.st_dev, seen.st_ino))
    }

    /// Goes down a path of root's directories, making those that are missing. A leading `/` is this directory.
    pub(crate) fn walk(&self, path: &Path) -> Result<Self, JailError> {
        let mut here = self.again()?;
        for step in path.components() {
            if let Component::Normal(name) = step {
                here = here.roots(name.as_ref(), OPEN)?;
            }
        }
        Ok(here)
    }

    /// The directory above a path, and its last name.
    pub(crate) fn above<'p>(&self, path: &'p Path) -> Result<(Self, &'p Path), JailError> {
        let name = path.file_name().map(Path::new).unwrap_or(Path::new("."));
        Ok((self.walk(path.parent().unwrap_or(Path::new("")))?, name))
    }

    /// A directory of root's in this one.
    fn roots(&self, name: &Path, mode: RawMode) -> Result<Self, JailError> {
        let dir = self.enter(name)?;
        let seen = dir.stat()?;
        if seen.st_uid != 0 {
            return Err(JailError::Owner { path: dir.path, found: seen.st_uid, expected: 0 });
        }
        dir.become_roots(mode)?;
        Ok(dir)
    }

    /// A directory in this one that belongs to a service.
    pub(crate) fn owned(&self, name: &Path, owner: &Owner) -> Result<Self, JailError> {
        let dir = self.enter(name)?;
        let seen = dir.stat()?;
        if seen.st_uid != 0 && seen.st_uid != owner.uid {
            return Err(JailError::Owner { path: dir.path, found: seen.st_uid, expected: owner.uid });
        }
        dir.give(owner)?;
        Ok(dir)
    }

    /// An empty file of root's in this one, for something to be bound upon.
    pub(crate) fn place(&self, name: &Path) -> Result<(), JailError> {
        let path = self.path.join(name);
        let flags = OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let made = openat(&self.fd, name, flags, Mode::from_raw_mode(0o444));
        let made = made.map_err(|why| self.failed("make", name, why))?;
        let seen = fstat(&made).map_err(|why| self.failed("look at", name, why))?;
        if FileType::from_raw_mode(seen.st_mode) != FileType::RegularFile || seen.st_uid != 0 {
            return Err(JailError::Kind { path, expected: "an empty file of root's" });
        }
        Ok(())
    }

    /// Removes what `keep` does not want; only plain files and sockets are there to be removed.
    pub(crate) fn tidy(&self, keep: impl Fn(&str) -> bool) -> Result<(), JailError> {
        let here = Path::new(".");
        let entries = rustix::fs::Dir::read_from(&self.fd).map_err(|why| self.failed("list", here, why))?;
        for entry in entries {
            let entry = entry.map_err(|why| self.failed("list", here, why))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." && !keep(&name) {
                unlinkat(&self.fd, entry.file_name(), AtFlags::empty())
                    .map_err(|why| self.failed("remove", Path::new(&name), why))?;
            }
        }
        Ok(())
    }

    /// Something below this directory that must exist, for binding it. No symbolic link on the way is followed.
    pub(crate) fn find(&self, path: &Path) -> io::Result<OwnedFd> {
        let beneath = path.strip_prefix("/").unwrap_or(path);
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        Ok(openat2(&self.fd, beneath, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve)?)
    }

    /// Where something below this directory stands, for messages.
    pub(crate) fn below(&self, path: &Path) -> PathBuf {
        self.path.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn enter(&self, name: &Path) -> Result<Self, JailError> {
        match mkdirat(&self.fd, name, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(why) => return Err(self.failed("make", name, why)),
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => Ok(Self { fd, path: self.path.join(name) }),
            Err(rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => {
                Err(JailError::Kind { path: self.path.join(name), expected: "a directory" })
            }
            Err(why) => Err(self.failed("open", name, why)),
        }
    }

    fn become_roots(&self, mode: RawMode) -> Result<(), JailError> {
        self.give(&Owner { uid: 0, gid: 0, mode })
    }

    fn give(&self, owner: &Owner) -> Result<(), JailError> {
        let here = Path::new("");
        fchown(&self.fd, Some(Uid::from_raw(owner.uid)), Some(Gid::from_raw(owner.gid)))
            .map_err(|why| self.failed("change the owner of", here, why))?;
        fchmod(&self.fd, Mode::from_raw_mode(owner.mode)).map_err(|why| self.failed("change the mode of", here, why))
    }

    fn again(&self) -> Result<Self, JailError> {
        let fd = self.fd.try_clone().map_err(|source| JailError::Step {
            step: "keep open",
            path: self.path.clone(),
            source,
        })?;
        Ok(Self { fd, path: self.path.clone() })
    }

    fn stat(&self) -> Result<rustix::fs::Stat, JailError> {
        fstat(&self.fd).map_err(|why| self.failed("look at", Path::new(""), why))
    }

    fn failed(&self, step: &'static str, name: &Path, why: rustix::io::Errno) -> JailError {
        JailError::Step { step, path: self.path.join(name), source: why.into() }
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<Dir> for OwnedFd {
    fn from(dir: Dir) -> Self {
        dir.fd
    }
}

#[cfg(test)]
mod tests;
