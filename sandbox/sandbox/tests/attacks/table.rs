//! Who decides about each system call of a guest: a second account of its filter, written apart from it.

use libc::*;

/// What the kernel does without a question, whatever the arguments.
pub(crate) const NATIVE: &[c_long] = &[
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigpending,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    SYS_tgkill,
    SYS_restart_syscall,
    SYS_gettimeofday,
    SYS_nanosleep,
    SYS_getitimer,
    SYS_setitimer,
    SYS_getrandom,
    SYS_getpid,
    SYS_gettid,
    SYS_getrusage,
    SYS_times,
    SYS_uname,
    SYS_sched_getaffinity,
    SYS_pipe,
    SYS_ppoll,
    SYS_pselect6,
    SYS_poll,
    SYS_select,
    SYS_time,
    SYS_alarm,
    SYS_pause,
    SYS_exit,
    SYS_rt_sigreturn,
];

/// What ends a program or makes it wait, with some of these arguments (64 may be its own number): tried elsewhere.
pub(crate) const ENDS_OR_WAITS: &[c_long] =
    &[SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_pause, SYS_ppoll, SYS_select, SYS_pselect6, SYS_tgkill];

/// Linux 6.14 and later let uretprobe and uprobe pass by every filter. They are for code that the kernel itself has put into a
/// program; a program that makes them by itself gets SIGILL, or an error.
pub(crate) const PASS_BY_FILTERS: &[c_long] = &[335, 336];

/// What the kernel does if the descriptors are its own, of which the first so many arguments are.
pub(crate) const DESCRIPTORS: &[(c_long, usize)] = &[
    (SYS_read, 1),
    (SYS_readv, 1),
    (SYS_pread64, 1),
    (SYS_lseek, 1),
    (SYS_write, 1),
    (SYS_writev, 1),
    (SYS_close, 1),
    (SYS_dup, 1),
    (SYS_dup2, 2),
    (SYS_dup3, 2),
];

/// What is refused without a question, and how.
pub(crate) const REFUSED: &[(c_long, i32)] =
    &[(SYS_clone3, ENOSYS), (SYS_ioctl, ENOTTY), (SYS_close_range, ENOSYS), (SYS_fadvise64, 0)];

/// What the supervisor answers by itself: the virtual file system's calls.
pub(crate) const ANSWERED: &[c_long] = &[
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_pwrite64,
    SYS_readv,
    SYS_writev,
    SYS_preadv,
    SYS_preadv2,
    SYS_pwritev,
    SYS_pwritev2,
    SYS_lseek,
    SYS_close,
    SYS_dup,
    SYS_dup2,
    SYS_dup3,
    SYS_fcntl,
    SYS_flock,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_getdents64,
    SYS_fsync,
    SYS_fdatasync,
    SYS_syncfs,
    SYS_sync,
    SYS_open,
    SYS_openat,
    SYS_creat,
    SYS_mkdir,
    SYS_mkdirat,
    SYS_rmdir,
    SYS_unlink,
    SYS_unlinkat,
    SYS_rename,
    SYS_renameat,
    SYS_renameat2,
    SYS_symlink,
    SYS_symlinkat,
    SYS_link,
    SYS_linkat,
    SYS_readlink,
    SYS_readlinkat,
    SYS_chdir,
    SYS_fchdir,
    SYS_getcwd,
    SYS_stat,
    SYS_lstat,
    SYS_newfstatat,
    SYS_fstat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_access,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_chmod,
    SYS_fchmodat,
    SYS_fchmod,
    SYS_chown,
    SYS_lchown,
    SYS_fchownat,
    SYS_fchown,
    SYS_truncate,
    SYS_utimensat,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_umask,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getgroups,
    SYS_getppid,
    SYS_getpgrp,
    SYS_getsid,
    SYS_getpgid,
    SYS_getresuid,
    SYS_getresgid,
    SYS_getpriority,
    SYS_sched_getscheduler,
    SYS_msync,
    452,
];

/// Who decides about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Kernel,
    Filter(i32),
    Supervisor,
}

/// The table in words: a call with the same odd value for all its arguments.
pub(crate) fn by(call: c_long, odd: u64) -> By {
    let low = odd as u32;
    let ours = |descriptors: usize| if descriptors > 0 && low >= 64 { By::Supervisor } else { By::Kernel };
    let kernel_if = |so: bool| if so { By::Kernel } else { By::Supervisor };
    if let Some((_, errno)) = REFUSED.iter().find(|(number, _)| *number == call) {
        return By::Filter(*errno);
    }
    if let Some((_, descriptors)) = DESCRIPTORS.iter().find(|(number, _)| *number == call) {
        return ours(*descriptors);
    }
    match call {
        // Neither a file nor executable nor shared; no huge pages.
        libc::SYS_mmap => kernel_if(low & 4 == 0 && low & 0x2f == 0x22 && low & 0x4_0000 == 0),
        libc::SYS_mprotect => kernel_if(low & 4 == 0),
        // Waiting, by either clock; and with the bit for one's own process also waking those who wait.
        libc::SYS_futex => kernel_if([0, 9].contains(&(low & !0x180)) || low == 129),
        libc::SYS_madvise => kernel_if(low == 0),
        // No thread has these flags.
        libc::SYS_clone => By::Supervisor,
        // Clocks of this process and of nobody else.
        libc::SYS_clock_gettime | libc::SYS_clock_getres => kernel_if(low.cast_signed() >= 0 || low & 4 != 0),
        libc::SYS_clock_nanosleep => kernel_if(low.cast_signed() >= 0),
        // Reading its own limits.
        libc::SYS_prlimit64 => kernel_if(low == 0 && odd == 0),
        // No flag but these two.
        libc::SYS_pipe2 => kernel_if(low & !0x8_0800 == 0),
        // No flag and no address.
        libc::SYS_sendto | libc::SYS_recvfrom => kernel_if(odd == 0),
        // A second number, F_DUPFD.
        libc::SYS_fcntl => kernel_if(low == 0),
        _ => kernel_if(NATIVE.contains(&call)),
    }
}

/// The errors by which a call that is not offered is refused.
pub(crate) const REFUSALS: &[i32] = &[ENOSYS, EPERM, EACCES, EAGAIN, ECHILD, EOPNOTSUPP, ENODEV, EINVAL, EXDEV];
