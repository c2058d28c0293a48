//! rename(2), renameat2(2).

use crate::place::{Place, WRITE};
use crate::walk::Last;
use crate::{At, Ino, Refusal, Tree, Vfs};
use rustix::fs::RenameFlags;
use rustix::io::Errno;

impl Vfs {
    /// Moves a name, over what has the new name if that may be replaced. `RENAME_NOREPLACE` and `RENAME_EXCHANGE` as
    /// renameat2(2) has them. The order of the checks is that of `do_renameat2` and `vfs_rename` of Linux.
    pub fn rename(&mut self, from: At<'_>, to: At<'_>, flags: RenameFlags) -> Result<(), Refusal> {
        let how = How::try_from(flags)?;
        let (old, new) = (self.resolve_end(from)?, self.resolve_end(to)?);
        if matches!((old.dir, new.dir), (Place::Own(_), Place::Fixed(_)) | (Place::Fixed(_), Place::Own(_))) {
            return Err(Errno::XDEV.into());
        }
        let Last::Name(old_name) = old.last else { return Err(Errno::BUSY.into()) };
        let Last::Name(new_name) = new.last else {
            return Err(if how == How::Keep { Errno::EXIST } else { Errno::BUSY }.into());
        };
        let (old_dir, new_dir) = (self.own(old.dir)?, self.own(new.dir)?);
        let moved = self.lookup_own(old_dir, &old_name)?.ok_or(Errno::NOENT)?;
        if self.tree.get(new_dir).is_dead() {
            return Err(Errno::NOENT.into());
        }
        let (replaced, swapped) = match (how, self.lookup_own(new_dir, &new_name)?) {
            (How::Keep, Some(_)) => return Err(Errno::EXIST.into()),
            (How::Exchange, None) => return Err(Errno::NOENT.into()),
            (How::Exchange, other) => (None, other),
            (How::Keep | How::Replace, other) => (other, None),
        };

        // A slash behind a name asks for a directory.
        let is_dir = |ino: Ino| self.tree.get(ino).is_dir();
        let becomes = swapped.unwrap_or(moved);
        if old.slash && !is_dir(moved) || new.slash && !is_dir(becomes) {
            return Err(Errno::NOTDIR.into());
        }
        // No directory goes into itself, and none that is in use as a parent goes away.
        let above = |ino: Option<Ino>| ino.is_some_and(|ino| self.tree.is_within(old_dir, ino));
        if self.tree.is_within(new_dir, moved) || above(swapped) {
            return Err(Errno::INVAL.into());
        }
        if above(replaced) {
            return Err(Errno::NOTEMPTY.into());
        }
        if replaced.or(swapped) == Some(moved) {
            return Ok(());
        }

        self.may_change(old_dir)?;
        self.may_change(new_dir)?;
        if let Some(replaced) = replaced {
            may_replace(&self.tree, moved, replaced)?;
        }
        // A directory that gets another parent is itself written to: its `..` changes.
        for ino in [Some(moved), swapped].into_iter().flatten().filter(|ino| old_dir != new_dir && is_dir(*ino)) {
            self.may(Place::Own(ino), WRITE)?;
        }
        if replaced.and_then(|ino| self.tree.get(ino).dir()).is_some_and(|dir| !dir.is_empty()) {
            return Err(Errno::NOTEMPTY.into());
        }
        self.tree.rename((old_dir, &old_name), (new_dir, new_name), how == How::Exchange)
    }
}

/// What becomes of something that has the new name already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Replace,
    /// `RENAME_NOREPLACE`: it stays, and the call fails.
    Keep,
    /// `RENAME_EXCHANGE`: it gets the old name.
    Exchange,
}

impl TryFrom<RenameFlags> for How {
    type Error = Errno;

    fn try_from(flags: RenameFlags) -> Result<How, Errno> {
        match flags {
            _ if flags.is_empty() => Ok(How::Replace),
            RenameFlags::NOREPLACE => Ok(How::Keep),
            RenameFlags::EXCHANGE => Ok(How::Exchange),
            _ => Err(Errno::INVAL),
        }
    }
}

/// A file over a file, a directory over a directory.
fn may_replace(tree: &Tree, moved: Ino, other: Ino) -> Result<(), Refusal> {
    match (tree.get(moved).is_dir(), tree.get(other).is_dir()) {
        (true, false) => Err(Errno::NOTDIR.into()),
        (false, true) => Err(Errno::ISDIR.into()),
        _ => Ok(()),
    }
}
