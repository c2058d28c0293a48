//! One owner's files: inodes, the names between them, and what they cost.
//!
//! What holds between any two calls: every name leads to an inode; every inode has as many links as names lead to it, and
//! is there only while it has a name or is pinned; a directory's parent is there as long as it is; what is charged is what
//! is there. Every change that a program could see by `stat` moves a `ctime`, and so marks the tree as changed.
//!
//! Permissions and paths are not decided here: the callers have done so.

use crate::dirent::Directory;
use crate::inode::{Body, File, Ino, Inode};
use crate::path::Name;
use crate::quota::Quota;
use crate::{Limits, Refusal, Rule, Usage};
use rustix::fs::{Mode, Timespec};
use std::collections::HashMap;

/// However deep the limits allow: what can be walked from the top down without minding the stack.
pub(crate) const DEPTH_MAX: u32 = 256;

/// One owner's files, as they were loaded by a [`Store`](crate::store::Store) or made new.
#[derive(Clone, Debug)]
pub struct Tree {
    inodes: HashMap<Ino, Inode>,
    pub(crate) next_ino: u64,
    pub(crate) quota: Quota,
    /// The time of the call that is being answered.
    pub(crate) now: Timespec,
    /// Differs from what the store has.
    pub(crate) unsaved: bool,
}

impl Tree {
    /// The number of the root, which is its own parent and never goes away.
    pub(crate) const ROOT: Ino = Ino(1);

    /// An empty tree, not worth storing yet.
    pub fn new(limits: Limits, now: Timespec) -> Tree {
        let root = Inode::new(Mode::from_bits_retain(0o755), now, Body::Dir(Directory::new(Tree::ROOT)));
        Tree {
            inodes: HashMap::from([(Tree::ROOT, root)]),
            next_ino: Tree::ROOT.0 + 1,
            quota: Quota { limits, used: Usage::default() },
            now,
            unsaved: false,
        }
    }

    /// What it keeps.
    pub fn usage(&self) -> Usage {
        self.quota.used
    }

    /// What it may keep.
    pub fn limits(&self) -> Limits {
        self.quota.limits
    }

    /// Whether it differs from what its store has.
    pub fn is_unsaved(&self) -> bool {
        self.unsaved
    }

    pub(crate) fn get(&self, ino: Ino) -> &Inode {
        self.inodes.get(&ino).expect("a number is only held while its inode has a name or a pin")
    }

    pub(crate) fn get_mut(&mut self, ino: Ino) -> &mut Inode {
        self.inodes.get_mut(&ino).expect("a number is only held while its inode has a name or a pin")
    }

    pub(crate) fn find(&self, ino: Ino) -> Option<&Inode> {
        self.inodes.get(&ino)
    }

    pub(crate) fn inodes(&self) -> impl Iterator<Item = (Ino, &Inode)> {
        self.inodes.iter().map(|(ino, inode)| (*ino, inode))
    }

    pub(crate) fn inodes_mut(&mut self) -> impl Iterator<Item = (Ino, &mut Inode)> {
        self.inodes.iter_mut().map(|(ino, inode)| (*ino, inode))
    }

    fn dir_mut(&mut self, ino: Ino) -> &mut Directory {
        match &mut self.get_mut(ino).body {
            Body::Dir(dir) => dir,
            _ => unreachable!("callers have looked a name up in it"),
        }
    }

    pub(crate) fn lookup(&self, dir: Ino, name: &Name) -> Option<Ino> {
        self.get(dir).dir()?.get(name)
    }

    /// Makes an inode under a new name in `dir`.
    pub(crate) fn create(&mut self, dir: Ino, name: Name, mode: Mode, body: Body) -> Result<Ino, Refusal> {
        let ino = Ino(self.next_ino);
        self.adopt(dir, name, ino, Inode::new(mode, self.now, body))?;
        self.next_ino += 1;
        self.modified(dir);
        Ok(ino)
    }

    /// Puts an inode under a new name in `dir` as it is. Nothing has happened if it is refused.
    pub(crate) fn adopt(&mut self, dir: Ino, name: Name, ino: Ino, inode: Inode) -> Result<(), Refusal> {
        if inode.is_dir() {
            self.check_depth(dir, 0)?;
        }
        self.quota.take_entry()?;
        self.quota.take_bytes(inode.bytes()).inspect_err(|_| self.quota.give_back_entry())?;
        let is_dir = inode.is_dir();
        self.inodes.insert(ino, inode);
        if is_dir {
            self.hang(ino, dir);
        }
        self.dir_mut(dir).insert(name, ino);
        Ok(())
    }

    /// Gives a file or symbolic link one more name.
    pub(crate) fn link(&mut self, dir: Ino, name: Name, ino: Ino) -> Result<(), Refusal> {
        self.quota.take_entry()?;
        self.get_mut(ino).links += 1;
        self.dir_mut(dir).insert(name, ino);
        Ok(())
    }

    /// Takes a name away, and with the last one what nobody has open. A directory is empty.
    pub(crate) fn remove(&mut self, dir: Ino, name: &Name) {
        if let Some(ino) = self.dir_mut(dir).remove(name) {
            self.modified(dir);
            self.lose_name(dir, ino);
        }
    }

    /// Moves a name, over another one if that is there; two names change places if `exchange`. The caller has checked
    /// everything but the depth.
    pub(crate) fn rename(&mut self, from: (Ino, &Name), to: (Ino, Name), exchange: bool) -> Result<(), Refusal> {
        let (from_dir, from_name) = from;
        let (to_dir, to_name) = to;
        let Some(moved) = self.lookup(from_dir, from_name) else { return Ok(()) };
        let other = self.lookup(to_dir, &to_name);
        self.check_move(moved, to_dir)?;
        if let Some(other) = other.filter(|_| exchange) {
            self.check_move(other, from_dir)?;
        }

        self.dir_mut(to_dir).insert(to_name, moved);
        self.rehang(moved, from_dir, to_dir);
        match other {
            Some(other) if exchange => {
                self.dir_mut(from_dir).insert(from_name.clone(), other);
                self.rehang(other, to_dir, from_dir);
                self.changed(other);
            }
            Some(other) => {
                self.dir_mut(from_dir).remove(from_name);
                self.lose_name(to_dir, other);
            }
            None => {
                self.dir_mut(from_dir).remove(from_name);
            }
        }
        self.changed(moved);
        self.modified(from_dir);
        self.modified(to_dir);
        Ok(())
    }

    /// Keeps an inode alive without a name.
    pub(crate) fn pin(&mut self, ino: Ino) {
        self.get_mut(ino).pins += 1;
    }

    /// Undoes one [`pin`](Tree::pin).
    pub(crate) fn unpin(&mut self, ino: Ino) {
        self.get_mut(ino).pins -= 1;
        self.reclaim(ino);
    }

    /// The contents or the names of an inode have changed.
    pub(crate) fn modified(&mut self, ino: Ino) {
        self.get_mut(ino).times.modified = self.now;
        self.changed(ino);
    }

    /// Anything about an inode has changed.
    pub(crate) fn changed(&mut self, ino: Ino) {
        self.get_mut(ino).times.changed = self.now;
        self.unsaved = true;
    }

    /// An inode has been read: mount(2), `MS_RELATIME`, and `MS_LAZYTIME`, since this alone is not worth a commit.
    pub(crate) fn accessed(&mut self, ino: Ino) {
        const DAY: i64 = 24 * 60 * 60;
        let now = self.now;
        let times = &mut self.get_mut(ino).times;
        let last = times.accessed;
        if last <= times.modified || last <= times.changed || now.tv_sec - last.tv_sec >= DAY {
            times.accessed = now;
        }
    }

    /// The contents of a file, and what they are charged to, for a change.
    pub(crate) fn file_mut(&mut self, ino: Ino) -> Option<(&mut File, &mut Quota)> {
        match &mut self.inodes.get_mut(&ino)?.body {
            Body::File(file) => Some((file, &mut self.quota)),
            _ => None,
        }
    }

    fn lose_name(&mut self, dir: Ino, ino: Ino) {
        if self.get(ino).is_dir() {
            self.get_mut(dir).links -= 1;
            self.get_mut(ino).links = 0;
        } else {
            self.get_mut(ino).links -= 1;
        }
        self.changed(ino);
        if self.get(ino).links > 0 {
            self.quota.give_back_entry();
        }
        self.reclaim(ino);
    }

    fn reclaim(&mut self, ino: Ino) {
        let inode = self.get(ino);
        if inode.links > 0 || inode.pins > 0 {
            return;
        }
        let (bytes, parent) = (inode.bytes(), inode.dir().map(|dir| dir.parent));
        self.inodes.remove(&ino);
        self.quota.give_back_bytes(bytes);
        self.quota.give_back_entry();
        if let Some(parent) = parent {
            self.unpin(parent);
        }
    }

    /// A directory's `..` is a link to its parent, and keeps it alive.
    fn hang(&mut self, child: Ino, parent: Ino) {
        self.dir_mut(child).parent = parent;
        self.get_mut(parent).links += 1;
        self.pin(parent);
    }

    fn rehang(&mut self, child: Ino, old: Ino, new: Ino) {
        if old != new && self.get(child).is_dir() {
            self.get_mut(old).links -= 1;
            self.hang(child, new);
            self.unpin(old);
        }
    }

    /// Whether `ancestor` is `ino` or a directory above it.
    pub(crate) fn is_within(&self, mut ino: Ino, ancestor: Ino) -> bool {
        loop {
            if ino == ancestor {
                return true;
            }
            match self.get(ino).dir() {
                Some(dir) if dir.parent != ino => ino = dir.parent,
                _ => return false,
            }
        }
    }

    fn check_move(&self, moved: Ino, to: Ino) -> Result<(), Refusal> {
        if self.get(moved).is_dir() { self.check_depth(to, self.height(moved)) } else { Ok(()) }
    }

    /// Refuses a directory in `parent` that has `height` levels of directories below itself, if that is too deep.
    fn check_depth(&self, mut parent: Ino, height: u32) -> Result<(), Refusal> {
        let limit = self.quota.limits.depth.min(DEPTH_MAX);
        let mut depth = height + 1;
        while parent != Tree::ROOT && depth <= limit {
            depth += 1;
            parent = self.get(parent).dir().map_or(Tree::ROOT, |dir| dir.parent);
        }
        if depth > limit { Err(Rule::TooDeep(limit).into()) } else { Ok(()) }
    }

    fn height(&self, ino: Ino) -> u32 {
        let Some(dir) = self.get(ino).dir() else { return 0 };
        let below = dir.names_from(0).into_iter().map(|(_, _, child)| child).filter(|child| self.get(*child).is_dir());
        below.map(|child| self.height(child) + 1).max().unwrap_or(0)
    }
}
