//! From a path to a place: path_resolution(7).
//!
//! The walk is the kernel's (`link_path_walk` in fs/namei.c): name by name, and where it meets a symbolic link it reads on
//! in the link's target before it goes on with the rest. It never leaves the virtual root: `..` of the root is the root,
//! and an absolute target starts there.

use crate::path::{self, Name};
use crate::place::{EXECUTE, Place};
use crate::{At, Refusal, Vfs};
use rustix::io::Errno;

/// How many symbolic links one walk follows: `MAXSYMLINKS` of Linux.
const LINKS_MAX: u32 = 40;

/// Where a walk ends that does not step on the last name.
pub(crate) struct End {
    pub(crate) dir: Place,
    pub(crate) last: Last,
    /// The last name has a slash behind it: it must be, or become, a directory.
    pub(crate) slash: bool,
}

/// The last name of a path.
pub(crate) enum Last {
    /// `/`, which has none.
    Root,
    Dot,
    DotDot,
    Name(Name),
}

impl Vfs {
    /// Walks to what is there.
    pub(crate) fn resolve(&self, at: At<'_>, follow: bool) -> Result<Place, Refusal> {
        let mut walk = Walk::new(self, at)?;
        let mut as_dir = false;
        loop {
            let end = walk.advance()?;
            as_dir |= end.slash;
            let place = walk.step(&end.last)?.ok_or_else(|| self.missing(end.dir))?;
            match self.link_target(place) {
                Some(target) if follow || as_dir => walk.follow(target)?,
                _ if as_dir && !self.is_dir(place) => return Err(Errno::NOTDIR.into()),
                _ => return Ok(place),
            }
        }
    }

    /// Walks to the directory that holds the last name, or could hold it. The name itself is not looked up: a symbolic link
    /// there is not followed.
    pub(crate) fn resolve_end(&self, at: At<'_>) -> Result<End, Refusal> {
        Walk::new(self, at)?.advance()
    }
}

/// A walk under way.
pub(crate) struct Walk<'a> {
    vfs: &'a Vfs,
    here: Place,
    /// What is still to be read: the rest of the path, then, on top of it, the rest of each link's target we are inside of.
    unread: Vec<&'a [u8]>,
    links: u32,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(vfs: &'a Vfs, at: At<'a>) -> Result<Walk<'a>, Refusal> {
        path::check(at.path)?;
        Ok(Walk { vfs, here: vfs.start(at)?, unread: vec![at.path], links: 0 })
    }

    /// Goes on until one name is left.
    pub(crate) fn advance(&mut self) -> Result<End, Refusal> {
        while let Some(name) = self.next() {
            self.vfs.may(self.here, EXECUTE)?;
            let rest = self.unread.iter().copied();
            if rest.clone().flatten().all(|byte| *byte == b'/') {
                let slash = rest.map(<[u8]>::len).sum::<usize>() > 0;
                return Ok(End { dir: self.here, last: Last::parse(name)?, slash });
            }
            let place = self.step(&Last::parse(name)?)?.ok_or_else(|| self.vfs.missing(self.here))?;
            match self.vfs.link_target(place) {
                Some(target) => self.follow(target)?,
                None if self.vfs.is_dir(place) => self.here = place,
                None => return Err(Errno::NOTDIR.into()),
            }
        }
        Ok(End { dir: self.here, last: Last::Root, slash: false })
    }

    /// What a name leads to from here.
    pub(crate) fn step(&self, name: &Last) -> Result<Option<Place>, Refusal> {
        Ok(match name {
            Last::Root | Last::Dot => Some(self.here),
            Last::DotDot => Some(self.vfs.parent(self.here)),
            Last::Name(name) => self.vfs.lookup(self.here, name)?,
        })
    }

    /// Goes on in the target of a symbolic link that is named here.
    pub(crate) fn follow(&mut self, target: &'a [u8]) -> Result<(), Refusal> {
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(Errno::LOOP.into());
        }
        if target.starts_with(b"/") {
            self.here = Place::ROOT;
        }
        self.unread.push(target);
        Ok(())
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(rest) = self.unread.pop() {
            let Some(start) = rest.iter().position(|byte| *byte != b'/') else { continue };
            let rest = &rest[start..];
            let (name, rest) = rest.split_at(rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len()));
            self.unread.push(rest);
            return Some(name);
        }
        None
    }
}

impl Last {
    fn parse(name: &[u8]) -> Result<Last, Errno> {
        match name {
            b"." => Ok(Last::Dot),
            b".." => Ok(Last::DotDot),
            _ => Name::new(name).map(Last::Name),
        }
    }
}
