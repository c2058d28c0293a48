//! Commits that are appended to the newest file: what is left of them when they are stopped, and which are not appended.

use super::crash::{NOW, contents, large, load, name, put};
use super::disk::{Disk, Torn};
use super::frames::{BLOCK, HEAD, frame, snapshots};
use super::{Commit, Damage, FILE_MAX, GROWN_MAX, INLINE, Loaded, Store, StoreError, snapshot};
use crate::{Limits, Tree};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What it takes many of to fill a few blocks.
const SMALL: usize = 1024;

type Contents = BTreeMap<Vec<u8>, Vec<u8>>;

/// A disk with a file of two snapshots, and a tree of which a third one is to be appended. Each takes three blocks.
fn prepared() -> (Rc<Disk>, Store<Rc<Disk>>, Tree) {
    let disk = Disk::new(BTreeMap::new());
    let Loaded { mut store, mut tree, .. } = load(&disk).expect("an empty disk is an empty tree");
    put(&mut tree, "large", &large(1));
    for number in 0..10 {
        put(&mut tree, &format!("small {number}"), &[number; SMALL]);
    }
    for number in 0..3 {
        put(&mut tree, "counter", &[number]);
        if number < 2 {
            store.commit(&mut tree).expect("the disk is fine");
        }
    }
    let file = &disk.files()["tree.1"];
    assert_eq!((file.len(), snapshots(file).len()), (6 * BLOCK, 2));
    (disk, store, tree)
}

fn found(files: super::disk::Files) -> (Contents, Vec<StoreError>) {
    let Loaded { tree, damaged, .. } = load(&Disk::new(files)).expect("there is always a tree that is whole");
    (contents(&tree), damaged)
}

/// Ways in which the last three blocks may have reached the disk.
fn torn() -> impl Iterator<Item = Torn> {
    let ends = (0..=3 * BLOCK).step_by(61).map(Torn::Bytes);
    let blocks = (0..8).map(|there| Torn::Pieces(BLOCK, there));
    // Sectors: one that is missing, and one that is there.
    let missing = (0..24).map(|sector| Torn::Pieces(512, !(1 << sector)));
    let alone = (0..24).map(|sector| Torn::Pieces(512, 1 << sector));
    ends.chain(blocks).chain(missing).chain(alone)
}

#[test]
fn an_appended_commit_that_is_stopped_anywhere_leaves_the_old_tree_or_the_new_one() {
    let (disk, mut store, mut tree) = prepared();
    let (old, new) = (found(disk.files()).0, contents(&tree));
    disk.taken.set(0);
    store.commit(&mut tree).expect("the disk is fine");
    assert_eq!((disk.taken.get(), disk.made()), (3, 2), "it writes nothing but its frame, and waits once");

    let torn: Vec<Torn> = torn().collect();
    let mut seen = (0, 0);
    for stop in 0..=3 {
        let (disk, mut store, mut tree) = prepared();
        disk.steps.set(stop);
        let committed = store.commit(&mut tree);
        assert_eq!(committed.is_ok(), stop == 3);
        for (outcome, torn) in disk.outcomes(&torn).into_iter().zip(&torn) {
            let (found, damaged) = found(outcome);
            let why = format!("stopped after {stop}, {torn:?}: {damaged:?}");
            assert!(found == new || found == old && committed.is_err(), "{why}");
            // What was promised is never what is torn.
            assert!(damaged.len() <= usize::from(found == old), "{why}");
            seen = (seen.0 + usize::from(found == old), seen.1 + usize::from(found == new));
        }
    }
    assert!(seen.0 > 100 && seen.1 > 100, "both trees were among the outcomes: {seen:?}");
}

#[test]
fn every_byte_of_an_appended_snapshot_counts() {
    let (disk, mut store, mut tree) = prepared();
    let (old, new) = (found(disk.files()).0, contents(&tree));
    store.commit(&mut tree).expect("the disk is fine");
    let files = disk.files();
    let (begin, len) = (6 * BLOCK, HEAD + snapshots(&files["tree.1"])[2].len());
    let spoilt = |spoil: &dyn Fn(&mut Vec<u8>)| {
        let mut files = files.clone();
        spoil(files.get_mut("tree.1").expect("it is there"));
        found(files)
    };
    for at in begin..begin + len {
        let (cut, damaged) = spoilt(&|file| file.truncate(at));
        assert_eq!((cut, damaged.len()), (old.clone(), usize::from(at > begin)), "cut off at {at}");
        let (flipped, damaged) = spoilt(&|file| file[at] ^= 0x10);
        assert_eq!(flipped, old, "flipped at {at}");
        assert!(matches!(&damaged[..], [StoreError::Damaged(name, Damage::Checksum)] if name == "tree.1"));
    }
    // The control: behind it is nothing that counts.
    assert_eq!(spoilt(&|file| file.truncate(begin + len)).0, new);
    // And with the whole file gone there is the one before it.
    put(&mut tree, "large", &large(2));
    store.commit(&mut tree).expect("the disk is fine");
    put(&mut tree, "counter", b"appended");
    store.commit(&mut tree).expect("the disk is fine");
    let mut files = disk.files();
    assert_eq!(snapshots(&files["tree.2"]).len(), 2);
    files.remove("tree.2");
    assert_eq!(found(files).0, new);
}

#[test]
fn behind_a_commit_that_failed_nothing_is_appended() {
    let torn: Vec<Torn> = Torn::QUARTERS.into_iter().chain((0..8).map(|there| Torn::Pieces(BLOCK, there))).collect();
    for (first, second) in (0..3).flat_map(|first| (0..=8).map(move |second| (first, second))) {
        let (disk, mut store, mut tree) = prepared();
        let before = [found(disk.files()).0, contents(&tree)];
        disk.steps.set(first);
        store.commit(&mut tree).expect_err("it is stopped");
        assert!(tree.is_unsaved());
        put(&mut tree, "counter", b"after that");
        disk.steps.set(second);
        let committed = store.commit(&mut tree).is_ok();
        for outcome in disk.outcomes(&torn) {
            let whole = committed.then(|| snapshots(&outcome["tree.2"]).len());
            let (found, damaged) = found(outcome);
            assert!(
                found == contents(&tree) || !committed && before.contains(&found),
                "{first}, {second}: {damaged:?}"
            );
            assert!(whole.is_none_or(|whole| whole == 1 && damaged.is_empty()));
        }
        assert_eq!(committed, second >= 6, "a file is begun: {second}");
    }
}

#[test]
fn what_was_loaded_and_promised_is_on_the_disk() {
    let mut without = 0;
    for (large_file, stop) in [false, true].into_iter().flat_map(|large| (0..12).map(move |stop| (large, stop))) {
        let (disk, mut store, mut tree) = prepared();
        if large_file {
            put(&mut tree, "large", &large(2));
        }
        disk.steps.set(stop);
        // The process ends here, but for the disk nothing has happened.
        let _ = store.commit(&mut tree);
        disk.steps.set(usize::MAX);
        let Loaded { mut store, mut tree, .. } = load(&disk).expect("there is always a tree that is whole");
        let others =
            || disk.outcomes(&Torn::QUARTERS).into_iter().filter(|outcome| found(outcome.clone()).0 != contents(&tree));
        // The control: what was only loaded may be lost.
        without += others().count();
        assert_eq!(store.promise(&mut tree.clone()).expect("the disk is fine"), Commit::Unchanged);
        assert_eq!(others().count(), 0, "{large_file}, {stop}");
        disk.steps.set(0);
        assert_eq!(store.promise(&mut tree).expect("nothing is to be done"), Commit::Unchanged);
    }
    assert!(without > 0);
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let (disk, mut store, mut tree) = prepared();
    let many = FILE_MAX as usize / INLINE as usize;
    for number in 0..many {
        put(&mut tree, &format!("one more {number}"), &[1; INLINE as usize]);
    }
    let before = disk.files();
    assert!(matches!(store.commit(&mut tree), Err(StoreError::TooLarge(len)) if len as u64 > FILE_MAX));
    assert!(tree.is_unsaved());
    assert_eq!(disk.files(), before);
    // The control: a little less comes back.
    for number in 0..many / 10 {
        tree.remove(Tree::ROOT, &name(&format!("one more {number}")));
    }
    store.commit(&mut tree).expect("the disk is fine");
    assert!(found(disk.files()).0 == contents(&tree));
}

#[test]
fn a_store_that_was_loaded_begins_a_file() {
    let (disk, store, _) = prepared();
    drop(store);
    let Loaded { mut store, mut tree, .. } = load(&disk).expect("it was committed");
    for (counter, of_files) in [(b"a", [2, 1]), (b"b", [2, 2])] {
        put(&mut tree, "counter", counter);
        store.commit(&mut tree).expect("the disk is fine");
        let files = disk.files();
        assert_eq!(["tree.1", "tree.2"].map(|file| snapshots(&files[file]).len()), of_files);
    }
}

#[test]
fn a_file_grows_to_its_bound_and_a_large_snapshot_has_one_of_its_own() {
    let (disk, mut store, mut tree) = prepared();
    let mut longest = 0;
    for number in 0..100_u8 {
        put(&mut tree, "counter", &[number]);
        store.commit(&mut tree).expect("the disk is fine");
        let files = disk.files();
        let lens: Vec<usize> =
            files.iter().filter(|(name, _)| name.starts_with("tree.")).map(|(_, f)| f.len()).collect();
        assert!(lens.len() <= 2 && lens.iter().all(|len| *len <= GROWN_MAX), "{lens:?}");
        longest = longest.max(lens.into_iter().max().unwrap_or(0));
    }
    assert!(longest > GROWN_MAX - 3 * BLOCK, "{longest}");

    let made = disk.made();
    for number in 0..60 {
        put(&mut tree, &format!("one more {number}"), &[1; SMALL]);
    }
    for number in 0..5 {
        put(&mut tree, "counter", &[number]);
        store.commit(&mut tree).expect("the disk is fine");
    }
    assert_eq!(disk.made() - made, 5);
    assert!(disk.files().values().all(|file| file.len() <= SMALL || snapshots(file).len() == 1));
    // The control: once it is small again, the file after that one is appended to.
    for number in 0..60 {
        tree.remove(Tree::ROOT, &name(&format!("one more {number}")));
    }
    for number in 0..5 {
        put(&mut tree, "counter", &[number]);
        store.commit(&mut tree).expect("the disk is fine");
    }
    assert_eq!(disk.made() - made, 6);
}

#[test]
fn a_store_from_before_there_were_frames_is_read_and_goes_on_in_frames() {
    let (_, _, tree) = prepared();
    let (disk, mut store, mut before) = prepared();
    store.commit(&mut before).expect("the disk is fine");
    let old = BTreeMap::from([
        ("data.1.2".to_owned(), disk.files()["data.1.2"].clone()),
        ("tree.7".to_owned(), snapshot::encode(&before)),
    ]);
    let disk = Disk::new(old);
    let Loaded { mut store, tree: mut loaded, damaged } = load(&disk).expect("it is whole");
    assert!(damaged.is_empty());
    assert_eq!(contents(&loaded), contents(&tree));
    put(&mut loaded, "counter", b"in a frame");
    store.commit(&mut loaded).expect("the disk is fine");
    let files = disk.files();
    assert_eq!(files["tree.8"], frame(&snapshot::encode(&loaded)));
    assert_eq!(found(files).0, contents(&loaded));
    // A bare snapshot is not what anything is appended to.
    assert_eq!(disk.files()["tree.7"], snapshot::encode(&before));
    let limits = Limits::default();
    assert!(snapshot::decode(&disk.files()["tree.7"], limits, NOW).is_ok());
}
