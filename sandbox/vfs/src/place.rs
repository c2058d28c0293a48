//! Where a walk can stand, and what there is to know about such a place: the two parts of a guest's view, asked alike.

use crate::dirent::Kind;
use crate::fixed::{self, Fixed, FixedId};
use crate::inode::{Body, Ino};
use crate::path::Name;
use crate::{Refusal, Rule, Tree, Vfs};
use rustix::fs::Mode;
use rustix::io::Errno;

/// Where a walk stands: in the part that is fixed, or in the owner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Fixed(FixedId),
    Own(Ino),
}

impl Place {
    pub(crate) const ROOT: Place = Place::Fixed(Fixed::ROOT);
}

/// The owner's permission to read, to write, to execute or search.
pub(crate) const READ: Mode = Mode::RUSR;
pub(crate) const WRITE: Mode = Mode::WUSR;
pub(crate) const EXECUTE: Mode = Mode::XUSR;

impl Vfs {
    pub(crate) fn kind(&self, place: Place) -> Kind {
        match place {
            Place::Fixed(id) => self.fixed.kind(id),
            Place::Own(ino) => self.tree.get(ino).kind(),
        }
    }

    pub(crate) fn is_dir(&self, place: Place) -> bool {
        self.kind(place) == Kind::Dir
    }

    /// `st_ino`.
    pub(crate) fn number(&self, place: Place) -> u64 {
        match place {
            Place::Fixed(id) => self.fixed.ino(id),
            Place::Own(ino) => ino.0,
        }
    }

    pub(crate) fn parent(&self, place: Place) -> Place {
        match place {
            Place::Fixed(id) => Place::Fixed(self.fixed.parent(id)),
            Place::Own(Tree::ROOT) => Place::ROOT,
            Place::Own(ino) => Place::Own(self.tree.get(ino).dir().map_or(Tree::ROOT, |dir| dir.parent)),
        }
    }

    pub(crate) fn lookup(&self, dir: Place, name: &Name) -> Result<Option<Place>, Refusal> {
        match dir {
            Place::Fixed(id) => {
                name.fits()?;
                Ok(self.fixed.lookup(id, name).map(|id| self.fixed.place(id)))
            }
            Place::Own(ino) => Ok(self.lookup_own(ino, name)?.map(Place::Own)),
        }
    }

    /// In a directory that was removed nothing is looked for any more, not even a name that no directory can hold.
    pub(crate) fn lookup_own(&self, dir: Ino, name: &Name) -> Result<Option<Ino>, Refusal> {
        if self.tree.get(dir).is_dead() {
            return Ok(None);
        }
        name.fits()?;
        Ok(self.tree.lookup(dir, name))
    }

    /// Where a symbolic link leads; nothing for anything else.
    pub(crate) fn link_target(&self, place: Place) -> Option<&[u8]> {
        match place {
            Place::Fixed(id) => match self.fixed.body(id) {
                fixed::Body::Symlink(target) => Some(target),
                _ => None,
            },
            Place::Own(ino) => match &self.tree.get(ino).body {
                Body::Symlink(target) => Some(target),
                _ => None,
            },
        }
    }

    /// What to say of a name that is not in `dir`: in `/tmp` files come and go, and an import tries many a name in the
    /// library; elsewhere it is the sandbox's doing.
    pub(crate) fn missing(&self, dir: Place) -> Refusal {
        match dir {
            Place::Fixed(id) if !self.fixed.is_library(id) => Rule::Absent.into(),
            _ => Errno::NOENT.into(),
        }
    }

    /// The tree's inode, if it may be changed at all.
    pub(crate) fn own(&self, place: Place) -> Result<Ino, Refusal> {
        match place {
            Place::Fixed(_) => Err(Rule::ReadOnly.into()),
            Place::Own(ino) => Ok(ino),
        }
    }

    /// Checks the owner's permission bits: inode(7). What is fixed can be read and searched.
    pub(crate) fn may(&self, place: Place, wanted: Mode) -> Result<(), Refusal> {
        let granted = match place {
            Place::Own(ino) => self.tree.get(ino).mode,
            Place::Fixed(id) if wanted.contains(WRITE) && !matches!(self.fixed.body(id), fixed::Body::Device(_)) => {
                return Err(Rule::ReadOnly.into());
            }
            Place::Fixed(id) => Mode::from_bits_retain(self.fixed.permissions(id)),
        };
        if granted.contains(wanted) { Ok(()) } else { Err(Errno::ACCESS.into()) }
    }

    pub(crate) fn pin(&mut self, place: Place) {
        if let Place::Own(ino) = place {
            self.tree.pin(ino);
        }
    }

    pub(crate) fn unpin(&mut self, place: Place) {
        if let Place::Own(ino) = place {
            self.tree.unpin(ino);
        }
    }
}
