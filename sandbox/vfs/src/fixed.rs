//! What all guests see alike and none can change: the root directory, `/dev`, the Python library.
//!
//! Made once, before any guest runs, by whoever can read the host's files; then shared. Nothing here is opened: a file of
//! the library is a [`HandleId`], by which the engine finds the read-only descriptor it holds for it.

use crate::Stat;
use crate::dirent::Kind;
use crate::path::{self, Name};
use crate::place::Place;
use crate::tree::Tree;
use rustix::fs::Timespec;
use rustix::io::Errno;
use std::collections::BTreeMap;

/// A file of the host, by the number its engine gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandleId(pub u32);

/// A device that every program expects. What reading and writing it does is the engine's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    Null,
    Zero,
    Urandom,
}

impl Device {
    /// Its number on Linux, major and minor: Documentation/admin-guide/devices.txt.
    pub fn number(self) -> (u32, u32) {
        match self {
            Device::Null => (1, 3),
            Device::Zero => (1, 5),
            Device::Urandom => (1, 9),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FixedId(pub(crate) u32);

#[derive(Debug)]
struct Node {
    parent: FixedId,
    body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    Dir(BTreeMap<Name, FixedId>),
    /// `/tmp`: the root of the owner's tree lies over it.
    Tree,
    Symlink(Box<[u8]>),
    Device(Device),
    File(HandleId, Stat),
}

/// The read-only part of what a guest sees.
#[derive(Debug)]
pub struct Fixed {
    nodes: Vec<Node>,
    /// When the newest file of the library was changed; what has no time of its own has this one.
    newest: Timespec,
}

impl Default for Fixed {
    fn default() -> Fixed {
        Fixed::new()
    }
}

impl Fixed {
    pub(crate) const ROOT: FixedId = FixedId(0);

    /// `/`, `/tmp`, `/data` and `/dev`; no library yet.
    pub fn new() -> Fixed {
        let root = Node { parent: Fixed::ROOT, body: Body::Dir(BTreeMap::new()) };
        let mut fixed = Fixed { nodes: vec![root], newest: Timespec::default() };
        let furniture = [
            ("/tmp", Body::Tree),
            // The lab of 2023 keeps its files here. A link, so that each file has one path that realpath(3) gives.
            ("/data", Body::Symlink((*b"tmp").into())),
            ("/dev/null", Body::Device(Device::Null)),
            ("/dev/zero", Body::Device(Device::Zero)),
            ("/dev/urandom", Body::Device(Device::Urandom)),
        ];
        for (path, body) in furniture {
            fixed.add(path.as_bytes(), body).expect("these names are valid and differ");
        }
        fixed
    }

    /// Adds a file of the library, and the directories it lies in. `stat` is what `fstat` says of the descriptor that the
    /// engine will hand out, so that a guest who compares finds no difference. `EEXIST` if the name is taken, `ENOTDIR` if
    /// it would lie in something that is no directory (such as `/tmp`), `EINVAL` if the path is not plain and absolute.
    pub fn add_file(&mut self, path: &[u8], handle: HandleId, stat: Stat) -> Result<(), Errno> {
        self.add(path, Body::File(handle, stat))?;
        if (stat.mtime.tv_sec, stat.mtime.tv_nsec) > (self.newest.tv_sec, self.newest.tv_nsec) {
            self.newest = stat.mtime;
        }
        Ok(())
    }

    /// Adds a symbolic link of the library. It leads where the same link would lead inside: to nothing, unless its target
    /// is there too.
    pub fn add_symlink(&mut self, path: &[u8], target: &[u8]) -> Result<(), Errno> {
        path::check(target).map_err(|_| Errno::INVAL)?;
        self.add(path, Body::Symlink(target.into()))
    }

    fn add(&mut self, path: &[u8], body: Body) -> Result<(), Errno> {
        let mut names: Vec<&[u8]> = path.strip_prefix(b"/").ok_or(Errno::INVAL)?.split(|byte| *byte == b'/').collect();
        let last = Name::new(names.pop().ok_or(Errno::INVAL)?)?;
        let mut here = Fixed::ROOT;
        for name in names {
            let name = Name::new(name)?;
            here = match self.lookup(here, &name) {
                Some(next) => next,
                None => self.insert(here, name, Body::Dir(BTreeMap::new()))?,
            };
        }
        if self.lookup(here, &last).is_some() {
            return Err(Errno::EXIST);
        }
        self.insert(here, last, body).map(drop)
    }

    fn insert(&mut self, dir: FixedId, name: Name, body: Body) -> Result<FixedId, Errno> {
        name.fits()?;
        let id = FixedId(u32::try_from(self.nodes.len()).map_err(|_| Errno::NOSPC)?);
        let Body::Dir(names) = &mut self.nodes[dir.0 as usize].body else { return Err(Errno::NOTDIR) };
        names.insert(name, id);
        self.nodes.push(Node { parent: dir, body });
        Ok(id)
    }

    pub(crate) fn body(&self, id: FixedId) -> &Body {
        &self.nodes[id.0 as usize].body
    }

    pub(crate) fn parent(&self, id: FixedId) -> FixedId {
        self.nodes[id.0 as usize].parent
    }

    pub(crate) fn dir(&self, id: FixedId) -> Option<&BTreeMap<Name, FixedId>> {
        match self.body(id) {
            Body::Dir(names) => Some(names),
            _ => None,
        }
    }

    pub(crate) fn lookup(&self, dir: FixedId, name: &Name) -> Option<FixedId> {
        self.dir(dir)?.get(name).copied()
    }

    /// Where one stands after stepping on a node.
    pub(crate) fn place(&self, id: FixedId) -> Place {
        match self.body(id) {
            Body::Tree => Place::Own(Tree::ROOT),
            _ => Place::Fixed(id),
        }
    }

    pub(crate) fn name_of(&self, id: FixedId) -> Option<&Name> {
        let siblings = self.dir(self.parent(id))?;
        siblings.iter().find(|(_, sibling)| **sibling == id).map(|(name, _)| name)
    }

    pub(crate) fn kind(&self, id: FixedId) -> Kind {
        match self.body(id) {
            Body::Dir(_) | Body::Tree => Kind::Dir,
            Body::Symlink(_) => Kind::Symlink,
            Body::Device(_) => Kind::Device,
            Body::File(..) => Kind::File,
        }
    }

    /// Directories in a directory, whose `..` are links to it.
    pub(crate) fn subdirs(&self, id: FixedId) -> u64 {
        let names = self.dir(id).into_iter().flatten();
        names.filter(|(_, child)| self.kind(**child) == Kind::Dir).count() as u64
    }

    /// Whether a directory is part of the library, and not only on the way to it: it holds files, or lies in one that does.
    pub(crate) fn is_library(&self, id: FixedId) -> bool {
        let holds_files = self.dir(id).into_iter().flatten().any(|(_, child)| self.kind(*child) == Kind::File);
        holds_files || (id != Fixed::ROOT && self.is_library(self.parent(id)))
    }

    /// The times of directories, links and devices.
    pub(crate) fn time(&self) -> Timespec {
        self.newest
    }

    /// What the library's files take, in units of 512 bytes.
    pub(crate) fn blocks(&self) -> u64 {
        self.nodes.iter().map(|node| if let Body::File(_, stat) = &node.body { stat.blocks } else { 0 }).sum()
    }

    /// Permission bits. Directories and devices have those that every Linux gives them.
    pub(crate) fn permissions(&self, id: FixedId) -> u32 {
        match self.body(id) {
            Body::Dir(_) | Body::Tree => 0o755,
            Body::Symlink(_) => 0o777,
            Body::Device(_) => 0o666,
            Body::File(_, stat) => stat.mode & 0o7777,
        }
    }

    /// `st_ino`: a file of the host keeps its own, the rest is numbered here.
    pub(crate) fn ino(&self, id: FixedId) -> u64 {
        match self.body(id) {
            Body::File(_, stat) => stat.ino,
            Body::Tree => Tree::ROOT.0,
            _ => u64::from(id.0) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_grows_its_directories_and_takes_no_name_twice() {
        let mut fixed = Fixed::new();
        let add = |fixed: &mut Fixed, path: &str| fixed.add_file(path.as_bytes(), HandleId(1), Stat::default());
        assert_eq!(add(&mut fixed, "/usr/lib/python3/os.py"), Ok(()));
        assert_eq!(add(&mut fixed, "/usr/lib/python3/os.py"), Err(Errno::EXIST));
        assert_eq!(add(&mut fixed, "/usr/lib"), Err(Errno::EXIST));
        assert_eq!(add(&mut fixed, "/tmp/x"), Err(Errno::NOTDIR));
        assert_eq!(add(&mut fixed, "/dev/null/x"), Err(Errno::NOTDIR));
        assert_eq!(add(&mut fixed, "usr/x"), Err(Errno::INVAL));
        assert_eq!(add(&mut fixed, "/usr/../x"), Err(Errno::INVAL));
    }
}
