//! Locks between descriptors of one program: all the tree's users there are, since runs of one owner come one by one.

use crate::{OpenId, Refusal, Rule, Vfs};
use rustix::io::Errno;

/// A lock on a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    Shared,
    Exclusive,
}

impl Vfs {
    /// flock(2): the lock belongs to the description, and two descriptions of one file exclude each other. `None` unlocks.
    /// Where Linux would wait the answer is `EDEADLK`, with [`Rule::WaitsForItself`]: the holder is this same program.
    pub fn flock(&mut self, id: OpenId, lock: Option<Lock>, wait: bool) -> Result<(), Refusal> {
        let open = self.opened(id)?;
        if open.path_only {
            return Err(Errno::BADF.into());
        }
        let place = open.place;
        let others = self.open.iter().filter(|(other, open)| **other != id && open.place == place);
        let mut held = others.filter_map(|(_, open)| open.lock);
        let excluded = match lock {
            None => false,
            Some(Lock::Shared) => held.any(|held| held == Lock::Exclusive),
            Some(Lock::Exclusive) => held.next().is_some(),
        };
        // Another kind of lock is no change of the old one: that goes first, and stays gone (flock(2), NOTES).
        self.opened_mut(id)?.lock = lock.filter(|_| !excluded);
        match (excluded, wait) {
            (false, _) => Ok(()),
            (true, true) => Err(Rule::WaitsForItself.into()),
            (true, false) => Err(Errno::AGAIN.into()),
        }
    }

    /// fcntl(2), `F_SETLK`, `F_SETLKW`: such locks belong to the process, so none of them is ever in its own way, and
    /// `F_GETLK` always answers `F_UNLCK`. What remains to be checked is the descriptor.
    pub fn record_lock(&self, id: OpenId, lock: Option<Lock>) -> Result<(), Refusal> {
        let open = self.opened(id)?;
        let allowed = match lock {
            None => !open.path_only,
            Some(Lock::Shared) => open.read,
            Some(Lock::Exclusive) => open.write,
        };
        if allowed { Ok(()) } else { Err(Errno::BADF.into()) }
    }
}
