//! The store on a real disk.

#[path = "oracle/answer.rs"]
mod answer;
#[path = "oracle/ops.rs"]
#[allow(dead_code)]
mod ops;
#[path = "oracle/ours.rs"]
#[allow(dead_code)]
mod ours;

use answer::{State, System};
use ops::{Op, Source};
use ours::Ours;
use rustix::fs::Timespec;
use std::fs::File;
use std::path::Path;
use vfs::store::{Commit, Dir, Loaded, Store, StoreError};
use vfs::{Limits, Tree};

const NOW: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

fn load(stores: &Path, owner: &str) -> Result<Loaded, StoreError> {
    let stores = File::open(stores).expect("a temporary directory");
    Store::load(Dir::open(&stores, owner)?, Limits::default(), NOW)
}

#[test]
fn whatever_a_program_does_comes_back_after_a_commit() {
    let stores = tempfile::tempdir().expect("a temporary directory");
    for seed in 0..60 {
        let owner = format!("owner {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        for run in 0..4 {
            let Loaded { mut store, tree, damaged } = load(stores.path(), &owner).expect("the disk is fine");
            assert!(damaged.is_empty());
            let mut ours = Ours::of(tree, NOW);
            let program: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(2000).collect();
            let mut source = Source(&program);
            while let Some(op) = Op::decode(&mut source) {
                ours.apply(&op);
            }
            // In the middle of a run, with files open and some of them without a name; then at its end.
            store.commit(ours.vfs.tree_mut()).expect("the disk is fine");
            while let Some(op) = Op::decode(&mut source) {
                ours.apply(&op);
            }
            let before = ours.state();
            let mut tree = ours.vfs.into_tree();
            let usage = tree.usage();
            store.commit(&mut tree).expect("the disk is fine");
            assert_eq!(store.commit(&mut tree).expect("nothing is to be done"), Commit::Unchanged);
            drop(store);

            let found = load(stores.path(), &owner).expect("the disk is fine").tree;
            assert_eq!(found.usage(), usage, "seed {seed}, run {run}");
            assert_eq!(described(Ours::of(found, NOW).state()), described(before), "seed {seed}, run {run}");
        }
    }
}

/// All but the blocks: a chunk of zeros comes back as a hole.
fn described(mut state: State) -> State {
    state.values_mut().for_each(|node| node.seen.blocks = 0);
    state
}

#[test]
fn an_owner_has_a_directory_of_its_own_whatever_its_name() {
    let stores = tempfile::tempdir().expect("a temporary directory");
    for owner in ["alice", "alice/.", "../alice", "", "Alice", "alice\n"] {
        let Loaded { mut store, mut tree, .. } = load(stores.path(), owner).expect("the disk is fine");
        put_file(&mut tree, owner);
        store.commit(&mut tree).expect("the disk is fine");
    }
    let names: Vec<_> = stores
        .path()
        .read_dir()
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").file_name())
        .collect();
    assert_eq!(names.len(), 6);
    assert!(names.iter().all(|name| name.len() == 64));
    for owner in ["alice", "alice/."] {
        let tree = load(stores.path(), owner).expect("the disk is fine").tree;
        assert_eq!(tree.usage().bytes, owner.len() as u64);
    }
}

fn put_file(tree: &mut Tree, text: &str) {
    let mut ours = Ours::of(tree.clone(), NOW);
    let flags = rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY;
    let opened = ours.vfs.open(vfs::At::cwd("file"), flags, rustix::fs::Mode::RWXU);
    let Ok(vfs::Opened::Here(id)) = opened else { panic!("a new tree has room: {opened:?}") };
    ours.vfs.write(id, text.as_bytes()).expect("a new tree has room");
    *tree = ours.vfs.into_tree();
}

#[test]
fn two_do_not_have_one_owner_at_a_time() {
    let stores = tempfile::tempdir().expect("a temporary directory");
    let first = load(stores.path(), "alice").expect("nobody has it");
    assert!(matches!(load(stores.path(), "alice"), Err(StoreError::InUse(_))));
    assert!(load(stores.path(), "bob").is_ok());
    drop(first);
    assert!(load(stores.path(), "alice").is_ok());
}

#[test]
fn a_directory_that_cannot_be_written_leaves_the_tree_unsaved() {
    let stores = tempfile::tempdir().expect("a temporary directory");
    let Loaded { mut store, mut tree, .. } = load(stores.path(), "alice").expect("the disk is fine");
    put_file(&mut tree, "one");
    std::fs::remove_dir(stores.path().join(vfs::store::directory_name("alice"))).expect("it is empty");
    let error = store.commit(&mut tree).expect_err("the directory is gone");
    assert_eq!(error.to_string(), "cannot write new");
    assert!(tree.is_unsaved());
}
