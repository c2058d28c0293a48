//! Signals as something to poll for: no handler ever interrupts the launcher.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use rustix::process::Signal;

/// A descriptor that becomes readable when one of some signals arrives; see signalfd(2).
#[derive(Debug)]
pub struct Signals(OwnedFd);

impl Signals {
    /// Takes these signals off their usual course: from now on they wait here. Call it while there is one thread, which all
    /// later ones inherit this from. Programs that are launched get every signal back.
    pub fn take(signals: &[Signal]) -> io::Result<Self> {
        let mut set = MaybeUninit::uninit();
        // SAFETY: `sigemptyset` initialises the set it is given, and `sigaddset` changes one that is initialised.
        let set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in signals {
                libc::sigaddset(set.as_mut_ptr(), signal.as_raw());
            }
            set.assume_init()
        };
        // SAFETY: reads an initialised set; the old mask is not asked for.
        let blocked = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set, ptr::null_mut()) };
        if blocked != 0 {
            return Err(io::Error::from_raw_os_error(blocked));
        }
        // SAFETY: reads an initialised set; -1 asks for a new descriptor.
        let fd = unsafe { libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel just made this descriptor for us, so nobody else owns it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The next signal that has arrived; `None` if there is none.
    pub fn next(&self) -> io::Result<Option<Signal>> {
        let mut info = [0_u8; size_of::<libc::signalfd_siginfo>()];
        match rustix::io::read(&self.0, &mut info) {
            // The first field is the number.
            Ok(length) if length == info.len() => {
                Ok(Signal::from_named_raw(i32::from_ne_bytes([info[0], info[1], info[2], info[3]])))
            }
            Ok(length) => {
                Err(io::Error::other(format!("signal descriptor {} gave {length} bytes", self.0.as_raw_fd())))
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_waits_until_it_is_read() {
        let signals = Signals::take(&[Signal::USR1]).expect("blocked");
        assert_eq!(signals.next().expect("readable"), None);
        // SAFETY: sends to the calling thread, which has just blocked this signal.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
        assert_eq!(signals.next().expect("readable"), Some(Signal::USR1));
        assert_eq!(signals.next().expect("readable"), None);
    }
}
