//! Descriptors that the launcher left open for this process, each claimed once by its number.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use rustix::io::{FdFlags, fcntl_setfd};

/// The numbers that were handed out already.
static TAKEN: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());

/// Claims the descriptor with the number `fd` that this process inherited, and marks it close-on-exec.
///
/// Refuses 0 to 2, which belong to the standard library, a number that is not open, and a number twice. Call it early,
/// before this process has opened anything whose number could be taken for an inherited one.
pub fn take(fd: RawFd) -> io::Result<OwnedFd> {
    if fd <= 2 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("descriptor {fd} is not one to take")));
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if taken.contains(&fd) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("descriptor {fd} is taken already")));
    }
    // SAFETY: `fcntl_setfd` only reads the number; if it is not open the call fails with EBADF and nothing is made of it.
    let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
    fcntl_setfd(borrowed, FdFlags::CLOEXEC)?;
    taken.insert(fd);
    // SAFETY: the number is open (just checked), is not a standard stream, and is handed out once: nobody else owns it as
    // long as callers take numbers that their launcher named, which is what this function is for.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::IntoRawFd;

    #[test]
    fn a_descriptor_is_taken_once_and_closed_on_exec() {
        let (_reader, writer) = rustix::pipe::pipe().expect("pipe");
        let number = writer.into_raw_fd();
        let taken = take(number).expect("open and not taken");
        assert!(rustix::io::fcntl_getfd(&taken).expect("open").contains(FdFlags::CLOEXEC));
        assert!(take(number).is_err(), "twice");
    }

    #[test]
    fn standard_streams_and_closed_numbers_are_refused() {
        for number in [-1, 0, 1, 2, 99_999] {
            assert!(take(number).is_err(), "{number}");
        }
    }
}
