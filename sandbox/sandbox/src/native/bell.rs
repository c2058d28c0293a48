//! How another thread has a run look up from waiting for its guest.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, eventfd};

/// Each spare has one, so that none has to be made while somebody waits.
#[derive(Debug)]
pub(crate) struct Bell(OwnedFd);

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(crate) fn ring(&self) {
        // It fails only when it has been rung 2^64 times and not been heard.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// It has been heard.
    pub(super) fn still(&self) {
        // It does not block, and how often it was rung does not matter.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
