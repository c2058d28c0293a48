//! The file service: opens files below its grounds and runs CGI programs.
//!
//! A CGI program inherits this filter, so it allows what ordinary programs do to files that Landlock leaves them, to
//! their memory and to their own processes, and nothing that reaches further: no sockets, no namespaces, no mounts.

use libc::*;

use crate::filter::{Action, Line, allow, allow_if, is, none_of_bits, refuse};

/// Any flag that makes a namespace.
const NAMESPACES: i32 =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

/// Nobody here has a use for these; who makes such a call is attacking the kernel or another process.
const fn hostile(call: c_long, reason: &'static str) -> Line<'static> {
    Line { call, checks: &[], action: Action::Kill, reason }
}

pub(super) const LINES: &[Line<'static>] = &[
    // Files.
    allow(SYS_openat2, "files, by name and never out of the grounds (RESOLVE_BENEATH)"),
    allow(SYS_getdents64, "programs that list a directory"),
    allow(SYS_pread64, "files"),
    allow(SYS_pwrite64, "files"),
    allow(SYS_ftruncate, "files that a CGI program may write"),
    allow(SYS_flock, "files that CGI programs share"),
    allow(SYS_fcntl, "duplicates and locks of all kinds"),
    allow(SYS_fadvise64, "files"),
    allow(SYS_sendfile, "files"),
    allow(SYS_copy_file_range, "files"),
    allow(SYS_faccessat2, "whether a file is there"),
    allow(SYS_fstatfs, "files"),
    allow(SYS_mkdirat, "where a CGI program may write"),
    allow(SYS_renameat2, "where a CGI program may write"),
    allow(SYS_utimensat, "where a CGI program may write"),
    allow(SYS_chdir, "a CGI program starts in its own directory"),
    allow(SYS_fchdir, "a CGI program starts in its own directory"),
    allow(SYS_umask, "programs"),
    allow(SYS_dup, "programs"),
    allow(SYS_dup3, "standard input and output of a CGI program"),
    allow(SYS_pipe2, "the output of a CGI program"),
    allow_if(SYS_socketpair, &[is(0, AF_UNIX)], "how the standard library hears whether a program could be started"),
    allow(SYS_close_range, "a CGI program keeps its three descriptors"),
    allow(SYS_pselect6, "programs"),
    allow(SYS_memfd_create, "programs"),
    // Processes of its own.
    allow_if(SYS_clone, &[none_of_bits(0, NAMESPACES)], "a CGI program, threads"),
    allow(SYS_execve, "a CGI program"),
    allow(SYS_execveat, "a CGI program, as the file that was checked"),
    allow(SYS_wait4, "the end of a CGI program"),
    allow(SYS_waitid, "the end of a CGI program"),
    allow(SYS_kill, "a CGI program whose time is over"),
    allow(SYS_pidfd_open, "waiting for a CGI program"),
    allow(SYS_pidfd_send_signal, "a CGI program whose time is over"),
    allow_if(SYS_prctl, &[is(0, PR_SET_PDEATHSIG)], "a CGI program does not outlive its service"),
    allow(SYS_prlimit64, "a CGI program gets limits"),
    allow(SYS_setrlimit, "a CGI program gets limits"),
    allow(SYS_setsid, "a CGI program and its children are ended together"),
    allow(SYS_setpgid, "a CGI program and its children are ended together"),
    allow(SYS_getppid, "programs"),
    allow(SYS_getpgid, "programs"),
    allow(SYS_getsid, "programs"),
    allow(SYS_getrusage, "programs"),
    allow(SYS_times, "programs"),
    allow(SYS_setitimer, "programs"),
    allow(SYS_rt_sigpending, "programs"),
    allow(SYS_rt_sigsuspend, "programs"),
    allow(SYS_rt_sigtimedwait, "programs"),
    allow(SYS_set_tid_address, "the start of every program"),
    allow(SYS_getrlimit, "programs"),
    allow(SYS_mmap, "a dynamic program's libraries; its mounts are never both written and run"),
    allow(SYS_mprotect, "a dynamic program's relocations"),
    allow(SYS_membarrier, "programs"),
    refuse(SYS_connect, EPERM, "no CGI program has a socket to connect"),
    hostile(SYS_ptrace, "another process's memory"),
    hostile(SYS_process_vm_readv, "another process's memory"),
    hostile(SYS_process_vm_writev, "another process's memory"),
    hostile(SYS_bpf, "code in the kernel"),
    hostile(SYS_perf_event_open, "watching others"),
    hostile(SYS_userfaultfd, "a known help in attacks on the kernel"),
    hostile(SYS_io_uring_setup, "calls that no filter sees"),
    hostile(SYS_add_key, "the kernel's keys"),
    hostile(SYS_request_key, "the kernel's keys"),
    hostile(SYS_keyctl, "the kernel's keys"),
    hostile(SYS_unshare, "namespaces, and with them root's code paths in the kernel"),
    hostile(SYS_setns, "namespaces"),
    hostile(SYS_mount, "another tree"),
    hostile(SYS_umount2, "what a mount hides"),
    hostile(SYS_pivot_root, "another root"),
    hostile(SYS_chroot, "another root"),
    hostile(SYS_open_tree, "another tree"),
    hostile(SYS_move_mount, "another tree"),
    hostile(SYS_fsopen, "another tree"),
    hostile(SYS_open_by_handle_at, "files without a path to them"),
    hostile(SYS_kexec_load, "another kernel"),
    hostile(SYS_init_module, "code in the kernel"),
    hostile(SYS_finit_module, "code in the kernel"),
    hostile(SYS_delete_module, "code in the kernel"),
    hostile(SYS_reboot, "the machine"),
    hostile(SYS_swapon, "the machine"),
    hostile(SYS_settimeofday, "the machine's clock"),
    hostile(SYS_clock_settime, "the machine's clock"),
    hostile(SYS_setuid, "another user"),
    hostile(SYS_setgid, "another group"),
    hostile(SYS_setresuid, "another user"),
    hostile(SYS_setresgid, "another group"),
    hostile(SYS_setreuid, "another user"),
    hostile(SYS_setregid, "another group"),
    hostile(SYS_setgroups, "other groups"),
    hostile(SYS_capset, "capabilities"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_vfork, "a CGI program"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_fork, "a CGI program"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_arch_prctl, "the start of every program"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_dup2, "standard input and output of a CGI program"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_pipe, "programs"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_select, "programs"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_alarm, "programs"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_pause, "programs"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_getpgrp, "programs"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_mkdir, "where a CGI program may write"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_rmdir, "where a CGI program may write"),
];
