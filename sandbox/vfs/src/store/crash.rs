//! Commits that begin a file: a test stops one at each step in turn, looks at each outcome, and finds the old tree or the
//! new one.

use super::disk::{Disk, Torn};
use super::frames::{HEAD, frame, snapshots};
use super::{Commit, Damage, INLINE, Loaded, Store, StoreError};
use crate::inode::{Body, Ino};
use crate::path::Name;
use crate::{Limits, Tree};
use rustix::fs::{Mode, Timespec};
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) const NOW: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

pub(super) fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a plain name")
}

pub(super) fn load(disk: &Rc<Disk>) -> Result<Loaded<Rc<Disk>>, StoreError> {
    Store::load(disk.clone(), Limits::default(), NOW)
}

/// Sets a file in the root; what a program's `write` does, in short.
pub(super) fn put(tree: &mut Tree, file: &str, contents: &[u8]) -> Ino {
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
pub(super) fn contents(tree: &Tree) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let names = tree.get(Tree::ROOT).dir().expect("the root is one").names_from(0);
    let file = |ino| tree.get(ino).file().map_or(vec![], |file| file.data.to_vec());
    names.into_iter().map(|(_, name, ino)| (name.as_bytes().to_vec(), file(ino))).collect()
}

/// Large and small, so that a snapshot has files of its own and files in itself.
pub(super) fn large(byte: u8) -> Vec<u8> {
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
        for outcome in disk.outcomes(&Torn::QUARTERS) {
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
        for outcome in disk.outcomes(&Torn::QUARTERS) {
            assert_eq!(contents(&load(&Disk::new(outcome)).expect("it is whole").tree), new);
        }
        // Nothing of the failure stays: the next file leaves two of them, and the data of both.
        put(&mut tree, "changes", &large(6));
        store.commit(&mut tree).expect("the disk is fine again");
        let left = disk.now();
        assert_eq!(left.keys().filter(|name| name.starts_with("tree.")).count(), 2, "{left:?}");
        assert_eq!(left.keys().filter(|name| name.starts_with("data.")).count(), 4, "{left:?}");
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
    let before = disk.made();
    put(&mut tree, "small", b"three");
    put(&mut tree, "comes", &large(6));
    store.commit(&mut tree).expect("the disk is fine");
    assert_eq!(disk.made() - before, 2, "one data file, one snapshot");
}

#[test]
fn a_damaged_snapshot_is_named_and_the_one_before_it_is_used() {
    let (disk, mut store, mut tree) = prepared();
    let old = contents(&load(&disk).expect("it was committed").tree);
    store.commit(&mut tree).expect("the disk is fine");
    let new = contents(&tree);
    // Behind a frame's snapshot are zeros that nobody reads.
    let frame = HEAD + snapshots(&disk.files()["tree.2"])[0].len();
    let newest = [("tree.2", frame), ("data.2.3", large(4).len()), ("data.2.6", large(5).len())];
    for (damaged, whole) in newest {
        for len in (0..whole).step_by(7) {
            let mut torn = disk.files();
            torn.get_mut(damaged).expect("it is there").truncate(len);
            let found = load(&Disk::new(torn)).expect("the one before it is whole");
            assert_eq!(contents(&found.tree), old);
            assert!(matches!(&found.damaged[..], [StoreError::Damaged(name, Damage::Checksum)] if name == damaged));

            let mut flipped = disk.files();
            flipped.get_mut(damaged).expect("it is there")[len] ^= 0x10;
            let found = load(&Disk::new(flipped)).expect("the one before it is whole");
            assert_eq!((contents(&found.tree), found.damaged.len()), (old.clone(), 1));
        }
    }
    let mut both = disk.files();
    both.retain(|name, _| name != "data.1.2");
    assert!(matches!(load(&Disk::new(both)), Err(StoreError::NothingLeft(damaged)) if damaged.len() == 3));
    // The control: with nothing damaged, the new one.
    assert_eq!(contents(&load(&Disk::new(disk.files())).expect("it is whole").tree), new);
}

#[test]
fn a_snapshot_of_a_newer_program_is_left_alone() {
    let (disk, mut store, mut tree) = prepared();
    store.commit(&mut tree).expect("the disk is fine");
    let mut files = disk.files();
    let newest = files.get_mut("tree.2").expect("it is there");
    let mut snapshot = snapshots(newest)[0].to_vec();
    snapshot[8] = 2;
    let end = snapshot.len() - 32;
    let digest = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&snapshot[..end]));
    snapshot[end..].copy_from_slice(&digest);
    *newest = frame(&snapshot);
    assert!(matches!(load(&Disk::new(files)), Err(StoreError::Damaged(_, Damage::Version(2)))));
}
