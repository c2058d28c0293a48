//! What every program of ours does: memory, threads, time, waiting, its log, and answering on Unix sockets.

use libc::*;

use crate::filter::{Line, allow, allow_if, is, is_null, none_of_bits, one_of, refuse};

/// The flags of pthread_create(3), exactly: a thread, never a process or a namespace.
const THREAD: i32 = CLONE_VM
    | CLONE_FS
    | CLONE_FILES
    | CLONE_SYSVSEM
    | CLONE_SIGHAND
    | CLONE_THREAD
    | CLONE_SETTLS
    | CLONE_PARENT_SETTID
    | CLONE_CHILD_CLEARTID;

/// Asking prctl(2) about oneself, and naming a thread. Nothing here changes what the process may do.
const ASKING: &[u32] = &[
    PR_SET_NAME as u32,
    PR_GET_NAME as u32,
    PR_GET_DUMPABLE as u32,
    PR_GET_NO_NEW_PRIVS as u32,
    PR_GET_SECCOMP as u32,
    PR_CAPBSET_READ as u32,
];

/// Flags of a descriptor, duplicates that close on exec, and locks: SQLite's are records.
const DESCRIPTOR: &[u32] = &[
    F_GETFD as u32,
    F_SETFD as u32,
    F_GETFL as u32,
    F_SETFL as u32,
    F_DUPFD_CLOEXEC as u32,
    F_GETLK as u32,
    F_SETLK as u32,
    F_SETLKW as u32,
];

pub(super) const LINES: &[Line<'static>] = &[
    // Memory. Nothing that was written can be run: our programs are static and load no code.
    allow(SYS_brk, "the allocator"),
    // RLIMIT_DATA counts neither memory that is shared nor a stack that grows by itself.
    allow_if(
        SYS_mmap,
        &[none_of_bits(2, PROT_EXEC), none_of_bits(3, MAP_SHARED | MAP_GROWSDOWN)],
        "the allocator, thread stacks",
    ),
    allow_if(
        SYS_mmap,
        &[none_of_bits(2, PROT_EXEC), none_of_bits(3, MAP_ANONYMOUS | MAP_GROWSDOWN)],
        "SQLite's shared index, which is a file",
    ),
    refuse(SYS_mmap, EPERM, "memory to run code from, or that no limit counts"),
    allow_if(SYS_mprotect, &[none_of_bits(2, PROT_EXEC)], "guard pages of stacks"),
    refuse(SYS_mprotect, EPERM, "making data into code"),
    allow(SYS_munmap, "the allocator"),
    allow(SYS_mremap, "the allocator"),
    allow(SYS_madvise, "the allocator, the stack of a thread that ended"),
    // Threads.
    allow_if(SYS_clone, &[is(0, THREAD)], "a thread"),
    refuse(
        SYS_clone3,
        ENOSYS,
        "its flags are behind a pointer; the C library falls back to clone, whose flags can be seen",
    ),
    allow(SYS_futex, "locks"),
    allow(SYS_set_robust_list, "each new thread"),
    allow(SYS_rseq, "each new thread"),
    allow(SYS_sched_yield, "locks"),
    allow(SYS_sched_getaffinity, "how many processors there are"),
    allow(SYS_gettid, "panic messages, abort"),
    allow(SYS_exit, "the end of a thread"),
    allow(SYS_exit_group, "the end of the process"),
    allow(SYS_restart_syscall, "the kernel's own way to go on after a stop"),
    // Signals to oneself. To others the uid and Landlock forbid them.
    allow(SYS_rt_sigaction, "a new thread's overflow handler, abort"),
    allow(SYS_rt_sigprocmask, "a new thread, abort"),
    allow(SYS_rt_sigreturn, "the end of a handler"),
    allow(SYS_sigaltstack, "a new thread's overflow handler"),
    allow(SYS_tgkill, "abort after a panic"),
    // Time and chance.
    allow(SYS_clock_gettime, "where the kernel's page does not answer"),
    allow(SYS_clock_getres, "timers"),
    allow(SYS_clock_nanosleep, "sleeping"),
    allow(SYS_nanosleep, "SQLite waiting for a lock"),
    allow(SYS_gettimeofday, "SQLite's clock, where the kernel's page does not answer"),
    allow(SYS_getrandom, "tokens, hash keys"),
    // Who am I: the proof reads it back.
    allow(SYS_getpid, "abort, SQLite's seed"),
    allow(SYS_getuid, "the proof"),
    allow(SYS_geteuid, "SQLite asks whether it is root"),
    allow(SYS_getgid, "the proof"),
    allow(SYS_getegid, "the proof"),
    allow(SYS_getresuid, "the proof"),
    allow(SYS_getresgid, "the proof"),
    allow(SYS_getgroups, "the proof"),
    allow(SYS_capget, "the proof"),
    allow_if(SYS_prctl, &[one_of(0, ASKING)], "the proof, names of threads"),
    refuse(SYS_prctl, EINVAL, "what the C library tries on newer kernels; as an older one answers"),
    allow_if(SYS_prlimit64, &[is_null(2)], "reading one's limits; setting them is another call of this number"),
    allow(SYS_uname, "the C library"),
    allow(SYS_sysinfo, "the C library sizes sort buffers by it"),
    // Waiting.
    allow(SYS_epoll_create1, "the event loop"),
    allow(SYS_epoll_ctl, "the event loop"),
    allow(SYS_epoll_pwait, "the event loop"),
    allow(SYS_ppoll, "waiting for one descriptor"),
    allow(SYS_eventfd2, "waking the event loop"),
    // Descriptors that are open.
    allow(SYS_read, "everything"),
    allow(SYS_readv, "everything"),
    allow(SYS_write, "everything"),
    allow(SYS_writev, "everything"),
    allow(SYS_close, "everything"),
    allow(SYS_lseek, "files"),
    allow(SYS_fstat, "files"),
    allow_if(SYS_fcntl, &[one_of(1, DESCRIPTOR)], "non-blocking sockets, locks"),
    refuse(SYS_fcntl, EINVAL, "anything else about a descriptor"),
    allow_if(SYS_ioctl, &[is(1, FIONBIO as i32)], "non-blocking sockets"),
    refuse(SYS_ioctl, ENOTTY, "asking whether standard output is a terminal"),
    // Names, which Landlock keeps to the grounds.
    allow(SYS_openat, "the log, one's own database"),
    allow(SYS_newfstatat, "whether a file is there"),
    allow(SYS_statx, "whether a file is there"),
    allow(SYS_statfs, "the proof: whether the root is read-only"),
    allow(SYS_faccessat, "whether a file is there"),
    refuse(SYS_faccessat2, ENOSYS, "the C library falls back to faccessat"),
    allow(SYS_readlinkat, "SQLite looks whether its file is a link"),
    allow(SYS_getcwd, "SQLite makes its path absolute"),
    allow(SYS_unlinkat, "the oldest log"),
    allow(SYS_renameat, "log rotation"),
    allow(SYS_fsync, "durability"),
    allow(SYS_fdatasync, "durability"),
    // Unix sockets that are open: listening ones come from the launcher.
    allow(SYS_accept4, "callers"),
    allow(SYS_recvfrom, "messages"),
    allow(SYS_recvmsg, "messages, with credentials and descriptors"),
    // With MSG_FASTOPEN a TCP socket is connected by its first message, and Landlock is not asked.
    allow_if(SYS_sendto, &[none_of_bits(3, MSG_FASTOPEN)], "messages"),
    refuse(SYS_sendto, EPERM, "dialling out with an accepted connection"),
    allow_if(SYS_sendmsg, &[none_of_bits(2, MSG_FASTOPEN)], "messages, with descriptors"),
    refuse(SYS_sendmsg, EPERM, "dialling out with an accepted connection"),
    allow(SYS_shutdown, "the end of a connection"),
    allow(SYS_getsockname, "what kind of socket was inherited"),
    allow(SYS_getpeername, "logs"),
    allow_if(SYS_getsockopt, &[is(1, SOL_SOCKET)], "the caller's uid, errors"),
    refuse(SYS_getsockopt, ENOPROTOOPT, "options of protocols"),
    allow_if(
        SYS_setsockopt,
        &[is(1, SOL_SOCKET), one_of(2, &[SO_RCVTIMEO as u32, SO_SNDTIMEO as u32, SO_SNDBUF as u32, SO_RCVBUF as u32])],
        "deadlines and buffers of sockets",
    ),
    refuse(SYS_setsockopt, ENOPROTOOPT, "options of protocols: much code in the kernel for nothing here"),
    // Refused, not fatal, so that the proof can try them.
    refuse(SYS_socket, EPERM, "the proof tries to make a TCP socket"),
    refuse(SYS_execve, EPERM, "the proof tries to run a program"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_poll, "waiting for one descriptor"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_epoll_wait, "the event loop"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_open, "as openat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_stat, "as newfstatat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_lstat, "as newfstatat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_access, "as faccessat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_readlink, "as readlinkat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_unlink, "as unlinkat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_rename, "as renameat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_time, "where the kernel's page does not answer"),
];

/// What a program that calls others adds.
pub(super) const CALLING: &[Line<'static>] = &[
    allow_if(SYS_socket, &[is(0, AF_UNIX)], "calling a service"),
    allow_if(SYS_socketpair, &[is(0, AF_UNIX)], "two ends inside the process"),
    allow(SYS_connect, "calling a service; its mount namespace holds only those that it may call"),
];
