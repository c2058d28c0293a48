//! rename(2), renameat2(2).

use crate::vfs::{Place, WRITE};
use crate::walk::Last;
use crate::{At, Ino, Refusal, Tree, Vfs};
use rustix::fs::RenameFlags;
use rustix::io::Errno;

impl Vfs {
    /// Moves a name, over what has the new name if that may be replaced. `RENAME_NOREPLACE` and `RENAME_EXCHANGE` as
    /// renameat2(2) has them. The order of the checks is that of `do_renameat2` and `vfs_rename` of Linux.
    pub fn rename(&mut self, from: At<'_>, to: At<'_>, flags: RenameFlags) -> Result<(), Refusal> {
        let exchange = flags.contains(RenameFlags::EXCHANGE);
        let keep = flags.contains(RenameFlags::NOREPLACE);
        if !(RenameFlags::EXCHANGE | RenameFlags::NOREPLACE).contains(flags) || exchange && keep {
            return Err(Errno::INVAL.into());
        }
        let old = self.resolve_end(from)?;
        let new = self.resolve_end(to)?;
        if matches!((old.dir, new.dir), (Place::Own(_), Place::Fixed(_)) | (Place::Fixed(_), Place::Own(_))) {
            return Err(Errno::XDEV.into());
        }
        let Last::Name(old_name) = old.last else { return Err(Errno::BUSY.into()) };
        let Last::Name(new_name) = new.last else { return Err(if keep { Errno::EXIST } else { Errno::BUSY }.into()) };
        let (old_dir, new_dir) = (self.own(old.dir)?, self.own(new.dir)?);

        let moved = self.lookup_own(old_dir, &old_name)?.ok_or(Errno::NOENT)?;
        if self.tree.get(new_dir).is_dead() {
            return Err(Errno::NOENT.into());
        }
        let other = self.lookup_own(new_dir, &new_name)?;
        let is_dir = |ino: Ino| self.tree.get(ino).is_dir();
        if keep && other.is_some() {
            return Err(Errno::EXIST.into());
        }
        if exchange && new.slash && !is_dir(other.ok_or(Errno::NOENT)?) {
            return Err(Errno::NOTDIR.into());
        }
        if exchange && other.is_none() {
            return Err(Errno::NOENT.into());
        }
        if !is_dir(moved) && (old.slash || new.slash && !exchange) {
            return Err(Errno::NOTDIR.into());
        }
        if self.tree.is_within(new_dir, moved) {
            return Err(Errno::INVAL.into());
        }
        if other.is_some_and(|other| self.tree.is_within(old_dir, other)) {
            return Err(if exchange { Errno::INVAL } else { Errno::NOTEMPTY }.into());
        }
        if other == Some(moved) {
            return Ok(());
        }
        self.may_change(old_dir)?;
        self.may_change(new_dir)?;
        if let Some(other) = other.filter(|_| !exchange) {
            may_replace(&self.tree, moved, other)?;
        }
        // A directory that gets another parent is itself written to: its `..` changes.
        let moves = [Some(moved), other.filter(|_| exchange)];
        for ino in moves.into_iter().flatten().filter(|ino| old_dir != new_dir && is_dir(*ino)) {
            self.may(Place::Own(ino), WRITE)?;
        }
        if let Some(names) = other.filter(|_| !exchange).and_then(|other| self.tree.get(other).dir())
            && !names.is_empty()
        {
            return Err(Errno::NOTEMPTY.into());
        }
        self.tree.rename((old_dir, &old_name), (new_dir, new_name), exchange)
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
