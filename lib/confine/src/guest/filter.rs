//! What a guest may ask the kernel directly. Everything that is not on this list goes to its supervisor.
//!
//! A call is on the list only if it touches nothing but the guest's own memory, its own threads, the few kernel descriptors
//! that it was given, and the pipes and pairs of sockets that it made itself; their numbers are below [`FIRST_VIRTUAL`]. A
//! call that names anything is never on it.

use libc::*;

use crate::filter::{Action, AssembleError, Check, Line, Program, Test, allow, allow_if, assemble, is_null, refuse};
use crate::filter::{is, none_of_bits, one_of};

/// Descriptors from this number on exist only in the supervisor.
pub const FIRST_VIRTUAL: u32 = 64;

/// The flags of a thread, as the C library makes it. Without any one of them the child would be a process.
const THREAD: i32 = CLONE_VM
    | CLONE_FS
    | CLONE_FILES
    | CLONE_SIGHAND
    | CLONE_THREAD
    | CLONE_SYSVSEM
    | CLONE_SETTLS
    | CLONE_PARENT_SETTID
    | CLONE_CHILD_CLEARTID;

/// What may be asked about a kernel descriptor, and a second number for it.
const DESCRIPTOR: &[u32] = &[F_GETFD as u32, F_SETFD as u32, F_GETFL as u32, F_DUPFD as u32, F_DUPFD_CLOEXEC as u32];

/// What may be said about memory. Merging it with equal pages of others (`MADV_MERGEABLE`) would tell, by the time that a
/// write takes, what others hold.
const ADVICE: &[u32] = &[
    MADV_NORMAL as u32,
    MADV_RANDOM as u32,
    MADV_SEQUENTIAL as u32,
    MADV_WILLNEED as u32,
    MADV_DONTNEED as u32,
    MADV_FREE as u32,
    MADV_HUGEPAGE as u32,
    MADV_NOHUGEPAGE as u32,
    // Guard pages of stacks, Linux 6.13; not in the C library's headers yet.
    102,
    103,
];

/// The operation of a lock without its two flags: for threads of one process only, and by which clock.
const fn lock(operation: i32) -> Check<'static> {
    bits(1, !(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME), operation)
}

/// What a pipe may be. One of packets (`O_DIRECT`) or of the kernel's own news would be others' code.
const PLAIN_PIPE: Check<'static> = none_of_bits(1, !(O_CLOEXEC | O_NONBLOCK));

/// A pair of sockets that is a stream of bytes.
const STREAM: &[u32] = &[
    SOCK_STREAM as u32,
    (SOCK_STREAM | SOCK_CLOEXEC) as u32,
    (SOCK_STREAM | SOCK_NONBLOCK) as u32,
    (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK) as u32,
];

/// Bytes in their order: out-of-band data of Unix sockets (`MSG_OOB`) has been a way into the kernel (CVE-2025-38236).
const PLAIN_MESSAGE: Check<'static> = none_of_bits(3, !(MSG_DONTWAIT | MSG_NOSIGNAL));

/// A negative number is the clock of some process, and tells how busy that is.
const COMMON_CLOCK: Check<'static> = none_of_bits(0, i32::MIN);
/// With this bit it is the clock of a thread, which the kernel shows to its own process only; see clock_getcpuclockid(3).
const THREADS_CLOCK: Check<'static> = bits(0, 4, 4);

/// Of no file, and of the kind that goes when it is unmapped. Shared memory is a file of the kernel's: a page of it that stays
/// mapped keeps all others, and a limit of address space counts only that one.
const PRIVATE: Check<'static> = bits(3, MAP_TYPE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS);
/// Not from the pool of huge pages that the whole host shares.
const FROM_NO_POOL: Check<'static> = none_of_bits(3, MAP_HUGETLB);
const NOT_EXECUTABLE: Check<'static> = none_of_bits(2, PROT_EXEC);

const fn bits(argument: u8, mask: i32, value: i32) -> Check<'static> {
    Check { argument, test: Test::Bits { mask: mask as u32, value: value as u32 } }
}

/// The argument is the number of a descriptor that the kernel knows.
const fn kernels(argument: u8) -> Check<'static> {
    Check { argument, test: Test::Bits { mask: !(FIRST_VIRTUAL - 1), value: 0 } }
}

const LINES: &[Line<'static>] = &[
    // Its own memory.
    allow(SYS_brk, "the allocator"),
    allow_if(
        SYS_mmap,
        &[NOT_EXECUTABLE, PRIVATE, FROM_NO_POOL],
        "the allocator, stacks; no file, and no machine code of its own",
    ),
    allow_if(SYS_mprotect, &[NOT_EXECUTABLE], "guard pages of stacks"),
    allow(SYS_munmap, "the allocator"),
    allow(SYS_mremap, "the allocator"),
    allow_if(SYS_madvise, &[one_of(2, ADVICE)], "the allocator"),
    // Its own threads.
    allow_if(SYS_clone, &[Check { argument: 0, test: Test::IsWide(THREAD as u64) }], "a thread, and nothing else"),
    refuse(SYS_clone3, ENOSYS, "its flags are behind a pointer; the C library then uses clone"),
    allow(SYS_set_robust_list, "each new thread"),
    allow(SYS_rseq, "each new thread"),
    // Locks that lend their holder a priority are not here: code of the kernel's by which sandboxes have been left
    // (CVE-2014-3153, CVE-2021-3347).
    allow_if(SYS_futex, &[lock(FUTEX_WAIT)], "locks, and the end of a thread, of which the kernel tells"),
    allow_if(SYS_futex, &[lock(FUTEX_WAIT_BITSET)], "the same with a time"),
    // At an address of a file that both have mapped, others would be woken and counted too.
    allow_if(SYS_futex, &[is(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)], "locks, of this process alone"),
    allow(SYS_sched_yield, "locks"),
    allow(SYS_exit, "the end of a thread"),
    // exit_group is not here: its supervisor hears the exit code from the call, and ends it, before the kernel has taken
    // its memory apart.
    // Signals to itself: its uid is nobody else's, so that there is no other that it may send one to.
    allow(SYS_rt_sigaction, "the module signal"),
    allow(SYS_rt_sigprocmask, "the module signal, new threads"),
    allow(SYS_rt_sigreturn, "the end of a handler"),
    allow(SYS_rt_sigpending, "the module signal"),
    allow(SYS_rt_sigsuspend, "the module signal"),
    allow(SYS_rt_sigtimedwait, "the module signal"),
    allow(SYS_sigaltstack, "new threads"),
    Line {
        call: SYS_tgkill,
        checks: &[is(2, SIGKILL)],
        action: Action::Notify,
        reason: "refused: a guest that is killed and not by us was killed by the kernel, for its memory",
    },
    allow(SYS_tgkill, "raise(3), abort(3)"),
    allow(SYS_restart_syscall, "the kernel's own way to go on after a stop"),
    // Time and chance.
    allow_if(SYS_clock_gettime, &[COMMON_CLOCK], "where the kernel's page does not answer"),
    allow_if(SYS_clock_gettime, &[THREADS_CLOCK], "pthread_getcpuclockid of the module time"),
    allow_if(SYS_clock_getres, &[COMMON_CLOCK], "the module time"),
    allow_if(SYS_clock_getres, &[THREADS_CLOCK], "the module time"),
    allow(SYS_gettimeofday, "where the kernel's page does not answer"),
    allow(SYS_nanosleep, "sleeping"),
    allow_if(SYS_clock_nanosleep, &[COMMON_CLOCK], "sleeping"),
    allow(SYS_getitimer, "timers of its own"),
    allow(SYS_setitimer, "timers of its own"),
    allow(SYS_getrandom, "the modules random and secrets"),
    // What it may know of itself and of the machine.
    allow(SYS_getpid, "its number among the guests"),
    allow(SYS_gettid, "its threads' numbers"),
    allow(SYS_getrusage, "what it has used"),
    allow(SYS_times, "what it has used"),
    allow(SYS_uname, "the kernel's release; the host's name is not the host's"),
    allow(SYS_sched_getaffinity, "how many processors there are"),
    allow_if(SYS_prlimit64, &[Check { argument: 0, test: Test::Is(0) }, is_null(2)], "reading its own limits"),
    // Descriptors that the kernel knows: standard input and output, the API's connection, files of the Python library.
    allow_if(SYS_read, &[kernels(0)], "input, answers of the API, the library"),
    allow_if(SYS_readv, &[kernels(0)], "as read"),
    allow_if(SYS_pread64, &[kernels(0)], "the library"),
    allow_if(SYS_lseek, &[kernels(0)], "the library"),
    allow_if(SYS_write, &[kernels(0)], "output, calls of the API"),
    allow_if(SYS_writev, &[kernels(0)], "as write"),
    allow_if(SYS_close, &[kernels(0)], "the library"),
    allow_if(SYS_dup, &[kernels(0)], "output under another number"),
    allow_if(SYS_dup3, &[kernels(0), kernels(1)], "output under another number"),
    allow_if(SYS_fcntl, &[kernels(0), one_of(1, DESCRIPTOR)], "output under another number"),
    // Pipes and pairs of sockets, of which both ends are its own. They carry bytes and never descriptors: sendmsg is not here.
    allow_if(SYS_pipe2, &[PLAIN_PIPE], "a signal's way to a thread that waits"),
    allow_if(SYS_socketpair, &[is(0, AF_UNIX), one_of(1, STREAM), is(2, 0)], "the event loop of asyncio"),
    allow_if(SYS_sendto, &[kernels(0), PLAIN_MESSAGE, is_null(4)], "send, as write"),
    allow_if(SYS_recvfrom, &[kernels(0), PLAIN_MESSAGE, is_null(4)], "recv, as read"),
    allow_if(SYS_ioctl, &[kernels(0), is(1, FIONBIO as i32)], "setblocking, of pipes and sockets"),
    allow(SYS_ppoll, "waiting for the API"),
    allow(SYS_pselect6, "waiting for the API"),
    refuse(SYS_ioctl, ENOTTY, "every open() of Python asks whether it has a terminal: there is none"),
    refuse(SYS_close_range, ENOSYS, "Python then closes one by one"),
    refuse(SYS_fadvise64, 0, "advice; there is no need to follow it"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_time, "where the kernel's page does not answer"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_alarm, "as setitimer"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_pause, "as rt_sigsuspend"),
    #[cfg(target_arch = "x86_64")]
    allow_if(SYS_dup2, &[kernels(0), kernels(1)], "as dup3"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_pipe, "as pipe2"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_poll, "as ppoll"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_select, "as pselect6"),
];

/// The filter of every guest.
pub fn program() -> Result<Program, AssembleError> {
    assemble(&[LINES], Action::Notify)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::ARCHITECTURE;
    use crate::filter::interpreter::{Call, decide};
    use crate::filter::tests::agree;

    fn verdict(number: c_long, arguments: [u64; 6]) -> Action {
        let program = program().expect("the table is well-formed");
        decide(&program, &Call { architecture: ARCHITECTURE, number: number as u32, arguments }).0
    }

    #[test]
    fn the_tree_decides_as_the_table_says_and_is_short() {
        // Of this many instructions each costs every birth.
        assert!(agree(&[LINES], Action::Notify) < 32);
        assert!(program().expect("the table is well-formed").length() <= 160);
    }

    #[test]
    fn only_threads_can_be_made() {
        assert_eq!(verdict(SYS_clone, [THREAD as u64, 0, 0, 0, 0, 0]), Action::Allow);
        for flag in 0..64 {
            let flags = THREAD as u64 ^ 1 << flag;
            assert_eq!(verdict(SYS_clone, [flags, 0, 0, 0, 0, 0]), Action::Notify, "{flag}");
        }
    }

    #[test]
    fn no_memory_can_be_made_executable_or_shared_and_no_file_be_mapped() {
        let mmap = |protection: i32, flags: i32| verdict(SYS_mmap, [0, 4096, protection as u64, flags as u64, 3, 0]);
        assert_eq!(mmap(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), Action::Allow);
        assert_eq!(mmap(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS), Action::Notify);
        assert_eq!(mmap(PROT_READ, MAP_PRIVATE), Action::Notify);
        for kind in (0..=MAP_TYPE).filter(|kind| *kind != MAP_PRIVATE) {
            assert_eq!(mmap(PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS), Action::Notify, "{kind}");
        }
        assert_eq!(verdict(SYS_mprotect, [0, 4096, (PROT_READ | PROT_EXEC) as u64, 0, 0, 0]), Action::Notify);
    }

    #[test]
    fn locks_are_the_processs_own_and_lend_no_priority() {
        let futex = |operation: i32| verdict(SYS_futex, [8, operation as u64, 1, 0, 0, 0]);
        for own in [FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME] {
            assert_eq!(futex(own | FUTEX_PRIVATE_FLAG), Action::Allow, "{own}");
        }
        for lent in [FUTEX_LOCK_PI, FUTEX_UNLOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI, 13]
        {
            assert_eq!([futex(lent), futex(lent | FUTEX_PRIVATE_FLAG)], [Action::Notify; 2], "{lent}");
        }
        for shared in [FUTEX_WAKE, FUTEX_FD, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAKE_BITSET] {
            assert_eq!(futex(shared), Action::Notify, "{shared}");
        }
    }

    #[test]
    fn no_other_process_has_a_clock() {
        let clock = |number: i32| verdict(SYS_clock_gettime, [number as u64, 0, 0, 0, 0, 0]);
        for own in [CLOCK_REALTIME, CLOCK_PROCESS_CPUTIME_ID, CLOCK_TAI, !1 << 3 | 6] {
            assert_eq!(clock(own), Action::Allow, "{own}");
        }
        // Of process 1 by each of its three clocks, and of a descriptor.
        for other in [!1 << 3, !1 << 3 | 1, !1 << 3 | 2, !1 << 3 | 3] {
            assert_eq!(clock(other), Action::Notify, "{other}");
        }
    }

    #[test]
    fn the_supervisors_descriptors_never_reach_the_kernel() {
        for call in [SYS_read, SYS_write, SYS_close, SYS_lseek, SYS_dup, SYS_pread64] {
            assert_eq!(verdict(call, [63, 0, 0, 0, 0, 0]), Action::Allow);
            for number in [64, 65, 127, 1 << 31, u64::from(u32::MAX)] {
                assert_eq!(verdict(call, [number, 0, 0, 0, 0, 0]), Action::Notify, "{call} {number}");
            }
        }
        assert_eq!(verdict(SYS_dup3, [1, 64, 0, 0, 0, 0]), Action::Notify);
    }

    #[test]
    fn pipes_and_pairs_carry_bytes_between_their_own_ends() {
        let pair = |family: i32, kind: i32| verdict(SYS_socketpair, [family as u64, kind as u64, 0, 8, 0, 0]);
        assert_eq!(pair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC), Action::Allow);
        for (family, kind) in
            [(AF_UNIX, SOCK_DGRAM), (AF_UNIX, SOCK_SEQPACKET), (AF_INET, SOCK_STREAM), (30, SOCK_STREAM)]
        {
            assert_eq!(pair(family, kind), Action::Notify, "{family} {kind}");
        }
        assert_eq!(verdict(SYS_pipe2, [8, (O_CLOEXEC | O_NONBLOCK) as u64, 0, 0, 0, 0]), Action::Allow);
        for flags in [O_DIRECT, O_EXCL, 1] {
            assert_eq!(verdict(SYS_pipe2, [8, flags as u64, 0, 0, 0, 0]), Action::Notify, "{flags:o}");
        }
        for call in [SYS_sendto, SYS_recvfrom] {
            assert_eq!(verdict(call, [5, 8, 9, MSG_DONTWAIT as u64, 0, 0]), Action::Allow);
            for flags in [MSG_OOB, MSG_PEEK, MSG_FASTOPEN, MSG_ZEROCOPY, MSG_ERRQUEUE] {
                assert_eq!(verdict(call, [5, 8, 9, flags as u64, 0, 0]), Action::Notify, "{call} {flags}");
            }
            assert_eq!(verdict(call, [5, 8, 9, 0, 1 << 32, 0]), Action::Notify, "an address");
            assert_eq!(verdict(call, [64, 8, 9, 0, 0, 0]), Action::Notify, "the supervisor's descriptor");
        }
        for call in [SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_splice, SYS_tee, SYS_vmsplice] {
            assert_eq!(verdict(call, [5, 8, 0, 0, 0, 0]), Action::Notify, "{call}");
        }
        assert_eq!(verdict(SYS_ioctl, [5, FIONBIO, 8, 0, 0, 0]), Action::Allow);
        for request in [FIOASYNC, TIOCSTI, FIONREAD] {
            assert_eq!(verdict(SYS_ioctl, [5, request, 8, 0, 0, 0]), Action::Errno(ENOTTY as u16), "{request}");
        }
    }

    #[test]
    fn a_guest_cannot_kill_itself_by_the_signal_that_the_kernel_kills_by() {
        assert_eq!(verdict(SYS_tgkill, [7, 7, SIGKILL as u64, 0, 0, 0]), Action::Notify);
        for signal in [0, SIGABRT, SIGSTOP, SIGTERM] {
            assert_eq!(verdict(SYS_tgkill, [7, 7, signal as u64, 0, 0, 0]), Action::Allow, "{signal}");
        }
    }

    #[test]
    fn whatever_names_something_is_the_supervisors() {
        for call in [SYS_openat, SYS_execve, SYS_socket, SYS_kill, SYS_ptrace, SYS_mount, SYS_memfd_create, 10_000] {
            assert_eq!(verdict(call, [0; 6]), Action::Notify, "{call}");
        }
    }
}
