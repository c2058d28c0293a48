//! One guest's view: what is fixed, its owner's tree, and what the program itself has: a working directory, a umask, open
//! descriptions.

use crate::description::Description;
use crate::fixed::Fixed;
use crate::place::{EXECUTE, Place};
use crate::{At, Ino, OpenId, PATH_MAX, Refusal, Target, Tree};
use rustix::fs::{Mode, Timespec};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who the guest sees itself as: the owner of everything in its `/tmp`.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    pub uid: u32,
    pub gid: u32,
}

/// The file system of one run. Each method answers one call.
#[derive(Debug)]
pub struct Vfs {
    pub(crate) fixed: Arc<Fixed>,
    pub(crate) tree: Tree,
    pub(crate) guest: Guest,
    pub(crate) cwd: Place,
    pub(crate) umask: Mode,
    pub(crate) open: BTreeMap<OpenId, Description>,
    pub(crate) next_open: u64,
}

impl Vfs {
    /// A program that is about to start, in `/tmp`, with nothing open.
    pub fn new(fixed: Arc<Fixed>, mut tree: Tree, guest: Guest) -> Vfs {
        tree.pin(Tree::ROOT);
        let cwd = Place::Own(Tree::ROOT);
        let umask = Mode::from_bits_retain(0o022);
        Vfs { fixed, tree, guest, cwd, umask, open: BTreeMap::new(), next_open: 0 }
    }

    /// The end of the program: everything is closed, and the tree is what its names lead to.
    pub fn into_tree(mut self) -> Tree {
        for open in std::mem::take(&mut self.open).into_values() {
            self.unpin(open.place);
        }
        self.unpin(self.cwd);
        self.tree
    }

    /// The owner's files.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The owner's files, to commit them in the middle of a run. What is open without a name is not part of a commit.
    pub fn tree_mut(&mut self) -> &mut Tree {
        &mut self.tree
    }

    /// Says what time it is. The engine does so before each call: this crate has no clock.
    pub fn set_time(&mut self, now: Timespec) {
        self.tree.now = now;
    }

    /// umask(2): sets the permission bits that new files do not get, and answers with those of before.
    pub fn umask(&mut self, mask: Mode) -> Mode {
        std::mem::replace(&mut self.umask, mask & Mode::from_bits_retain(0o777))
    }

    /// chdir(2), fchdir(2).
    pub fn chdir(&mut self, target: Target<'_>) -> Result<(), Refusal> {
        let place = self.locate(target)?;
        if !self.is_dir(place) {
            return Err(Errno::NOTDIR.into());
        }
        self.may(place, EXECUTE)?;
        self.pin(place);
        self.unpin(self.cwd);
        self.cwd = place;
        Ok(())
    }

    /// getcwd(2). `ENOENT` if the directory has been removed.
    pub fn getcwd(&self) -> Result<Vec<u8>, Refusal> {
        let mut path = Vec::new();
        let mut here = self.cwd;
        while here != Place::ROOT {
            let name = match here {
                // The one place whose name stands in the fixed part.
                Place::Own(Tree::ROOT) => b"tmp",
                Place::Own(ino) => {
                    self.parent_dir(ino).and_then(|dir| dir.name_of(ino)).ok_or(Errno::NOENT)?.as_bytes()
                }
                Place::Fixed(id) => self.fixed.name_of(id).ok_or(Errno::NOENT)?.as_bytes(),
            };
            path.splice(0..0, b"/".iter().chain(name).copied());
            here = self.parent(here);
        }
        match path.len() {
            0 => Ok(b"/".to_vec()),
            len if len < PATH_MAX => Ok(path),
            _ => Err(Errno::NAMETOOLONG.into()),
        }
    }

    fn parent_dir(&self, ino: Ino) -> Option<&crate::dirent::Directory> {
        self.tree.get(self.tree.get(ino).dir()?.parent).dir()
    }

    /// The object a call is about.
    pub(crate) fn locate(&self, target: Target<'_>) -> Result<Place, Refusal> {
        match target {
            Target::Open(id) => Ok(self.opened(id)?.place),
            Target::Path(at) => self.resolve(at, true),
            Target::Link(at) => self.resolve(at, false),
        }
    }

    /// Where a relative path starts.
    pub(crate) fn start(&self, at: At<'_>) -> Result<Place, Refusal> {
        let place = match at.dir {
            _ if at.path.starts_with(b"/") => Place::ROOT,
            None => self.cwd,
            Some(id) => self.opened(id)?.place,
        };
        if self.is_dir(place) { Ok(place) } else { Err(Errno::NOTDIR.into()) }
    }
}
