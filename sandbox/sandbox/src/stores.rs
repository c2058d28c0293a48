//! The owners' files between runs: on disk, and of the last few owners also in memory; or nowhere.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use vfs::store::{Dir, Loaded, Store, StoreError};
use vfs::{Limits, Tree};

/// Owners whose files are kept in memory, and how much of that all of them together may take.
const MOST_KEPT: usize = 64;
const MOST_BYTES: u64 = 64 << 20;
/// What an entry costs beside its bytes: more than its inode, its name, and the rest of the piece of memory that it begins.
const ENTRY: u64 = 5 << 10;

/// The directory in which each owner has one, if there is any.
#[derive(Debug)]
pub(crate) struct Stores {
    directory: Option<File>,
    limits: Limits,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    owners: HashMap<String, Owner>,
    bytes: u64,
    /// Counts, to tell who was here last.
    now: u64,
}

/// What an owner has, and where commits of it go.
#[derive(Debug)]
struct Owner {
    store: Store,
    tree: Tree,
    last: u64,
}

impl Stores {
    pub(crate) fn open(directory: Option<&Path>, limits: Limits) -> io::Result<Self> {
        Ok(Self { directory: directory.map(File::open).transpose()?, limits, kept: Mutex::default() })
    }

    /// What an owner has, and where commits of it go. One at a time for each owner.
    pub(crate) fn load(&self, owner: &str) -> Result<(Option<Store>, Tree), StoreError> {
        let Some(directory) = &self.directory else { return Ok((None, Tree::new(self.limits, crate::native::now()))) };
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take(owner);
        if let Some(Owner { store, tree, .. }) = kept {
            return Ok((Some(store), tree));
        }
        let directory = Dir::open(directory, owner)?;
        let Loaded { store, tree, damaged } = Store::load(directory, self.limits, crate::native::now())?;
        for error in damaged {
            tracing::error!(
                why = crate::words(&error),
                "the end of an owner's last commit is missing or damaged; what was before it is used"
            );
        }
        Ok((Some(store), tree))
    }

    /// Keeps what an owner has for the next run, if it is what the store has too.
    pub(crate) fn keep(&self, owner: &str, store: Store, tree: Tree) {
        if !tree.is_unsaved() {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(owner, store, tree);
        }
    }
}

impl Kept {
    fn take(&mut self, owner: &str) -> Option<Owner> {
        let owner = self.owners.remove(owner)?;
        self.bytes -= cost(&owner.tree);
        Some(owner)
    }

    fn put(&mut self, owner: &str, store: Store, tree: Tree) {
        self.now += 1;
        self.bytes += cost(&tree);
        self.owners.insert(owner.to_owned(), Owner { store, tree, last: self.now });
        while self.owners.len() > MOST_KEPT || self.bytes > MOST_BYTES {
            let Some(oldest) = self.owners.iter().min_by_key(|(_, owner)| owner.last) else { return };
            let oldest = oldest.0.clone();
            self.take(&oldest);
        }
    }
}

fn cost(tree: &Tree) -> u64 {
    let usage = tree.usage();
    usage.bytes.saturating_add(usage.entries.saturating_mul(ENTRY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_owners_are_kept_and_those_before_them_cost_nothing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let stores = Stores::open(Some(directory.path()), Limits::default()).expect("it is there");
        for owner in 0..MOST_KEPT + 3 {
            let (store, tree) = stores.load(&owner.to_string()).expect("a new owner");
            stores.keep(&owner.to_string(), store.expect("there is a directory"), tree);
        }
        let kept = |owner: usize| stores.kept.lock().expect("no panic").owners.contains_key(&owner.to_string());
        assert!(!kept(0) && !kept(2) && kept(3) && kept(MOST_KEPT + 2));
        assert!(stores.load("0").is_ok() && stores.load("5").is_ok());
        assert!(!kept(5), "whoever runs has his files himself");
    }

    #[test]
    fn what_was_never_committed_is_not_what_the_next_run_finds() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let stores = Stores::open(Some(directory.path()), Limits::default()).expect("it is there");
        let change = |commit: bool| {
            let (store, tree) = stores.load("a").expect("a new owner");
            let mut store = store.expect("there is a directory");
            let mut vfs = vfs::Vfs::new(Default::default(), tree, vfs::Guest { uid: 1, gid: 1 });
            vfs.mkdir(vfs::At::cwd("/tmp/made"), rustix::fs::Mode::RWXU).expect("there is room");
            let mut tree = vfs.into_tree();
            if commit {
                store.commit(&mut tree).expect("it is a disk");
            }
            stores.keep("a", store, tree);
            stores.load("a").expect("it is there").1.usage().entries
        };
        assert_eq!((change(false), change(true)), (0, 1));
    }

    #[test]
    fn a_small_file_costs_the_piece_of_memory_that_it_begins() {
        const PIECE: u64 = 4096;
        let mut vfs = vfs::Vfs::new(
            Default::default(),
            Tree::new(Limits::default(), crate::native::now()),
            vfs::Guest { uid: 1, gid: 1 },
        );
        assert_eq!(cost(vfs.tree()), 0);
        let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
        let opened = vfs.open(vfs::At::cwd("/tmp/small"), flags, rustix::fs::Mode::RWXU).expect("there is room");
        let vfs::Opened::Here(id) = opened else { panic!("it is the owner's") };
        vfs.write(id, b"x").expect("there is room");
        assert!(cost(vfs.tree()) > PIECE);
    }
}
