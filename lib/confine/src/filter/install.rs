//! Handing a filter to the kernel.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use super::Program;

impl Program {
    /// Installs the filter for this thread and those that it starts, for good. Needs no_new_privs.
    pub fn install(&self) -> io::Result<()> {
        self.set(0).map(drop)
    }

    /// Installs a filter with [`super::Action::Notify`], and returns the descriptor on which a supervisor answers; see
    /// seccomp_unotify(2). Once the supervisor has taken up a call, only a fatal signal interrupts the caller
    /// (`WAIT_KILLABLE_RECV`, Linux 5.19): otherwise a signal handler would make it call twice.
    pub fn install_notifying(&self) -> io::Result<OwnedFd> {
        let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        let listener = self.set(flags)?;
        // SAFETY: with NEW_LISTENER a successful call returns a descriptor that was opened for us.
        Ok(unsafe { OwnedFd::from_raw_fd(listener) })
    }

    fn set(&self, flags: libc::c_ulong) -> io::Result<RawFd> {
        let program = libc::sock_fprog {
            len: u16::try_from(self.instructions.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
            filter: self.instructions.as_ptr().cast_mut(),
        };
        // SAFETY: the kernel copies `len` instructions from `filter`, which outlives the call, and writes nothing.
        let result = unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, std::ptr::from_ref(&program))
        };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result as RawFd) }
    }
}
