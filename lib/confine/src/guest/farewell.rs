//! How a guest takes leave: its last call tells what only it knows by then.
//!
//! The kernel tells what a process took when it has cleared it away, which is as long as a short run itself; nobody should
//! wait for that. The end's only argument is the exit code, so that the other registers are free. What stands in them is the
//! guest's word: good for its author, who would only fool himself, and for no decision.

use super::Notification;

/// In the second argument: what stands in the registers of a program that ends in another way is not taken for figures.
pub const TOLD: u64 = 0x6661_7265_7765_6c6c;
/// What the kernel counts `ru_maxrss` in, see getrusage(2).
const KIB: u64 = 1024;
/// No process of any Linux has more memory than it has addresses (four-level page tables).
const MOST: u64 = 1 << 47;

/// Ends this process and tells its supervisor the most memory that it had. No destructor and no exit handler runs.
pub fn leave(code: i32) -> ! {
    // SAFETY: a plain structure of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the answer, which stays zero if the call fails.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    loop {
        // A signal can come before the supervisor has heard of it: then it is said again.
        // SAFETY: ends the process.
        unsafe { libc::syscall(libc::SYS_exit_group, code, TOLD, usage.ru_maxrss) };
    }
}

/// How a guest that takes leave by this call does so: its exit code, and the most memory that it had, in bytes, if it
/// tells; what nobody can have had is not taken.
pub fn heard(call: &Notification) -> (i32, Option<u64>) {
    let [code, told, memory, ..] = call.arguments;
    let memory = (told == TOLD).then_some(memory).and_then(|memory| memory.checked_mul(KIB));
    ((code & 0xFF) as i32, memory.filter(|&memory| memory <= MOST))
}

#[cfg(test)]
mod tests {
    use rustix::process::Pid;

    use super::*;

    fn end(arguments: [u64; 6]) -> Notification {
        Notification { id: 1, thread: Pid::INIT, call: libc::SYS_exit_group, arguments }
    }

    #[test]
    fn figures_are_heard_only_where_they_were_told() {
        assert_eq!(heard(&end([3, TOLD, 7, 0, 0, 0])), (3, Some(7 << 10)));
        assert_eq!(heard(&end([u64::MAX, 0, 7, 0, 0, 0])), (255, None));
        assert_eq!(heard(&end([0, TOLD, u64::MAX, 0, 0, 0])), (0, None));
        assert_eq!(heard(&end([0, TOLD, 1 << 38, 0, 0, 0])), (0, None));
    }
}
