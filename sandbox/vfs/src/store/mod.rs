//! One owner's tree on disk, from run to run.
//!
//! A directory holds it, of that owner alone:
//! ```text
//! tree.17        a snapshot: names, attributes, links, small files; and which data files hold the large ones
//! tree.16        the one before it, in case the newest cannot be read back
//! data.9.42      the contents that file 42 got in commit 9 and has had since
//! new            a snapshot being written
//! ```
//! A commit writes the large files that have changed, then the snapshot, and with the rename of that the commit has
//! happened: whatever is interrupted before leaves the old tree, whatever comes after leaves the new one. No file is ever
//! written over, so nothing that an older snapshot needs can be torn. What nobody needs any more is removed by the next
//! commit before it begins, so that one that failed again and again does not fill the disk either.
//!
//! Loading reads everything and checks every checksum: a tree is whole or it is not there. It costs what the tree is large;
//! whoever runs an owner's program again soon keeps the [`Tree`].

mod directory;
mod snapshot;

#[cfg(test)]
mod crash;

pub use directory::{Dir, Directory, directory_name};
pub use snapshot::Damage;

use crate::inode::{Body, Ino};
use crate::{Limits, Tree};
use rustix::fs::Timespec;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io;

/// Files up to this size lie in the snapshot itself: a commit of small files writes, and waits for, one file.
const INLINE: u64 = 1024;

/// The largest snapshot that is read: far more than names and small files can come to.
const SNAPSHOT_MAX: u64 = 64 << 20;

/// A snapshot being written.
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
    /// The number of the next commit, greater than all that were ever tried.
    next: u64,
    /// The files that the newest good snapshot consists of.
    needed: BTreeSet<String>,
}

/// What was found on disk.
#[derive(Debug)]
pub struct Loaded<D = Dir> {
    pub store: Store<D>,
    pub tree: Tree,
    /// Newer snapshots that could not be used. Something is wrong with this disk, and the owner has lost a commit.
    pub damaged: Vec<StoreError>,
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
    #[error("cannot rename the new snapshot to {0}")]
    Rename(String, #[source] io::Error),
    #[error("cannot bring the owner's directory to the disk")]
    Sync(#[source] io::Error),
}

impl<D: Directory> Store<D> {
    /// Reads the newest tree that is whole; an empty one if none was ever committed.
    pub fn load(dir: D, limits: Limits, now: Timespec) -> Result<Loaded<D>, StoreError> {
        let names = dir.names().map_err(StoreError::List)?;
        let next = names.iter().filter_map(|name| generation(name)).max().unwrap_or(0) + 1;
        let mut snapshots: Vec<u64> =
            names.iter().filter(|name| name.starts_with("tree.")).filter_map(|name| generation(name)).collect();
        snapshots.sort_unstable_by(|a, b| b.cmp(a));

        let mut damaged = Vec::new();
        for generation in snapshots {
            match read_tree(&dir, generation, limits, now) {
                Ok((tree, needed)) => return Ok(Loaded { store: Store { dir, next, needed }, tree, damaged }),
                // A newer program's: nothing to fall back from, and nothing to sweep away either.
                Err(error @ StoreError::Damaged(_, Damage::Version(_))) => return Err(error),
                Err(error) => damaged.push(error),
            }
        }
        if !damaged.is_empty() {
            return Err(StoreError::NothingLeft(damaged));
        }
        Ok(Loaded { store: Store { dir, next, needed: BTreeSet::new() }, tree: Tree::new(limits, now), damaged })
    }

    /// Brings the tree to the disk, whole or not at all. What is open without a name is not part of it. After an error the
    /// tree is as unsaved as before, and the next commit tries all of it again.
    pub fn commit(&mut self, tree: &mut Tree) -> Result<Commit, StoreError> {
        if !tree.unsaved {
            return Ok(Commit::Unchanged);
        }
        self.sweep(tree)?;
        let generation = self.next;
        self.next += 1;
        self.write_data(tree, generation)?;

        self.dir.write(NEW, &snapshot::encode(tree)).map_err(|error| StoreError::Write(NEW.into(), error))?;
        let name = snapshot_name(generation);
        self.dir.rename(NEW, &name).map_err(|error| StoreError::Rename(name.clone(), error))?;
        self.dir.sync().map_err(StoreError::Sync)?;
        self.needed = data_names(tree).chain([name]).collect();
        tree.unsaved = false;
        Ok(Commit::Durable)
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
        for (ino, inode) in tree.inodes_mut().filter(|(_, inode)| !inode.is_dead()) {
            let Body::File(file) = &mut inode.body else { continue };
            if file.stored.is_none() && file.data.len() > INLINE {
                let bytes = file.data.to_vec();
                let blob = Blob::new(generation, &bytes);
                let name = blob.name(ino);
                self.dir.write(&name, &bytes).map_err(|error| StoreError::Write(name, error))?;
                file.stored = Some(blob);
            }
        }
        Ok(())
    }
}

fn read_tree(
    dir: &impl Directory,
    generation: u64,
    limits: Limits,
    now: Timespec,
) -> Result<(Tree, BTreeSet<String>), StoreError> {
    let name = snapshot_name(generation);
    let bytes = dir.read(&name, SNAPSHOT_MAX).map_err(|error| StoreError::Read(name.clone(), error))?;
    let mut tree = snapshot::decode(&bytes, limits, now).map_err(|damage| StoreError::Damaged(name.clone(), damage))?;
    for (ino, inode) in tree.inodes_mut() {
        let Body::File(file) = &mut inode.body else { continue };
        let Some(blob) = &file.stored else { continue };
        let name = blob.name(ino);
        // One byte more than there should be, to notice that there is more.
        let bytes = dir.read(&name, blob.len + 1).map_err(|error| StoreError::Read(name.clone(), error))?;
        if Blob::new(blob.generation, &bytes) != *blob {
            return Err(StoreError::Damaged(name, Damage::Checksum));
        }
        file.data = crate::data::Data::from_bytes(&bytes);
    }
    let needed = data_names(&tree).chain([name]).collect();
    Ok((tree, needed))
}

fn snapshot_name(generation: u64) -> String {
    format!("tree.{generation}")
}

/// The number of the commit that a file belongs to; nothing if the file is not ours.
fn generation(name: &str) -> Option<u64> {
    let number = name.strip_prefix("tree.").or_else(|| name.strip_prefix("data.")?.split('.').next())?;
    number.parse().ok()
}

fn data_names(tree: &Tree) -> impl Iterator<Item = String> {
    tree.inodes().filter_map(|(ino, inode)| Some(inode.file()?.stored.as_ref()?.name(ino)))
}
