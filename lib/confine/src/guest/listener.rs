//! The supervisor's end of a guest's filter, see seccomp_unotify(2).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::process::Pid;

/// A call that a guest's thread made and that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub struct Notification {
    /// Names the call to the kernel.
    pub id: u64,
    /// The thread that made it; the number may mean another one as soon as [`Listener::is_waiting`] says no.
    pub thread: Pid,
    /// The number of the system call.
    pub call: i64,
    /// Its arguments, as they stood in the registers.
    pub arguments: [u64; 6],
}

/// Where the calls of one guest arrive.
#[derive(Debug)]
pub struct Listener(OwnedFd);

/// From linux/seccomp.h, Linux 6.6: switch to the guest at once when it is answered.
const USER_NOTIF_FD_SYNC_WAKE_UP: u64 = 1;

impl Listener {
    /// Uses a descriptor that a guest's filter gave. Anything else fails at the first call.
    pub fn new(descriptor: OwnedFd) -> Self {
        // A hint for speed that older kernels do not know.
        // SAFETY: the request takes its argument by value.
        let _ = unsafe {
            libc::ioctl(descriptor.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, USER_NOTIF_FD_SYNC_WAKE_UP)
        };
        Self(descriptor)
    }

    /// Takes the next call. `None` if the one that waited is gone, because its thread was killed.
    pub fn receive(&self) -> io::Result<Option<Notification>> {
        // SAFETY: a plain structure of integers, for which the kernel demands zeroes.
        let mut raw: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: `raw` is a valid place for the answer.
        if unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut raw) } != 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::ENOENT | libc::EINTR) => Ok(None),
                _ => Err(error),
            };
        }
        let thread = i32::try_from(raw.pid).ok().and_then(Pid::from_raw);
        // 0 would mean a guest outside the supervisor's PID namespace, which could be neither read nor answered.
        let thread = thread.ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?;
        Ok(Some(Notification { id: raw.id, thread, call: i64::from(raw.data.nr), arguments: raw.data.args }))
    }

    /// Whether the call still waits. Ask after reading a guest's memory: yes means that it was the right guest's.
    pub fn is_waiting(&self, id: u64) -> bool {
        // SAFETY: the request reads the 64-bit number behind the pointer.
        unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const id) == 0 }
    }

    /// Answers a call: with a value, or with an error number. `Ok(false)` if nobody waits for it any more.
    pub fn answer(&self, id: u64, answer: Result<i64, i32>) -> io::Result<bool> {
        let mut raw = match answer {
            Ok(val) => libc::seccomp_notif_resp { id, val, error: 0, flags: 0 },
            Err(number) => libc::seccomp_notif_resp { id, val: 0, error: -number, flags: 0 },
        };
        // SAFETY: `raw` is a valid response; flags are never SECCOMP_USER_NOTIF_FLAG_CONTINUE.
        self.done(unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut raw) })
    }

    /// Puts a copy of `descriptor` at `number` in the guest, in place of what was there, while a call of it waits.
    pub fn put(&self, id: u64, descriptor: BorrowedFd<'_>, number: u32) -> io::Result<bool> {
        self.add(id, descriptor, number, libc::SECCOMP_ADDFD_FLAG_SETFD, true)
    }

    /// The same, and answers the call with that number.
    pub fn answer_with(&self, id: u64, descriptor: BorrowedFd<'_>, number: u32) -> io::Result<bool> {
        self.add(id, descriptor, number, libc::SECCOMP_ADDFD_FLAG_SETFD | libc::SECCOMP_ADDFD_FLAG_SEND, true)
    }

    /// Answers a call with a copy of `descriptor`, at the lowest number that is free in the guest.
    pub fn hand(&self, id: u64, descriptor: BorrowedFd<'_>, close_on_exec: bool) -> io::Result<()> {
        self.add(id, descriptor, 0, libc::SECCOMP_ADDFD_FLAG_SEND, close_on_exec).map(drop)
    }

    fn add(
        &self,
        id: u64,
        descriptor: BorrowedFd<'_>,
        number: u32,
        flags: libc::c_ulong,
        close_on_exec: bool,
    ) -> io::Result<bool> {
        let mut raw = libc::seccomp_notif_addfd {
            id,
            flags: flags as u32,
            srcfd: descriptor.as_raw_fd().unsigned_abs(),
            newfd: number,
            newfd_flags: if close_on_exec { libc::O_CLOEXEC.unsigned_abs() } else { 0 },
        };
        // SAFETY: `raw` is a valid request and its source an open descriptor.
        self.done(unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ADDFD, &raw mut raw) })
    }

    fn done(&self, returned: libc::c_int) -> io::Result<bool> {
        if returned >= 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            // The second where it was killed while a descriptor was on its way.
            Some(libc::ENOENT | libc::ESRCH) => Ok(false),
            _ => Err(error),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
