//! chmod(2), chown(2), utimensat(2): changing what is known about an object.

use crate::inode::Ino;
use crate::io::without_privileges;
use crate::{Refusal, Rule, Target, Vfs};
use rustix::fs::{Mode, Timespec, UTIME_NOW, UTIME_OMIT};
use rustix::io::Errno;

/// What to do with one of the times of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetTime {
    Omit,
    Now,
    At(Timespec),
}

impl TryFrom<Timespec> for SetTime {
    type Error = Errno;

    /// As utimensat(2) spells it.
    fn try_from(time: Timespec) -> Result<SetTime, Errno> {
        match time.tv_nsec {
            UTIME_OMIT => Ok(SetTime::Omit),
            UTIME_NOW => Ok(SetTime::Now),
            0..1_000_000_000 => Ok(SetTime::At(time)),
            _ => Err(Errno::INVAL),
        }
    }
}

impl Vfs {
    /// chmod(2), fchmod(2), fchmodat2(2). A symbolic link has no bits of its own: `EOPNOTSUPP`.
    pub fn chmod(&mut self, target: Target<'_>, mode: Mode) -> Result<(), Refusal> {
        let ino = self.changeable(target)?;
        if self.tree.get(ino).kind() == crate::Kind::Symlink {
            return Err(Errno::OPNOTSUPP.into());
        }
        self.tree.get_mut(ino).mode = mode & Mode::from_bits_retain(0o7777);
        self.tree.changed(ino);
        Ok(())
    }

    /// chown(2), lchown(2), fchown(2). Only to whom it belongs: the guest itself. `None` leaves an id as it is.
    pub fn chown(&mut self, target: Target<'_>, uid: Option<u32>, gid: Option<u32>) -> Result<(), Refusal> {
        let ino = self.changeable(target)?;
        if uid.is_some_and(|uid| uid != self.guest.uid) || gid.is_some_and(|gid| gid != self.guest.gid) {
            return Err(Rule::OneOwner.into());
        }
        let inode = self.tree.get_mut(ino);
        if !inode.is_dir() {
            inode.mode = without_privileges(inode.mode);
        }
        self.tree.changed(ino);
        Ok(())
    }

    /// utimensat(2), futimens(2). With nothing to set Linux does not even look at the path.
    pub fn set_times(&mut self, target: Target<'_>, accessed: SetTime, modified: SetTime) -> Result<(), Refusal> {
        if (accessed, modified) == (SetTime::Omit, SetTime::Omit) {
            return Ok(());
        }
        let ino = self.changeable(target)?;
        let now = self.tree.now;
        let set = |time: &mut Timespec, to: SetTime| match to {
            SetTime::Omit => {}
            SetTime::Now => *time = now,
            SetTime::At(at) => *time = at,
        };
        let times = &mut self.tree.get_mut(ino).times;
        set(&mut times.accessed, accessed);
        set(&mut times.modified, modified);
        self.tree.changed(ino);
        Ok(())
    }

    fn changeable(&self, target: Target<'_>) -> Result<Ino, Refusal> {
        if let Target::Open(id) = target
            && self.opened(id)?.path_only
        {
            return Err(Errno::BADF.into());
        }
        self.own(self.locate(target)?)
    }
}
