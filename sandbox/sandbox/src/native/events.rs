//! What a run waits for, told to the kernel once: poll(2) of the same five descriptors costs each call of the guest two
//! microseconds.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

use super::clock;

/// Calls of the guest.
pub(super) const LISTENER: usize = 0;
/// Its standard output, and its error output.
pub(super) const OUTPUT: usize = 1;
pub(super) const ERRORS: usize = 2;
/// Word of its end.
pub(super) const LIFE: usize = 3;
/// Somebody wishes for a commit.
pub(super) const BELL: usize = 4;

/// As many as there are above.
const ALL: usize = 5;
const ONCE: EventFlags = EventFlags::IN.union(EventFlags::ONESHOT);

/// The kernel's list.
#[derive(Debug)]
pub(super) struct Events(OwnedFd);

impl Events {
    pub(super) fn none() -> io::Result<Self> {
        Ok(Self(epoll::create(CreateFlags::CLOEXEC)?))
    }

    /// From now on this is watched, under its number.
    pub(super) fn watch(&self, what: usize, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::add(&self.0, descriptor, EventData::new_u64(what as u64), EventFlags::IN)?)
    }

    /// This is watched until something happens to it.
    pub(super) fn watch_once(&self, what: usize, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::add(&self.0, descriptor, EventData::new_u64(what as u64), ONCE)?)
    }

    /// And once more.
    pub(super) fn watch_again(&self, what: usize, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::modify(&self.0, descriptor, EventData::new_u64(what as u64), ONCE)?)
    }

    /// This has nothing more to say, and would say so for ever.
    pub(super) fn forget(&self, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::delete(&self.0, descriptor)?)
    }

    /// Until something happens or it is time: what happened, by number. The time is rounded up to milliseconds.
    pub(super) fn wait(&self, deadline: Instant) -> io::Result<[EventFlags; ALL]> {
        let mut happened = [EventFlags::empty(); ALL];
        let nothing = Event { flags: EventFlags::empty(), data: EventData::new_u64(0) };
        let mut events = [nothing; ALL];
        match epoll::wait(&self.0, &mut events[..], Some(&clock::until(deadline))) {
            Ok(count) => {
                for event in &events[..count] {
                    if let Some(flags) = happened.get_mut(event.data.u64() as usize) {
                        *flags = event.flags;
                    }
                }
                Ok(happened)
            }
            Err(Errno::INTR) => Ok(happened),
            Err(error) => Err(error.into()),
        }
    }
}
