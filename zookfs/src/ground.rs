//! The directory below which everything is opened. The kernel resolves each path beneath it (openat2(2)): no `..`, no
//! absolute link, no link of /proc leads out, whatever happens to the tree meanwhile.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use http_strict::Status;
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use crate::not_served::NotServed;

/// How often a path is resolved again while somebody renames directories under it.
const ATTEMPTS: usize = 4;

/// An open directory.
#[derive(Debug)]
pub struct Ground {
    directory: OwnedFd,
    path: PathBuf,
}

/// Something that was opened beneath the ground.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) descriptor: OwnedFd,
    pub(crate) stat: Stat,
}

impl Ground {
    pub fn open(path: PathBuf) -> io::Result<Ground> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Ground { directory: rustix::fs::openat(CWD, &path, flags, Mode::empty())?, path })
    }

    /// Where it is, for the one thing that needs a path: starting a program.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens for reading. `wanted` begins with the slash of a URL.
    pub(crate) fn read(&self, wanted: &str) -> Result<Opened, NotServed> {
        // NONBLOCK: a FIFO that somebody left here must not hold the service.
        self.resolve(wanted, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)
    }

    /// Looks without opening for anything.
    pub(crate) fn look(&self, wanted: &str) -> Result<Opened, NotServed> {
        self.resolve(wanted, OFlags::PATH)
    }

    fn resolve(&self, wanted: &str, flags: OFlags) -> Result<Opened, NotServed> {
        let below = wanted.strip_prefix('/').unwrap_or(wanted);
        if below.split('/').any(is_hidden) || below.starts_with('/') || below.contains("//") {
            return Err(NotServed::new(Status::NOT_FOUND, "hidden, or with an empty segment"));
        }
        let below = if below.is_empty() { "." } else { below };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let open = || rustix::fs::openat2(&self.directory, below, flags | OFlags::CLOEXEC, Mode::empty(), resolve);
        let mut opened = open();
        for _ in 1..ATTEMPTS {
            if opened.as_ref().err() != Some(&Errno::AGAIN) {
                break;
            }
            opened = open();
        }
        let descriptor = opened.map_err(refusal)?;
        let stat = rustix::fs::fstat(&descriptor).map_err(refusal)?;
        Ok(Opened { descriptor, stat })
    }
}

impl Opened {
    pub(crate) fn is_file(&self) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == FileType::RegularFile
    }

    pub(crate) fn is_directory(&self) -> bool {
        FileType::from_raw_mode(self.stat.st_mode) == FileType::Directory
    }

    /// Somebody may run it.
    pub(crate) fn is_executable(&self) -> bool {
        self.stat.st_mode & 0o111 != 0
    }

    pub(crate) fn length(&self) -> u64 {
        u64::try_from(self.stat.st_size).unwrap_or(0)
    }
}

/// Editors, version control and shells keep their own things in such files; `.well-known` alone is meant for visitors.
fn is_hidden(segment: &str) -> bool {
    segment.starts_with('.') && segment != ".well-known"
}

fn refusal(why: Errno) -> NotServed {
    let status = match why {
        Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV | Errno::NAMETOOLONG | Errno::INVAL => {
            Status::NOT_FOUND
        }
        Errno::ACCESS | Errno::PERM => Status::FORBIDDEN,
        Errno::NFILE | Errno::MFILE | Errno::NOMEM | Errno::AGAIN => Status::UNAVAILABLE,
        _ => Status::INTERNAL_ERROR,
    };
    NotServed::new(status, why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn status(ground: &Ground, path: &str) -> u16 {
        ground.read(path).map_or_else(|refusal| refusal.status.code(), |_| 200)
    }

    #[test]
    fn nothing_outside_is_ever_opened() {
        let dir = tempfile::tempdir().expect("a directory");
        let inside = dir.path().join("inside");
        std::fs::create_dir(&inside).expect("made");
        std::fs::write(dir.path().join("secret"), "x").expect("written");
        std::fs::write(inside.join("page"), "x").expect("written");
        symlink("page", inside.join("good")).expect("linked");
        symlink("../secret", inside.join("up")).expect("linked");
        symlink(dir.path().join("secret"), inside.join("absolute")).expect("linked");
        symlink("loop", inside.join("loop")).expect("linked");
        let ground = Ground::open(inside).expect("opens");
        assert_eq!(["/page", "/good", "/"].map(|path| status(&ground, path)), [200; 3]);
        for path in ["/up", "/absolute", "/loop", "/../secret", "//etc/passwd", "/page/", "/.git", "/a//b", "/none"] {
            assert_eq!(status(&ground, path), 404, "{path}");
        }
    }
}
