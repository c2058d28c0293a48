//! Processes: forking, and looking at another one's clock.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit};

/// Which side of a fork this is.
#[derive(Debug)]
pub enum Forked {
    /// The new process.
    Child,
    /// The old one, with the new one's number.
    Parent(Pid),
}

/// Forks this process.
///
/// # Safety
/// The process must have one thread only: in the child of a process with more, locks that other threads held stay locked
/// for ever.
pub unsafe fn fork() -> io::Result<Forked> {
    // SAFETY: the C library's fork keeps its own state consistent in the child; the caller vouches for the threads.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => Ok(Forked::Parent(Pid::from_raw(pid).expect("fork gives the parent a positive number"))),
    }
}

/// Whether this process has one thread only, found out without `/proc`.
pub fn has_one_thread() -> bool {
    // SAFETY: a process with one thread shares none of this, so that nothing changes; the kernel refuses any other.
    unsafe { libc::unshare(libc::CLONE_THREAD) == 0 }
}

/// Forks this process into a new PID namespace, where the child is process 1 and its end is the end of all others. The parent
/// gets a pidfd that has meant the child from its first moment: one that ends at once is forgotten where SIGCHLD is ignored.
///
/// # Safety
/// As for [`fork`]; and the C library does not know of the child, which therefore must only make system calls and exec.
pub(super) unsafe fn fork_into_pid_namespace() -> io::Result<(Forked, Option<OwnedFd>)> {
    let flags = libc::CLONE_NEWPID | libc::CLONE_PIDFD | libc::SIGCHLD;
    let none = std::ptr::null_mut::<libc::c_void>();
    let mut pidfd: libc::c_int = -1;
    // SAFETY: without CLONE_VM and with no stack of its own the child continues here on a copy of this stack, as after fork;
    // the third argument, where the kernel puts the pidfd, outlives the call.
    match unsafe { libc::syscall(libc::SYS_clone, flags, none, &raw mut pidfd, none, none) } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok((Forked::Child, None)),
        pid => {
            let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
            let parent = Forked::Parent(pid.expect("clone gives the parent a positive number"));
            // SAFETY: the kernel opened it for us (CLONE_PIDFD) and nobody else knows its number.
            Ok((parent, Some(unsafe { OwnedFd::from_raw_fd(pidfd) })))
        }
    }
}

/// The processor time that a whole process has used, its threads included.
pub fn cpu_time(pid: Pid) -> io::Result<Duration> {
    // What clock_getcpuclockid(3) makes of it; that asks the kernel once more whether there is such a process.
    const CPUCLOCK_SCHED: libc::clockid_t = 2;
    let clock = !pid.as_raw_nonzero().get() << 3 | CPUCLOCK_SCHED;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Ok(Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0)))
}

/// Takes address space away from a guest that has not begun. The owner of its user namespace may do so.
pub fn take_memory(guest: Pid, bytes: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let pid = guest.as_raw_nonzero().get();
    // SAFETY: `limit` is a valid place for the answer.
    if unsafe { libc::prlimit(pid, libc::RLIMIT_AS, std::ptr::null(), &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    lower(guest, libc::RLIMIT_AS, limit.rlim_cur.saturating_sub(bytes))
}

/// Leaves a guest that has not begun so many threads, the first included. The owner of its user namespace may do so.
pub fn leave_threads(guest: Pid, most: u64) -> io::Result<()> {
    lower(guest, libc::RLIMIT_NPROC, most)
}

/// Leaves a guest that has not begun so many of the kernel's descriptors. The owner of its user namespace may do so.
pub fn leave_descriptors(guest: Pid, most: u64) -> io::Result<()> {
    lower(guest, libc::RLIMIT_NOFILE, most)
}

fn lower(guest: Pid, resource: libc::__rlimit_resource_t, most: u64) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: `limit` is only read.
    match unsafe { libc::prlimit(guest.as_raw_nonzero().get(), resource, &raw const limit, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// How a process ended and what it used.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Its exit code, or the number of the signal that killed it.
    pub how: Result<i32, i32>,
    /// Processor time, its threads included.
    pub cpu: Duration,
    /// The most memory that it had, in KiB.
    pub peak_memory: u64,
}

/// Takes leave of a child that has ended. `None` while it lives.
pub fn reap(child: Pid) -> io::Result<Option<Ended>> {
    let mut status = 0;
    // SAFETY: a plain structure of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both are valid places for the answer.
    match unsafe { libc::wait4(child.as_raw_nonzero().get(), &raw mut status, libc::WNOHANG, &raw mut usage) } {
        -1 => return Err(io::Error::last_os_error()),
        0 => return Ok(None),
        _ => {}
    }
    let how = if libc::WIFEXITED(status) { Ok(libc::WEXITSTATUS(status)) } else { Err(libc::WTERMSIG(status)) };
    let spent = |time: libc::timeval| {
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
    };
    let peak_memory = u64::try_from(usage.ru_maxrss).unwrap_or(0);
    Ok(Some(Ended { how, cpu: spent(usage.ru_utime) + spent(usage.ru_stime), peak_memory }))
}

/// Ends this process at once: no destructor and no exit handler runs.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: only ends the process.
    unsafe { libc::_exit(code) }
}

/// The address space of this process in bytes, found out without `/proc`: the smallest limit under which one more page can
/// be mapped.
pub fn address_space_in_use() -> io::Result<u64> {
    const PAGE: u64 = 4096;
    let before = rustix::process::getrlimit(Resource::As);
    let (mut refused, mut granted) = (0, before.maximum.unwrap_or(1 << 47).next_multiple_of(PAGE));
    while granted - refused > PAGE {
        let limit = refused + (granted - refused) / 2;
        rustix::process::setrlimit(Resource::As, Rlimit { current: Some(limit), maximum: before.maximum })?;
        // SAFETY: a new private mapping that nobody can touch, of which nobody gets the address.
        let page = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            libc::mmap(std::ptr::null_mut(), PAGE as usize, libc::PROT_NONE, flags, -1, 0)
        };
        if page == libc::MAP_FAILED {
            refused = limit;
        } else {
            // SAFETY: the page that was mapped above, known to nobody else.
            unsafe { libc::munmap(page, PAGE as usize) };
            granted = limit;
        }
    }
    rustix::process::setrlimit(Resource::As, before)?;
    Ok(granted)
}

/// Reads from a descriptor that exists only in the supervisor, in a guest that is behind its filter.
pub fn read_virtual(number: u32, into: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the buffer is writable for its length. As a number of the kernel's the descriptor is not open.
    let read = unsafe { libc::syscall(libc::SYS_read, number, into.as_mut_ptr(), into.len()) };
    usize::try_from(read).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_thread_is_noticed() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let second = std::thread::spawn(move || ended.recv().is_err());
        assert!(!has_one_thread());
        drop(end);
        assert!(second.join().expect("no panic"));
        // That one thread alone is told as such, each zygote that wakes up shows.
    }
}
