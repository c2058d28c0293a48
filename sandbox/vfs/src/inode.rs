//! One file, directory or symbolic link of a tree, without its names.

use crate::data::Data;
use crate::dirent::{Directory, Kind};
use crate::store::Blob;
use rustix::fs::{Mode, Timespec};

/// The number of an inode: never given twice in the life of a tree, and kept by its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ino(pub(crate) u64);

#[derive(Clone, Debug)]
pub(crate) struct Inode {
    /// Permission bits; the type is that of `body`.
    pub(crate) mode: Mode,
    /// `st_nlink`. At zero it cannot be reached by name any more.
    pub(crate) links: u32,
    /// What keeps it alive besides its names: open descriptions, the working directory, and, for a directory, the
    /// directories whose `..` it is. Nothing of this is stored.
    pub(crate) pins: u32,
    pub(crate) times: Times,
    pub(crate) body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) accessed: Timespec,
    pub(crate) modified: Timespec,
    pub(crate) changed: Timespec,
}

impl Times {
    pub(crate) fn all(now: Timespec) -> Times {
        Times { accessed: now, modified: now, changed: now }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    File(File),
    Dir(Directory),
    Symlink(Box<[u8]>),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) data: Data,
    /// Where the store has exactly these contents already; forgotten with the first change.
    pub(crate) stored: Option<Blob>,
}

impl Inode {
    pub(crate) fn new(mode: Mode, now: Timespec, body: Body) -> Inode {
        let links = if matches!(body, Body::Dir(_)) { 2 } else { 1 };
        Inode { mode, links, pins: 0, times: Times::all(now), body }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.body {
            Body::File(_) => Kind::File,
            Body::Dir(_) => Kind::Dir,
            Body::Symlink(_) => Kind::Symlink,
        }
    }

    /// What it costs of the owner's bytes.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.body {
            Body::File(file) => file.data.len(),
            Body::Dir(_) => 0,
            Body::Symlink(target) => target.len() as u64,
        }
    }

    pub(crate) fn dir(&self) -> Option<&Directory> {
        match &self.body {
            Body::Dir(dir) => Some(dir),
            _ => None,
        }
    }

    pub(crate) fn file(&self) -> Option<&File> {
        match &self.body {
            Body::File(file) => Some(file),
            _ => None,
        }
    }

    pub(crate) fn is_dir(&self) -> bool {
        self.dir().is_some()
    }

    /// Has lost its last name, and lives on because it is open.
    pub(crate) fn is_dead(&self) -> bool {
        self.links == 0
    }
}
