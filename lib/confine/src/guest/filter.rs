//! What a guest may ask the kernel directly. Everything that is not on this list goes to its supervisor.
//!
//! A call is on the list only if it touches nothing but the guest's own memory, its own threads and the few kernel
//! descriptors that it was given, whose numbers are below [`FIRST_VIRTUAL`]. A call that names anything is never on it.

use libc::sock_filter;

use super::bpf::Verdict::{Allow, AllowIf, Answer};
use super::bpf::{Rule, Test, Verdict, assemble};

/// Descriptors from this number on exist only in the supervisor.
pub const FIRST_VIRTUAL: u32 = 64;

/// The flags of a thread, as the C library makes it. Without any one of them the child would be a process.
const THREAD: u32 = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID) as u32;

const fn low(argument: u32) -> Test {
    Test::Below(argument, FIRST_VIRTUAL)
}

/// The list, with the reason for each group.
const RULES: &[(&[libc::c_long], Verdict)] = &[
    // Its own memory. Nothing can be made executable, so no machine code can be brought along; no file can be mapped.
    (&[libc::SYS_brk, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_madvise], Allow),
    (&[libc::SYS_mmap], AllowIf(&[Test::Lacks(2, libc::PROT_EXEC as u32), Test::Has(3, libc::MAP_ANONYMOUS as u32)])),
    (&[libc::SYS_mprotect], AllowIf(&[Test::Lacks(2, libc::PROT_EXEC as u32)])),
    // Its own threads and their end. clone3 hides its flags from a filter; the C library then uses clone.
    (&[libc::SYS_clone], AllowIf(&[Test::Is(0, THREAD)])),
    (&[libc::SYS_clone3], Answer(libc::ENOSYS as u16)),
    (&[libc::SYS_exit, libc::SYS_exit_group, libc::SYS_gettid, libc::SYS_getpid], Allow),
    (&[libc::SYS_futex, libc::SYS_set_robust_list, libc::SYS_rseq, libc::SYS_sched_yield], Allow),
    // Of signals it can send only to itself: its uid is nobody else's, and its PID namespace holds no other that it may.
    (
        &[
            libc::SYS_rt_sigaction,
            libc::SYS_rt_sigprocmask,
            libc::SYS_rt_sigreturn,
            libc::SYS_sigaltstack,
            libc::SYS_rt_sigpending,
            libc::SYS_rt_sigsuspend,
            libc::SYS_rt_sigtimedwait,
            libc::SYS_tgkill,
            libc::SYS_restart_syscall,
        ],
        Allow,
    ),
    // Time, sleep, randomness, own usage.
    (
        &[
            libc::SYS_clock_gettime,
            libc::SYS_clock_getres,
            libc::SYS_gettimeofday,
            libc::SYS_time,
            libc::SYS_nanosleep,
            libc::SYS_clock_nanosleep,
            libc::SYS_getrandom,
            libc::SYS_getrusage,
            libc::SYS_times,
            libc::SYS_alarm,
            libc::SYS_getitimer,
            libc::SYS_setitimer,
            libc::SYS_pause,
        ],
        Allow,
    ),
    // What it may know of itself and of the machine.
    (&[libc::SYS_uname, libc::SYS_sched_getaffinity], Allow),
    (&[libc::SYS_prlimit64], AllowIf(&[Test::Is(0, 0), Test::Is(2, 0)])),
    // Descriptors that the kernel knows: standard input and output, the API's connection, files of the Python library.
    (
        &[
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_readv,
            libc::SYS_writev,
            libc::SYS_pread64,
            libc::SYS_lseek,
            libc::SYS_close,
            libc::SYS_dup,
        ],
        AllowIf(&[low(0)]),
    ),
    (&[libc::SYS_dup2], AllowIf(&[low(0), low(1)])),
    (&[libc::SYS_dup3], AllowIf(&[low(0), low(1)])),
    (
        &[libc::SYS_fcntl],
        AllowIf(&[
            low(0),
            Test::OneOf(
                1,
                &[
                    libc::F_GETFD as u32,
                    libc::F_SETFD as u32,
                    libc::F_GETFL as u32,
                    libc::F_DUPFD as u32,
                    libc::F_DUPFD_CLOEXEC as u32,
                ],
            ),
        ]),
    ),
    (&[libc::SYS_poll, libc::SYS_ppoll, libc::SYS_select, libc::SYS_pselect6], Allow),
    // Every open() of Python asks whether it has a terminal. There is none.
    (&[libc::SYS_ioctl], Answer(libc::ENOTTY as u16)),
    // Advice; there is no need to follow it.
    (&[libc::SYS_fadvise64], Answer(0)),
    // Python then closes one by one.
    (&[libc::SYS_close_range], Answer(libc::ENOSYS as u16)),
];

/// The filter of every guest.
pub fn program() -> Vec<sock_filter> {
    let rules: Vec<Rule> = RULES
        .iter()
        .flat_map(|(calls, verdict)| calls.iter().map(|call| Rule { call: *call, verdict: *verdict }))
        .collect();
    assemble(&rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_listed_twice() {
        let mut calls: Vec<_> = RULES.iter().flat_map(|(calls, _)| calls.iter()).collect();
        let all = calls.len();
        calls.sort();
        calls.dedup();
        assert_eq!(calls.len(), all);
    }
}
