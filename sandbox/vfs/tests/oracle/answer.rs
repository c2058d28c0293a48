//! What two systems can be compared by: the answers to operations, and the whole state.

use rustix::fs::Timespec;
use rustix::io::Errno;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    Number(u64),
    Bytes(Vec<u8>),
    Stat(Seen),
    /// Names and `d_type`s, sorted: the order is each system's own.
    Listing(Vec<(Vec<u8>, u8)>),
    Refused(Errno),
    /// There was nothing in that slot.
    Closed,
}

/// What `stat` says, without what is free to differ: numbers of devices and inodes, sizes of directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) mode: u32,
    pub(crate) nlink: u64,
    pub(crate) size: u64,
    pub(crate) blocks: u64,
}

impl Seen {
    pub(crate) fn new(mode: u32, nlink: u64, size: u64, blocks: u64) -> Seen {
        let kind = mode & 0o170_000;
        let (is_file, is_dir) = (kind == 0o100_000, kind == 0o040_000);
        Seen { mode, nlink, size: if is_dir { 0 } else { size }, blocks: if is_file { blocks } else { 0 } }
    }
}

/// Everything below `/tmp`, by path.
pub(crate) type State = BTreeMap<Vec<u8>, Node>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) ino: u64,
    pub(crate) seen: Seen,
    pub(crate) mtime: Timespec,
    pub(crate) ctime: Timespec,
    /// A file's bytes, a link's target.
    pub(crate) content: Vec<u8>,
}

/// A system that operations can be done on.
pub(crate) trait System {
    fn apply(&mut self, op: &crate::ops::Op) -> Answer;
    fn state(&mut self) -> State;
}
