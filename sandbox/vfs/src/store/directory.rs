//! The one place of this crate that does input and output: flat files in a directory it was handed.

use super::{GROWN_MAX, StoreError};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{
    AtFlags, FallocateFlags, FlockOperation, Mode, OFlags, fallocate, fdatasync, flock, fsync, mkdirat, openat,
    renameat, unlinkat,
};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};

/// What a store needs of a disk. The tests have another one, which can be unplugged.
pub trait Directory {
    /// The names of all files.
    fn names(&self) -> io::Result<Vec<String>>;
    /// A whole file, or its first `limit` bytes if it is longer.
    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>>;
    /// Makes a file that was not there. On success its contents are on the disk, not yet its name.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// Appends to a file that is there. On success all of it is on the disk; after an error any part of it may be.
    fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
    /// On success the contents of a file are on the disk, whoever wrote them.
    fn settle(&self, name: &str) -> io::Result<()>;
    /// Atomically, as all on a disk are.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// On success all names are on the disk.
    fn sync(&self) -> io::Result<()>;
}

/// One owner's directory. As long as it is there, no other process gets one for the same owner.
#[derive(Debug)]
pub struct Dir(OwnedFd);

/// The name of an owner's directory: SHA-256 in hex, since a name somebody chose is never part of a path.
pub fn directory_name(owner: &str) -> String {
    Sha256::digest(owner.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Dir {
    /// Opens the directory of `owner` in `stores`, made if it is not there.
    pub fn open(stores: impl AsFd, owner: &str) -> Result<Dir, StoreError> {
        let name = directory_name(owner);
        let failed = |errno: Errno| StoreError::Open(name.clone(), errno.into());
        match mkdirat(&stores, &name, Mode::RWXU) {
            Ok(()) => fsync(&stores).map_err(failed)?,
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(failed(errno)),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let dir = openat(&stores, &name, flags, Mode::empty()).map_err(failed)?;
        match flock(&dir, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Dir(dir)),
            Err(Errno::AGAIN) => Err(StoreError::InUse(name)),
            Err(errno) => Err(failed(errno)),
        }
    }
}

impl Directory for Dir {
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            // A name that is not text is not one of ours, and stays where it is.
            names.extend(entry?.file_name().to_str().ok().map(str::to_owned));
        }
        names.retain(|name| name != "." && name != "..");
        Ok(names)
    }

    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(openat(&self.0, name, flags, Mode::empty())?);
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?);
        file.write_all(bytes)?;
        // The size counts as data: fdatasync(2).
        Ok(fdatasync(&file)?)
    }

    fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&self.0, name, flags, Mode::empty())?);
        // In one piece, for speed alone: a file that grew block by block lies in many, and a file system with `discard` may
        // tell the disk of each when it is removed.
        let _ = fallocate(&file, FallocateFlags::KEEP_SIZE, 0, GROWN_MAX as u64);
        file.write_all(bytes)?;
        Ok(fdatasync(&file)?)
    }

    fn settle(&self, name: &str) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(fdatasync(openat(&self.0, name, flags, Mode::empty())?)?)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(fsync(&self.0)?)
    }
}
