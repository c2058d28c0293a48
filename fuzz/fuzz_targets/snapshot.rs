//! Snapshots that somebody else wrote: with a checksum that fits around any bytes, loading ends in an error or in a tree
//! that can be walked and committed again.

#![no_main]

#[path = "../../sandbox/vfs/tests/oracle/answer.rs"]
#[allow(dead_code)]
mod answer;
#[path = "../memory.rs"]
mod memory;
#[path = "../../sandbox/vfs/tests/oracle/ops.rs"]
#[allow(dead_code)]
mod ops;
#[path = "../../sandbox/vfs/tests/oracle/ours.rs"]
#[allow(dead_code)]
mod ours;

use answer::System;
use libfuzzer_sys::fuzz_target;
use memory::Memory;
use rustix::fs::{Mode, Timespec};
use sha2::{Digest, Sha256};
use vfs::store::{Directory, Store};
use vfs::{Limits, Target};

const NOW: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

fuzz_target!(|data: &[u8]| {
    let disk = Memory::default();
    let bytes = [data, &Sha256::digest(data)[..]].concat();
    (&disk).write("tree.1", &bytes).expect("memory does not fail");
    let Ok(found) = Store::load(&disk, Limits::default(), NOW) else { return };
    let mut store = found.store;
    let mut ours = ours::Ours::of(found.tree, NOW);
    let before = ours.state();
    // A change, so that there is something to commit.
    ours.vfs.chmod(Target::Path(vfs::At::cwd("/tmp")), Mode::RWXU).expect("the root is the guest's own");
    store.commit(&mut ours.vfs.into_tree()).expect("memory does not fail");
    let again = Store::load(&disk, Limits::default(), NOW).expect("it was committed");
    assert_eq!(ours::Ours::of(again.tree, NOW).state().len(), before.len());
});
