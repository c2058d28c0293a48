//! A disk that can be unplugged after any step, and what may then be on it.
//!
//! Two things are durable only when asked for: contents by `write`, names by `sync`. Before that anything between nothing
//! and all of it may have reached the disk. A test stops a commit at each step in turn, looks at each outcome, and finds
//! the old tree or the new one.

use super::{Commit, Damage, Directory, INLINE, Loaded, Store, StoreError};
use crate::inode::{Body, Ino};
use crate::path::Name;
use crate::{Limits, Tree};
use rustix::fs::{Mode, Timespec};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

type Names = BTreeMap<String, usize>;

#[derive(Default)]
struct Disk {
    /// All files there ever were: what was written, and whether it is known to have reached the disk.
    contents: RefCell<Vec<(Vec<u8>, bool)>>,
    /// The names as they were after each change since the last `sync`, with those of the `sync` first.
    names: RefCell<Vec<Names>>,
    /// Steps that are left until the plug is pulled.
    steps: Cell<usize>,
    taken: Cell<usize>,
}

impl Disk {
    fn new(files: BTreeMap<String, Vec<u8>>) -> Rc<Disk> {
        let names = files.keys().cloned().zip(0..).collect();
        let contents = files.into_values().map(|bytes| (bytes, true)).collect();
        Rc::new(Disk {
            contents: RefCell::new(contents),
            names: RefCell::new(vec![names]),
            steps: Cell::new(usize::MAX),
            taken: Cell::new(0),
        })
    }

    fn step(&self) -> io::Result<()> {
        self.taken.set(self.taken.get() + 1);
        self.steps.set(self.steps.get().checked_sub(1).ok_or(io::ErrorKind::Other)?);
        Ok(())
    }

    fn now(&self) -> Names {
        self.names.borrow().last().cloned().unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Names)) {
        let mut names = self.now();
        change(&mut names);
        self.names.borrow_mut().push(names);
    }

    /// All that may be on the disk: the names after any of the changes that were not yet synced, and contents that were
    /// not yet synced missing, torn, or whole.
    fn outcomes(&self) -> Vec<BTreeMap<String, Vec<u8>>> {
        let part = |bytes: &[u8], synced: bool, of_4: usize| {
            let len = if synced { bytes.len() } else { bytes.len() * of_4 / 4 };
            bytes[..len].to_vec()
        };
        let contents = self.contents.borrow();
        let names = self.names.borrow();
        let outcomes = names.iter().flat_map(|names| (0..=4).map(move |of_4| (names, of_4)));
        let file = |index: usize, of_4| part(&contents[index].0, contents[index].1, of_4);
        outcomes
            .map(|(names, of_4)| names.iter().map(|(name, index)| (name.clone(), file(*index, of_4))).collect())
            .collect()
    }
}

impl Directory for Rc<Disk> {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.now().into_keys().collect())
    }

    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let index = *self.now().get(name).ok_or(io::ErrorKind::NotFound)?;
        let bytes = &self.contents.borrow()[index].0;
        Ok(bytes[..bytes.len().min(limit as usize)].to_vec())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.now().contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.step()?;
        let index = self.contents.borrow().len();
        self.contents.borrow_mut().push((vec![], false));
        self.change(|names| _ = names.insert(name.to_owned(), index));
        for len in [bytes.len() / 2, bytes.len()] {
            self.step()?;
            self.contents.borrow_mut()[index].0 = bytes[..len].to_vec();
        }
        self.step()?;
        self.contents.borrow_mut()[index].1 = true;
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        let index = *self.now().get(from).ok_or(io::ErrorKind::NotFound)?;
        self.change(|names| {
            names.remove(from);
            names.insert(to.to_owned(), index);
        });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step()?;
        self.change(|names| _ = names.remove(name));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.step()?;
        self.names.replace_with(|names| names.split_off(names.len() - 1));
        Ok(())
    }
}

const NOW: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a plain name")
}

fn load(disk: &Rc<Disk>) -> Result<Loaded<Rc<Disk>>, StoreError> {
    Store::load(disk.clone(), Limits::default(), NOW)
}

/// Sets a file in the root; what a program's `write` does, in short.
fn put(tree: &mut Tree, file: &str, contents: &[u8]) -> Ino {
    let found = tree.lookup(Tree::ROOT, &name(file));
    let new = |tree: &mut Tree| tree.create(Tree::ROOT, name(file), Mode::RWXU, Body::File(Default::default()));
    let ino = found.unwrap_or_else(|| new(tree).expect("there is room"));
    let (of, quota) = tree.file_mut(ino).expect("it is a file");
    quota.give_back_bytes(of.data.len());
    quota.take_bytes(contents.len() as u64).expect("there is room");
    of.data = crate::data::Data::from_bytes(contents);
    of.stored = None;
    tree.modified(ino);
    ino
}

/// What the tree holds, to be compared.
fn contents(tree: &Tree) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let names = tree.get(Tree::ROOT).dir().expect("the root is one").names_from(0);
    let file = |ino| tree.get(ino).file().map_or(vec![], |file| file.data.to_vec());
    names.into_iter().map(|(_, name, ino)| (name.as_bytes().to_vec(), file(ino))).collect()
}

/// Large and small, so that a snapshot has files of its own and files in itself.
fn large(byte: u8) -> Vec<u8> {
    vec![byte; INLINE as usize * 3]
}

/// A disk with two commits on it, and a tree that differs from the second in every way.
fn prepared() -> (Rc<Disk>, Store<Rc<Disk>>, Tree) {
    let disk = Disk::new(BTreeMap::new());
    let Loaded { mut store, mut tree, .. } = load(&disk).expect("an empty disk is an empty tree");
    put(&mut tree, "stays", &large(1));
    put(&mut tree, "changes", &large(2));
    put(&mut tree, "goes", &large(3));
    store.commit(&mut tree).expect("the disk is fine");
    put(&mut tree, "small", b"one");
    store.commit(&mut tree).expect("the disk is fine");
    put(&mut tree, "small", b"two");
    put(&mut tree, "changes", &large(4));
    put(&mut tree, "comes", &large(5));
    tree.remove(Tree::ROOT, &name("goes"));
    (disk, store, tree)
}

#[test]
fn a_commit_that_is_stopped_anywhere_leaves_the_old_tree_or_the_new_one() {
    let (disk, mut store, mut tree) = prepared();
    let old = contents(&load(&disk).expect("it was committed").tree);
    let new = contents(&tree);
    disk.taken.set(0);
    store.commit(&mut tree).expect("the disk is fine");
    let steps = disk.taken.get();
    assert!(steps > 12, "the commit takes {steps} steps");

    let mut seen = (0, 0);
    for stop in 0..=steps {
        let (disk, mut store, mut tree) = prepared();
        disk.steps.set(stop);
        let committed = store.commit(&mut tree);
        assert_eq!(committed.is_ok(), stop == steps);
        for outcome in disk.outcomes() {
            let found = load(&Disk::new(outcome)).expect("there is always a tree that is whole");
            assert!(found.damaged.is_empty(), "stopped after {stop}: {:?}", found.damaged);
            let found = contents(&found.tree);
            assert!(found == new || found == old && committed.is_err(), "stopped after {stop}: {:?}", found.keys());
            seen = (seen.0 + usize::from(found == old), seen.1 + usize::from(found == new));
        }
    }
    assert!(seen.0 > 20 && seen.1 > 5, "both trees were among the outcomes: {seen:?}");
}

#[test]
fn a_commit_that_failed_is_made_up_for_by_the_next_one() {
    let (_, mut store, mut tree) = prepared();
    store.commit(&mut tree).expect("the disk is fine");
    for stop in 0..20 {
        let (disk, mut store, mut tree) = prepared();
        let new = contents(&tree);
        disk.steps.set(stop);
        let first = store.commit(&mut tree);
        assert_eq!(first.is_err(), tree.is_unsaved());
        disk.steps.set(usize::MAX);
        store.commit(&mut tree).expect("the disk is fine again");
        for outcome in disk.outcomes() {
            assert_eq!(contents(&load(&Disk::new(outcome)).expect("it is whole").tree), new);
        }
        // Nothing of the failure stays: one more commit leaves two snapshots, and the data of both.
        put(&mut tree, "small", b"three");
        store.commit(&mut tree).expect("the disk is fine again");
        let left = disk.now();
        assert_eq!(left.keys().filter(|name| name.starts_with("tree.")).count(), 2, "{left:?}");
        assert_eq!(left.keys().filter(|name| name.starts_with("data.")).count(), 3, "{left:?}");
    }
}

#[test]
fn an_unchanged_tree_touches_no_disk() {
    let (disk, mut store, mut tree) = prepared();
    assert_eq!(store.commit(&mut tree).expect("the disk is fine"), Commit::Durable);
    disk.steps.set(0);
    assert_eq!(store.commit(&mut tree).expect("nothing was to be done"), Commit::Unchanged);
}

#[test]
fn only_contents_that_changed_are_written() {
    let (disk, mut store, mut tree) = prepared();
    store.commit(&mut tree).expect("the disk is fine");
    let before = disk.contents.borrow().len();
    put(&mut tree, "small", b"three");
    put(&mut tree, "comes", &large(6));
    store.commit(&mut tree).expect("the disk is fine");
    assert_eq!(disk.contents.borrow().len() - before, 2, "one data file, one snapshot");
}

#[test]
fn a_damaged_snapshot_is_named_and_the_one_before_it_is_used() {
    let (disk, mut store, mut tree) = prepared();
    let old = contents(&load(&disk).expect("it was committed").tree);
    store.commit(&mut tree).expect("the disk is fine");
    let new = contents(&tree);
    let files = |disk: &Rc<Disk>| disk.outcomes().pop().expect("there is one");
    let newest = ["tree.3", "data.3.3", "data.3.6"];
    for damaged in newest {
        let whole = files(&disk)[damaged].len();
        for len in (0..whole).step_by(7) {
            let mut torn = files(&disk);
            torn.get_mut(damaged).expect("it is there").truncate(len);
            let found = load(&Disk::new(torn)).expect("the one before it is whole");
            assert_eq!(contents(&found.tree), old);
            assert!(matches!(&found.damaged[..], [StoreError::Damaged(name, Damage::Checksum)] if name == damaged));

            let mut flipped = files(&disk);
            flipped.get_mut(damaged).expect("it is there")[len] ^= 0x10;
            let found = load(&Disk::new(flipped)).expect("the one before it is whole");
            assert_eq!((contents(&found.tree), found.damaged.len()), (old.clone(), 1));
        }
    }
    let mut both = files(&disk);
    both.retain(|name, _| name != "data.1.2");
    assert!(matches!(load(&Disk::new(both)), Err(StoreError::NothingLeft(damaged)) if damaged.len() == 2));
    // The control: with nothing damaged, the new one.
    assert_eq!(contents(&load(&Disk::new(files(&disk))).expect("it is whole").tree), new);
}

#[test]
fn a_snapshot_of_a_newer_program_is_left_alone() {
    let (disk, mut store, mut tree) = prepared();
    store.commit(&mut tree).expect("the disk is fine");
    let mut files = disk.outcomes().pop().expect("there is one");
    let newest = files.get_mut("tree.3").expect("it is there");
    newest[8] = 2;
    let end = newest.len() - 32;
    let digest = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&newest[..end]));
    newest[end..].copy_from_slice(&digest);
    assert!(matches!(load(&Disk::new(files)), Err(StoreError::Damaged(_, Damage::Version(2)))));
}
