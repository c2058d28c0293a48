//! Ids that one program at a time has.
//!
//! Ids that belong to nobody are shared all the same by those who pick the same ones: the kernel counts processes by user,
//! and lets each user end his own. So whoever picks some locks them, in a file that only root can open, in which the byte N
//! stands for the id N. The kernel gives a lock back when its holder is gone, however it went: fcntl(2), open file
//! description locks.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

/// Empty, and gone when the machine is started again.
const LOCKS: &str = "/run/zook-ids";

/// Ids that nobody else has who asks here, for as long as the value lives.
#[derive(Debug)]
pub struct Ids {
    /// The first of them.
    pub first: u32,
    _lock: File,
}

impl Ids {
    /// The first free ones of so many, one after the other, of those that may be had; `None` if there are no more.
    pub fn claim(count: u32, of: Range<u32>) -> io::Result<Option<Self>> {
        let step = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        for first in of.clone().step_by(step).take_while(|first| of.end - first >= count) {
            let lock = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
                .open(LOCKS)?;
            if try_lock(&lock, first, count)? {
                return Ok(Some(Self { first, _lock: lock }));
            }
        }
        Ok(None)
    }

    /// For this test program.
    #[cfg(test)]
    pub(crate) fn of_tests(count: u32) -> Self {
        Self::claim(count, 150_000..200_000).expect("these tests run as root").expect("there are enough")
    }
}

/// Whether nobody else had one of these bytes.
fn try_lock(file: &File, first: u32, count: u32) -> io::Result<bool> {
    let lock = libc::flock64 {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: first.into(),
        l_len: count.into(),
        l_pid: 0,
    };
    // SAFETY: the descriptor is open, and the kernel reads the structure during the call alone.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) } == 0 {
        return Ok(true);
    }
    match io::Error::last_os_error() {
        taken if matches!(taken.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_holders_until_he_is_gone() {
        // Far from what anybody else asks for, and of this test program alone.
        let start = 2_000_000_000 + 100 * std::process::id();
        let first = |claimed: &Option<Ids>| claimed.as_ref().map(|ids| ids.first - start);
        let claim = |count| Ids::claim(count, start..start + 25).expect("these tests run as root");
        let (one, other, third) = (claim(10), claim(10), claim(10));
        assert_eq!((first(&one), first(&other), first(&third)), (Some(0), Some(10), None));
        assert_eq!(first(&claim(25)), None, "some of them are taken");
        drop(one);
        assert_eq!(first(&claim(5)), Some(0));
        assert_eq!(first(&claim(10)), Some(0));
    }
}
