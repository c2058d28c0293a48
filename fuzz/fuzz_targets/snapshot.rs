//! Snapshots that somebody else wrote: with a checksum that fits around any bytes, loading ends in an error or in a tree
//! that can be walked and committed again. And whatever bytes are behind a commit, they do not change what it was.

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
    // Changes, so that there is something to commit: in a file that is begun, and appended to it.
    for mode in [Mode::RWXU, Mode::RUSR] {
        ours.vfs.chmod(Target::Path(vfs::At::cwd("/tmp")), mode).expect("the root is the guest's own");
        store.commit(ours.vfs.tree_mut()).expect("memory does not fail");
    }
    (&disk).append("tree.2", data).expect("it was begun");
    let again = Store::load(&disk, Limits::default(), NOW).expect("it was committed");
    assert_eq!(again.damaged.is_empty(), data.is_empty());
    assert_eq!(again.tree.usage(), ours.vfs.tree().usage());
    assert_eq!(ours::Ours::of(again.tree, NOW).state().len(), before.len());
});
