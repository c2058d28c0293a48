//! One owner's tree on disk, from run to run.
//!
//! A directory holds it, of that owner alone:
//! ```text
//! tree.17        snapshots: names, attributes, links, small files; and which data files hold the large ones
//! tree.16        those before them, in case none of the newest can be read back
//! data.9.42      the contents that file 42 got in commit 9 and has had since
//! new            a file of snapshots being written
//! ```
//! A commit writes the large files that have changed, then the snapshot in a file of its own, and with the rename of that
//! the commit has happened: whatever is interrupted before leaves the old tree, whatever comes after leaves the new one.
//! That waits for the disk twice, for the snapshot and for its name; and the file before it has to be removed.
//!
//! So a small snapshot alone is appended to the newest file, which is one wait; the commit has happened when all of it is
//! there, which its checksum tells. Only a store that has written that file itself, and never in vain, knows what is at
//! its end. In all other cases, at the first commit and after one that failed, a file is begun.
//!
//! Nothing is ever written over, so nothing that an older snapshot needs can be torn. What nobody needs any more is
//! removed by the next commit before it begins, so that one that failed again and again does not fill the disk either.
//!
//! Loading reads everything and checks every checksum: a tree is whole or it is not there. It costs what the tree is large;
//! whoever runs an owner's program again soon keeps the [`Tree`].

mod directory;
mod frames;
mod load;
mod snapshot;

#[cfg(test)]
mod appended;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod disk;

pub use directory::{Dir, Directory, directory_name};
pub use load::Loaded;
pub use snapshot::Damage;

use crate::Tree;
use crate::inode::{Body, Ino, Inode};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io;

/// Files up to this size lie in the snapshot itself: a commit of small files writes, and waits for, one file. On a disk each
/// of them would take a block of its own.
const INLINE: u64 = 4096;

/// The largest file of snapshots: more than names, small files and links come to with the most files that an owner can be
/// allowed, 100,000.
const FILE_MAX: u64 = if cfg!(test) { 1 << 20 } else { 512 << 20 };

/// How far a file may grow by what is appended to it: sixteen commits of few small files. A larger snapshot has a file of
/// its own.
const GROWN_MAX: usize = 64 << 10;

/// A file of snapshots being written.
const NEW: &str = "new";

/// Where the contents of a large file lie, and what they must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob {
    pub(crate) generation: u64,
    pub(crate) len: u64,
    pub(crate) sha256: [u8; 32],
}

impl Blob {
    pub(crate) fn new(generation: u64, bytes: &[u8]) -> Blob {
        Blob { generation, len: bytes.len() as u64, sha256: Sha256::digest(bytes).into() }
    }

    pub(crate) fn name(&self, ino: Ino) -> String {
        format!("data.{}.{}", self.generation, ino.0)
    }
}

/// One owner's place on disk. There is one [`Store`] at a time for it: [`Dir`] holds a lock.
#[derive(Debug)]
pub struct Store<D = Dir> {
    dir: D,
    /// The number of the next commit, greater than that of any file there is.
    next: u64,
    /// The newest file, if the next snapshot may be appended to it.
    newest: Option<Newest>,
    /// A file that was loaded, as long as nobody has waited until it was on the disk.
    unsettled: Option<String>,
    /// The files that the newest good snapshot consists of.
    needed: BTreeSet<String>,
}

/// A file all of which is known to be on the disk, name included.
#[derive(Debug)]
struct Newest {
    name: String,
    len: usize,
}

/// Whether a commit had anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// The tree is what the store has already; nothing was touched.
    Unchanged,
    /// The tree is on disk, and stays there whatever happens next.
    Durable,
}

/// A step of loading or committing that failed, with the file it was about.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0} is in use by another process")]
    InUse(String),
    #[error("cannot open the directory {0}")]
    Open(String, #[source] io::Error),
    #[error("cannot list the owner's directory")]
    List(#[source] io::Error),
    #[error("cannot read {0}")]
    Read(String, #[source] io::Error),
    #[error("{0} is damaged")]
    Damaged(String, #[source] Damage),
    #[error("none of the owner's {} snapshots can be used", .0.len())]
    NothingLeft(Vec<StoreError>),
    #[error("cannot remove {0}, which is needed no more")]
    Remove(String, #[source] io::Error),
    #[error("cannot write {0}")]
    Write(String, #[source] io::Error),
    #[error("a snapshot of {0} bytes could not be read back; fewer files have room")]
    TooLarge(usize),
    #[error("cannot rename the new snapshot to {0}")]
    Rename(String, #[source] io::Error),
    #[error("cannot bring the owner's directory to the disk")]
    Sync(#[source] io::Error),
}

impl<D: Directory> Store<D> {
    /// Brings the tree to the disk, whole or not at all. What is open without a name is not part of it. After an error the
    /// tree is as unsaved as before, and the next commit tries all of it again.
    pub fn commit(&mut self, tree: &mut Tree) -> Result<Commit, StoreError> {
        if !tree.unsaved {
            return Ok(Commit::Unchanged);
        }
        if !self.append(tree)? {
            self.begin(tree)?;
        }
        tree.unsaved = false;
        Ok(Commit::Durable)
    }

    /// As a commit; and what was loaded and has not changed is on the disk, too. For whoever is about to rely on it elsewhere:
    /// the process that wrote it may have ended before it had waited.
    pub fn promise(&mut self, tree: &mut Tree) -> Result<Commit, StoreError> {
        let commit = self.commit(tree)?;
        if let Some(name) = &self.unsettled {
            self.dir.settle(name).and_then(|()| self.dir.sync()).map_err(StoreError::Sync)?;
            self.unsettled = None;
        }
        Ok(commit)
    }

    /// Appends a snapshot to the newest file and touches nothing else; or does nothing at all.
    fn append(&mut self, tree: &Tree) -> Result<bool, StoreError> {
        // Whatever fails, nobody knows then what is at the end of that file, and it stays as it is.
        let Some(Newest { name, len }) = self.newest.take() else { return Ok(false) };
        if len >= GROWN_MAX || tree.inodes().any(|(_, inode)| is_unwritten(inode)) {
            return Ok(false);
        }
        let frame = frames::frame(&snapshot::encode(tree));
        let len = len + frame.len();
        if len > GROWN_MAX {
            return Ok(false);
        }
        self.dir.append(&name, &frame).map_err(|error| StoreError::Write(name.clone(), error))?;
        self.committed(tree, name, len);
        Ok(true)
    }

    /// Writes the large files that have changed, and a snapshot that begins a file.
    fn begin(&mut self, tree: &mut Tree) -> Result<(), StoreError> {
        self.sweep(tree)?;
        let generation = self.next;
        self.next += 1;
        self.write_data(tree, generation)?;

        let frame = frames::frame(&snapshot::encode(tree));
        if frame.len() as u64 > FILE_MAX {
            return Err(StoreError::TooLarge(frame.len()));
        }
        self.dir.write(NEW, &frame).map_err(|error| StoreError::Write(NEW.into(), error))?;
        let name = file_name(generation);
        self.dir.rename(NEW, &name).map_err(|error| StoreError::Rename(name.clone(), error))?;
        self.dir.sync().map_err(StoreError::Sync)?;
        self.committed(tree, name, frame.len());
        Ok(())
    }

    fn committed(&mut self, tree: &Tree, name: String, len: usize) {
        self.needed = data_names(tree).chain([name.clone()]).collect();
        self.newest = Some(Newest { name, len });
        self.unsettled = None;
    }

    /// Removes what neither the newest snapshot nor the one about to be written needs.
    fn sweep(&self, tree: &Tree) -> Result<(), StoreError> {
        let wanted: BTreeSet<String> = data_names(tree).collect();
        for name in self.dir.names().map_err(StoreError::List)? {
            let ours = name == NEW || generation(&name).is_some();
            if ours && !self.needed.contains(&name) && !wanted.contains(&name) {
                self.dir.remove(&name).map_err(|error| StoreError::Remove(name, error))?;
            }
        }
        Ok(())
    }

    /// Writes the large files that have changed since they were last written.
    fn write_data(&self, tree: &mut Tree, generation: u64) -> Result<(), StoreError> {
        for (ino, inode) in tree.inodes_mut().filter(|(_, inode)| is_unwritten(inode)) {
            let Body::File(file) = &mut inode.body else { continue };
            let bytes = file.data.to_vec();
            let blob = Blob::new(generation, &bytes);
            let name = blob.name(ino);
            self.dir.write(&name, &bytes).map_err(|error| StoreError::Write(name, error))?;
            file.stored = Some(blob);
        }
        Ok(())
    }
}

fn file_name(generation: u64) -> String {
    format!("tree.{generation}")
}

/// The number of the commit that a file belongs to; nothing if the file is not ours.
fn generation(name: &str) -> Option<u64> {
    let number = name.strip_prefix("tree.").or_else(|| name.strip_prefix("data.")?.split('.').next())?;
    number.parse().ok()
}

/// Whether it is a large file that has changed since it was last written.
fn is_unwritten(inode: &Inode) -> bool {
    !inode.is_dead() && inode.file().is_some_and(|file| file.stored.is_none() && file.data.len() > INLINE)
}

fn data_names(tree: &Tree) -> impl Iterator<Item = String> {
    tree.inodes().filter_map(|(ino, inode)| Some(inode.file()?.stored.as_ref()?.name(ino)))
}
