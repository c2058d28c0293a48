//! Names that come and go: mkdir(2), symlink(2), link(2), unlink(2), rmdir(2).

use crate::dirent::Directory;
use crate::inode::{Body, Ino};
use crate::path::{self, Name};
use crate::place::Place;
use crate::walk::Last;
use crate::{At, Kind, Refusal, Target, Vfs};
use rustix::fs::Mode;
use rustix::io::Errno;

impl Vfs {
    /// mkdir(2), mkdirat(2). In a directory with set-group-ID it gets that too, as on Linux.
    pub fn mkdir(&mut self, at: At<'_>, mode: Mode) -> Result<(), Refusal> {
        let (dir, name) = self.vacant(at, Kind::Dir)?;
        self.may_change(dir)?;
        let mode = mode & Mode::from_bits_retain(0o1777) & !self.umask;
        let inherited = self.tree.get(dir).mode & Mode::SGID;
        self.tree.create(dir, name, mode | inherited, Body::Dir(Directory::new(dir))).map(drop)
    }

    /// symlink(2), symlinkat(2). The target may lead anywhere; following it never leaves the virtual root.
    pub fn symlink(&mut self, target: &[u8], at: At<'_>) -> Result<(), Refusal> {
        path::check(target)?;
        let (dir, name) = self.vacant(at, Kind::Symlink)?;
        self.may_change(dir)?;
        let mode = Mode::from_bits_retain(0o777);
        self.tree.create(dir, name, mode, Body::Symlink(target.into())).map(drop)
    }

    /// link(2), linkat(2): one more name for a file. `Target::Link` is the default of both.
    pub fn link(&mut self, target: Target<'_>, at: At<'_>) -> Result<(), Refusal> {
        let target = self.locate(target)?;
        let (dir, name) = self.vacant(at, Kind::File)?;
        let Place::Own(ino) = target else { return Err(Errno::XDEV.into()) };
        self.may_change(dir)?;
        let inode = self.tree.get(ino);
        if inode.is_dir() {
            return Err(Errno::PERM.into());
        }
        if inode.is_dead() {
            return Err(Errno::NOENT.into());
        }
        self.tree.link(dir, name, ino)?;
        self.tree.changed(ino);
        self.tree.modified(dir);
        Ok(())
    }

    /// unlink(2): takes the name; the file goes when nobody has it open.
    pub fn unlink(&mut self, at: At<'_>) -> Result<(), Refusal> {
        let end = self.resolve_end(at)?;
        let Last::Name(name) = end.last else { return Err(Errno::ISDIR.into()) };
        let dir = self.own(end.dir)?;
        let kind = self.lookup_own(dir, &name)?.map(|ino| self.tree.get(ino).kind());
        match kind {
            None => Err(Errno::NOENT.into()),
            Some(kind) if end.slash => Err(if kind == Kind::Dir { Errno::ISDIR } else { Errno::NOTDIR }.into()),
            Some(kind) => {
                self.may_change(dir)?;
                if kind == Kind::Dir {
                    return Err(Errno::ISDIR.into());
                }
                self.tree.remove(dir, &name);
                Ok(())
            }
        }
    }

    /// rmdir(2), unlinkat(2) with `AT_REMOVEDIR`.
    pub fn rmdir(&mut self, at: At<'_>) -> Result<(), Refusal> {
        let end = self.resolve_end(at)?;
        let name = match end.last {
            Last::Root => return Err(Errno::BUSY.into()),
            Last::Dot => return Err(Errno::INVAL.into()),
            Last::DotDot => return Err(Errno::NOTEMPTY.into()),
            Last::Name(name) => name,
        };
        let dir = self.own(end.dir)?;
        let ino = self.lookup_own(dir, &name)?.ok_or(Errno::NOENT)?;
        self.may_change(dir)?;
        let removed = self.tree.get(ino).dir().ok_or(Errno::NOTDIR)?;
        if !removed.is_empty() {
            return Err(Errno::NOTEMPTY.into());
        }
        self.tree.remove(dir, &name);
        Ok(())
    }

    /// A name that nothing has yet, in a directory of the tree: `filename_create` of Linux.
    fn vacant(&self, at: At<'_>, kind: Kind) -> Result<(Ino, Name), Refusal> {
        let end = self.resolve_end(at)?;
        let Last::Name(name) = end.last else { return Err(Errno::EXIST.into()) };
        if self.lookup(end.dir, &name)?.is_some() {
            return Err(Errno::EXIST.into());
        }
        if end.slash && kind != Kind::Dir {
            return Err(Errno::NOENT.into());
        }
        let dir = self.own(end.dir)?;
        if self.tree.get(dir).is_dead() {
            return Err(Errno::NOENT.into());
        }
        Ok((dir, name))
    }
}
