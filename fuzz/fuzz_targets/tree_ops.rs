//! Any operations in any order, under tight limits: nothing panics, the limits hold, what is charged is what is there, and
//! a commit in the middle and one at the end bring back the same files.

#![no_main]

#[path = "../../sandbox/vfs/tests/oracle/answer.rs"]
mod answer;
#[path = "../memory.rs"]
mod memory;
#[path = "../../sandbox/vfs/tests/oracle/ops.rs"]
#[allow(dead_code)]
mod ops;
#[path = "../../sandbox/vfs/tests/oracle/ours.rs"]
#[allow(dead_code)]
mod ours;

use answer::{State, System};
use libfuzzer_sys::fuzz_target;
use memory::Memory;
use ops::{Op, Source};
use rustix::fs::Timespec;
use std::collections::BTreeMap;
use vfs::store::{Loaded, Store};
use vfs::{Limits, Usage};

const LIMITS: Limits = Limits { bytes: 100_000, entries: 12, file_size: 60_000, depth: 3 };
const NOW: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

fuzz_target!(|data: &[u8]| {
    let disk = Memory::default();
    let Loaded { mut store, tree, .. } = Store::load(&disk, LIMITS, NOW).expect("an empty disk is an empty tree");
    let mut ours = ours::Ours::of(tree, NOW);
    let mut source = Source(data);
    for number in 1.. {
        let Some(op) = Op::decode(&mut source) else { break };
        ours.apply(&op);
        let used = ours.vfs.tree().usage();
        assert!(used.bytes <= LIMITS.bytes && used.entries <= LIMITS.entries, "{used:?}");
        if number % 16 == 0 {
            store.commit(ours.vfs.tree_mut()).expect("memory does not fail");
        }
    }
    let before = ours.state();
    let mut tree = ours.vfs.into_tree();
    assert_eq!(tree.usage(), counted(&before));
    store.commit(&mut tree).expect("memory does not fail");

    let found = Store::load(&disk, LIMITS, NOW).expect("it was committed");
    assert!(found.damaged.is_empty());
    assert_eq!(found.tree.usage(), tree.usage());
    assert_eq!(but_for_blocks(ours::Ours::of(found.tree, NOW).state()), but_for_blocks(before));
});

/// What the files that can be seen must cost.
fn counted(state: &State) -> Usage {
    let sizes: BTreeMap<u64, u64> = state.values().map(|node| (node.ino, node.seen.size)).collect();
    Usage { bytes: sizes.values().sum(), entries: state.len() as u64 - 1 }
}

/// A chunk of zeros comes back as a hole.
fn but_for_blocks(mut state: State) -> State {
    state.values_mut().for_each(|node| node.seen.blocks = 0);
    state
}
