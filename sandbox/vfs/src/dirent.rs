//! What a directory holds, and how it is listed while it changes.

use crate::inode::Ino;
use crate::path::Name;
use crate::place::Place;
use crate::{OpenId, Refusal, Vfs};
use rustix::io::Errno;
use std::collections::BTreeMap;

/// What a name stands for: `d_type`, `S_IFMT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Dir,
    Symlink,
    Device,
}

/// One line of a listing: `struct linux_dirent64` of getdents(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// `d_ino`.
    pub ino: u64,
    /// `d_off`: the offset to `lseek` to, to go on behind this entry.
    pub next: u64,
    pub kind: Kind,
    pub name: Vec<u8>,
}

/// The names in one directory of a tree. Each has a position that is never given twice, so that a reader who stops at a
/// position and goes on later misses nothing that stayed, and sees nothing twice.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    /// Its `..`; the root's is the root.
    pub(crate) parent: Ino,
    names: BTreeMap<Name, (u64, Ino)>,
    next_position: u64,
}

/// Positions 0 and 1 are `.` and `..`.
const FIRST_POSITION: u64 = 2;

impl Directory {
    pub(crate) fn new(parent: Ino) -> Directory {
        Directory { parent, names: BTreeMap::new(), next_position: FIRST_POSITION }
    }

    pub(crate) fn get(&self, name: &Name) -> Option<Ino> {
        self.names.get(name).map(|(_, ino)| *ino)
    }

    /// Sets what a name stands for, and says what it stood for. A name that was there keeps its position.
    pub(crate) fn insert(&mut self, name: Name, ino: Ino) -> Option<Ino> {
        if let Some((_, old)) = self.names.get_mut(&name) {
            return Some(std::mem::replace(old, ino));
        }
        self.names.insert(name, (self.next_position, ino));
        self.next_position += 1;
        None
    }

    pub(crate) fn remove(&mut self, name: &Name) -> Option<Ino> {
        self.names.remove(name).map(|(_, ino)| ino)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(crate) fn name_of(&self, child: Ino) -> Option<&Name> {
        self.names.iter().find(|(_, (_, ino))| *ino == child).map(|(name, _)| name)
    }

    /// The names from a position on, in the order of their positions. Sorting on demand is cheap: a tree has no more than
    /// its limit of entries, and a listing takes few calls.
    pub(crate) fn names_from(&self, position: u64) -> Vec<(u64, &Name, Ino)> {
        let rest = self.names.iter().filter(|(_, (at, _))| *at >= position);
        let mut rest: Vec<_> = rest.map(|(name, (at, ino))| (*at, name, *ino)).collect();
        rest.sort_unstable_by_key(|(at, _, _)| *at);
        rest
    }
}

impl Vfs {
    /// Hands out the entries that follow the descriptor's offset, until `take` has no room for one: that one comes first
    /// next time. getdents(2).
    pub fn getdents(&mut self, id: OpenId, mut take: impl FnMut(&DirEntry) -> bool) -> Result<(), Refusal> {
        let open = self.opened(id)?;
        if open.path_only {
            return Err(Errno::BADF.into());
        }
        let (place, from) = (open.place, open.offset);
        for entry in self.list(place, from)? {
            if !take(&entry) {
                break;
            }
            self.opened_mut(id)?.offset = entry.next;
        }
        if let Place::Own(ino) = place {
            self.tree.accessed(ino);
        }
        Ok(())
    }

    fn list(&self, place: Place, from: u64) -> Result<Vec<DirEntry>, Refusal> {
        let named =
            |ino, position: u64, kind, name: &[u8]| DirEntry { ino, next: position + 1, kind, name: name.to_vec() };
        let mut all = vec![
            named(self.number(place), 0, Kind::Dir, b"."),
            named(self.number(self.parent(place)), 1, Kind::Dir, b".."),
        ];
        match place {
            Place::Own(ino) => {
                let inode = self.tree.get(ino);
                let dir = inode.dir().ok_or(Errno::NOTDIR)?;
                if inode.is_dead() {
                    return Err(Errno::NOENT.into());
                }
                let rest = dir.names_from(from);
                all.extend(
                    rest.iter().map(|(at, name, ino)| named(ino.0, *at, self.tree.get(*ino).kind(), name.as_bytes())),
                );
            }
            Place::Fixed(id) => {
                let names = self.fixed.dir(id).ok_or(Errno::NOTDIR)?;
                let places = names.iter().map(|(name, id)| (name, self.fixed.place(*id)));
                let rest = (FIRST_POSITION..).zip(places);
                all.extend(
                    rest.map(|(at, (name, place))| named(self.number(place), at, self.kind(place), name.as_bytes())),
                );
            }
        }
        all.retain(|entry| entry.next > from);
        Ok(all)
    }
}
