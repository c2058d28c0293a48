//! A child process that runs a few system calls and nothing else.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;

use rustix::process::{Pid, WaitId, WaitIdOptions};

/// Forks with clone3(2) and runs `child`, whose result is the exit code. Returns the child and a pidfd that has meant it from
/// its first moment. The child starts with all signals blocked, so that no handler of this program ever runs in it.
///
/// # Safety
///
/// Other threads of this process do not exist in the child, but the locks they held do. `child` must therefore not
/// allocate, free, lock or panic: system calls on memory that was prepared before, nothing else.
pub(crate) unsafe fn fork(own_pids: bool, child: impl FnOnce() -> i32) -> io::Result<(Pid, OwnedFd)> {
    let mut pidfd: libc::c_int = -1;
    let mut flags = libc::CLONE_PIDFD;
    if own_pids {
        flags |= libc::CLONE_NEWPID;
    }
    // SAFETY: clone_args is made of integers, for which zero means "nothing asked for".
    let mut arguments: libc::clone_args = unsafe { MaybeUninit::zeroed().assume_init() };
    arguments.flags = flags as u64;
    arguments.pidfd = ptr::from_mut(&mut pidfd) as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;

    let before = block_signals()?;
    // SAFETY: without CLONE_VM the child has a copy of this stack and all memory, so that the call is a fork(2). The
    // structure is initialised, its size is given, and `pidfd` outlives the call.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, ptr::from_ref(&arguments), size_of::<libc::clone_args>()) };
    if pid == 0 {
        let code = child();
        // SAFETY: ends the process without running destructors or exit handlers, which belong to the parent.
        unsafe { libc::_exit(code) };
    }
    let failed = io::Error::last_os_error();
    restore_signals(&before);
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Err(failed) };
    // SAFETY: the kernel opened it for us (CLONE_PIDFD) and nobody else knows its number.
    Ok((pid, unsafe { OwnedFd::from_raw_fd(pidfd) }))
}

/// Waits for a child to end and forgets it.
pub(crate) fn reap(pidfd: &OwnedFd) {
    use std::os::fd::AsFd;
    while let Err(rustix::io::Errno::INTR) =
        rustix::process::waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED)
    {}
}

/// In the child: gives every signal its default action, also those that the launcher ignores (the Rust runtime ignores
/// SIGPIPE, and an ignored signal stays so over exec), and lets them in again.
pub(crate) fn default_signals() {
    for signal in 1..=64 {
        // SAFETY: SIG_DFL is no function; the call fails without effect for SIGKILL, SIGSTOP and the two of the C library.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    restore_signals(&empty_set());
}

fn empty_set() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the whole set.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    }
}

fn block_signals() -> io::Result<libc::sigset_t> {
    let mut all = empty_set();
    let mut before = empty_set();
    // SAFETY: both sets are initialised, and the mask is this thread's own.
    let code = unsafe {
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before)
    };
    if code == 0 { Ok(before) } else { Err(io::Error::from_raw_os_error(code)) }
}

fn restore_signals(set: &libc::sigset_t) {
    // SAFETY: the set is initialised. The call fails only for an unknown first argument.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, set, ptr::null_mut()) };
}
