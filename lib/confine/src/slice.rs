//! Time slices: who of two threads has the processor first. None gets more of it by that.
//!
//! A thread that wakes up goes before one that computes, if its slice is shorter; else it may wait until that one has used up
//! its own, which the kernel looks at every few milliseconds. An answer that takes many steps would wait at each of them.

use std::io;
use std::time::Duration;

/// Of whoever answers guests, and waits most of the time. The kernel has no shorter ones.
pub(crate) const ANSWERING: Duration = Duration::from_micros(100);
/// Of guests: behind those who answer them, and before whatever else computes on this machine; by itself the kernel gives
/// 0.7 ms or more.
pub(crate) const GUEST: Duration = Duration::from_micros(500);

/// Sets the slice of this thread, and of all threads and processes that it makes from now on. It is for speed alone: where it
/// is refused, everything goes on as it is.
pub(crate) fn set(slice: Duration) -> io::Result<()> {
    let attributes = libc::sched_attr {
        size: u32::try_from(size_of::<libc::sched_attr>()).map_err(io::Error::other)?,
        sched_policy: 0,
        sched_flags: libc::SCHED_FLAG_KEEP_POLICY as u64,
        // Is set together with the slice: it stays what it is.
        sched_nice: rustix::process::getpriority_process(None)?,
        sched_priority: 0,
        sched_runtime: u64::try_from(slice.as_nanos()).map_err(io::Error::other)?,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the kernel reads the structure, which is as large as it says and lives until it has; 0 is this thread.
    let done = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice_and_nice() -> (Duration, i32) {
        // SAFETY: of numbers, all of which may be zero.
        let mut told: libc::sched_attr = unsafe { std::mem::zeroed() };
        let size = size_of::<libc::sched_attr>();
        // SAFETY: the kernel writes no more than `size` bytes into the structure; 0 is this thread.
        let done = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut told, size, 0) };
        assert_eq!(done, 0, "{}", io::Error::last_os_error());
        (Duration::from_nanos(told.sched_runtime), told.sched_nice)
    }

    #[test]
    fn a_slice_is_handed_down_and_nothing_else_changes() {
        let told = std::thread::spawn(|| {
            let (usual, nice) = slice_and_nice();
            assert!(usual > GUEST, "the kernel's own is {usual:?}");
            set(GUEST).expect("anybody may");
            set(ANSWERING).expect("shorter, too");
            let handed_down = std::thread::spawn(slice_and_nice).join().expect("it only asks");
            (handed_down, (ANSWERING, nice))
        });
        let (handed_down, expected) = told.join().expect("it only asks");
        assert_eq!(handed_down, expected);
    }
}
