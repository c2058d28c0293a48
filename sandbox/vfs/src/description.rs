//! Open file descriptions: what `open` makes, what several descriptor numbers may share. The numbers are the engine's.

use crate::inode::Ino;
use crate::lock::Lock;
use crate::place::Place;
use crate::{Refusal, Vfs};
use rustix::fs::OFlags;
use rustix::io::Errno;

/// An open file description of one [`Vfs`], never given twice. It stays open until [`Vfs::close`] was called once for it
/// and once for each [`Vfs::dup`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenId(pub(crate) u64);

#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) place: Place,
    pub(crate) read: bool,
    pub(crate) write: bool,
    /// Opened with `O_PATH`: a place to start from, and nothing else.
    pub(crate) path_only: bool,
    /// File status flags, as `F_GETFL` gives them.
    pub(crate) status: OFlags,
    pub(crate) offset: u64,
    pub(crate) lock: Option<Lock>,
    /// Descriptor numbers that mean it.
    pub(crate) uses: u32,
}

/// What `F_SETFL` can change of what a description here knows: fcntl(2).
const SETTABLE: OFlags = OFlags::APPEND.union(OFlags::NONBLOCK).union(OFlags::NOATIME);

impl Vfs {
    /// One more descriptor number for the same description, offset and flags shared: dup(2).
    pub fn dup(&mut self, id: OpenId) -> Result<(), Refusal> {
        self.opened_mut(id)?.uses += 1;
        Ok(())
    }

    /// One descriptor number less: close(2). With the last one its lock goes, and what has no name any more.
    pub fn close(&mut self, id: OpenId) -> Result<(), Refusal> {
        let open = self.opened_mut(id)?;
        open.uses -= 1;
        if open.uses == 0 {
            let place = open.place;
            self.open.remove(&id);
            self.unpin(place);
        }
        Ok(())
    }

    /// Access mode and status flags: fcntl(2), `F_GETFL`.
    pub fn status_flags(&self, id: OpenId) -> Result<OFlags, Refusal> {
        Ok(self.opened(id)?.status)
    }

    /// Sets the flags that can be set later, ignores the others: fcntl(2), `F_SETFL`.
    pub fn set_status_flags(&mut self, id: OpenId, flags: OFlags) -> Result<(), Refusal> {
        let open = self.opened_mut(id)?;
        if open.path_only {
            return Err(Errno::BADF.into());
        }
        open.status = (open.status - SETTABLE) | (flags & SETTABLE);
        Ok(())
    }

    pub(crate) fn opened(&self, id: OpenId) -> Result<&Description, Refusal> {
        self.open.get(&id).ok_or(Refusal::Ordinary(Errno::BADF))
    }

    pub(crate) fn opened_mut(&mut self, id: OpenId) -> Result<&mut Description, Refusal> {
        self.open.get_mut(&id).ok_or(Refusal::Ordinary(Errno::BADF))
    }

    pub(crate) fn describe(&mut self, place: Place, flags: OFlags) -> OpenId {
        let path_only = flags.contains(OFlags::PATH);
        let access = flags & OFlags::ACCMODE;
        let id = OpenId(self.next_open);
        self.next_open += 1;
        self.pin(place);
        let description = Description {
            place,
            read: !path_only && access != OFlags::WRONLY,
            write: !path_only && access != OFlags::RDONLY,
            path_only,
            status: flags - CREATION,
            offset: 0,
            lock: None,
            uses: 1,
        };
        self.open.insert(id, description);
        id
    }

    /// The file of the tree that a description reads and writes.
    pub(crate) fn opened_file(&self, id: OpenId) -> Result<(Ino, &Description), Refusal> {
        let open = self.opened(id)?;
        match open.place {
            Place::Own(ino) if self.tree.get(ino).file().is_some() => Ok((ino, open)),
            _ if open.path_only => Err(Errno::BADF.into()),
            _ => Err(Errno::ISDIR.into()),
        }
    }
}

/// Flags that act once, at `open`, and are not part of the description: open(2), "file creation flags".
const CREATION: OFlags =
    OFlags::CREATE.union(OFlags::EXCL).union(OFlags::NOCTTY).union(OFlags::TRUNC).union(OFlags::CLOEXEC);
