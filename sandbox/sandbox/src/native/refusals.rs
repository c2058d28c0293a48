//! Calls that a guest never gets an answer to but no, with the reason in words for the author of the program.

use std::collections::BTreeSet;

/// Calls refused in one run, each distinct one once.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    told: BTreeSet<String>,
    in_order: Vec<String>,
}

/// More distinct refusals than an author would read.
const MOST: usize = 50;

impl Refusals {
    pub(super) fn note(&mut self, sentence: String) {
        if self.in_order.len() < MOST && self.told.insert(sentence.clone()) {
            self.in_order.push(sentence);
        }
    }

    pub(super) fn into_sentences(self) -> Vec<String> {
        self.in_order
    }
}

/// What a guest gets for a call that is not offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused {
    pub(super) name: &'static str,
    pub(super) errno: i32,
    pub(super) why: &'static str,
}

/// The name of a call that has none in Python.
pub(super) const UNNAMED: &str = "a system call";

const NETWORK: &str = "the sandbox has no network";
const PAIR: &str = "the sandbox has no network, and of pairs only streams";
const PROCESS: &str = "the sandbox allows one process, and no other program";
const PIPE: &str = "pipes inside the sandbox carry bytes, not packets";
const BY_ITSELF: &str = "a program inside the sandbox ends itself by sys.exit or os.abort";
const OTHERS: &str = "there is nobody else in the sandbox";
const MACHINE: &str = "the sandbox does not let a program change or look into the machine";
const KINDS: &str = "the sandbox has files, directories and symbolic links only";
const UNOFFERED: &str = "the sandbox does not offer it";
const EXECUTABLE: &str = "memory inside the sandbox cannot be made executable";

const LIST: &[(libc::c_long, &str, i32, &str)] = &[
    (libc::SYS_socket, "socket", libc::EACCES, NETWORK),
    (libc::SYS_socketpair, "socketpair", libc::EACCES, PAIR),
    (libc::SYS_connect, "connect", libc::EACCES, NETWORK),
    (libc::SYS_bind, "bind", libc::EACCES, NETWORK),
    (libc::SYS_listen, "listen", libc::EACCES, NETWORK),
    (libc::SYS_accept, "accept", libc::EACCES, NETWORK),
    (libc::SYS_accept4, "accept", libc::EACCES, NETWORK),
    (libc::SYS_sendto, "send", libc::EACCES, NETWORK),
    (libc::SYS_recvfrom, "recv", libc::EACCES, NETWORK),
    (libc::SYS_sendmsg, "sendmsg", libc::EACCES, NETWORK),
    (libc::SYS_recvmsg, "recvmsg", libc::EACCES, NETWORK),
    (libc::SYS_fork, "fork", libc::EAGAIN, PROCESS),
    (libc::SYS_vfork, "fork", libc::EAGAIN, PROCESS),
    (libc::SYS_clone, "fork", libc::EAGAIN, PROCESS),
    (libc::SYS_execve, "execve", libc::EACCES, PROCESS),
    (libc::SYS_execveat, "execveat", libc::EACCES, PROCESS),
    (libc::SYS_wait4, "wait", libc::ECHILD, PROCESS),
    (libc::SYS_waitid, "wait", libc::ECHILD, PROCESS),
    (libc::SYS_kill, "kill", libc::EPERM, OTHERS),
    (libc::SYS_tkill, "kill", libc::EPERM, OTHERS),
    (libc::SYS_tgkill, "kill", libc::EPERM, BY_ITSELF),
    (libc::SYS_ptrace, "ptrace", libc::EPERM, OTHERS),
    (libc::SYS_process_vm_readv, "process_vm_readv", libc::EPERM, OTHERS),
    (libc::SYS_process_vm_writev, "process_vm_writev", libc::EPERM, OTHERS),
    (libc::SYS_pidfd_open, "pidfd_open", libc::EPERM, OTHERS),
    (libc::SYS_clock_gettime, "clock_gettime", libc::EINVAL, OTHERS),
    (libc::SYS_clock_getres, "clock_getres", libc::EINVAL, OTHERS),
    (libc::SYS_clock_nanosleep, "clock_nanosleep", libc::EINVAL, OTHERS),
    (libc::SYS_setuid, "setuid", libc::EPERM, MACHINE),
    (libc::SYS_setgid, "setgid", libc::EPERM, MACHINE),
    (libc::SYS_setresuid, "setresuid", libc::EPERM, MACHINE),
    (libc::SYS_setresgid, "setresgid", libc::EPERM, MACHINE),
    (libc::SYS_setgroups, "setgroups", libc::EPERM, MACHINE),
    (libc::SYS_prlimit64, "setrlimit", libc::EPERM, MACHINE),
    (libc::SYS_setrlimit, "setrlimit", libc::EPERM, MACHINE),
    (libc::SYS_mount, "mount", libc::EPERM, MACHINE),
    (libc::SYS_umount2, "umount", libc::EPERM, MACHINE),
    (libc::SYS_chroot, "chroot", libc::EPERM, MACHINE),
    (libc::SYS_pivot_root, "pivot_root", libc::EPERM, MACHINE),
    (libc::SYS_unshare, "unshare", libc::EPERM, MACHINE),
    (libc::SYS_setns, "setns", libc::EPERM, MACHINE),
    (libc::SYS_bpf, "bpf", libc::EPERM, MACHINE),
    (libc::SYS_io_uring_setup, "io_uring_setup", libc::EPERM, MACHINE),
    (libc::SYS_perf_event_open, "perf_event_open", libc::EPERM, MACHINE),
    (libc::SYS_userfaultfd, "userfaultfd", libc::EPERM, MACHINE),
    (libc::SYS_prctl, "prctl", libc::EPERM, MACHINE),
    (libc::SYS_seccomp, "seccomp", libc::EPERM, MACHINE),
    (libc::SYS_clock_settime, "clock_settime", libc::EPERM, MACHINE),
    (libc::SYS_mknod, "mknod", libc::EPERM, KINDS),
    (libc::SYS_mknodat, "mknod", libc::EPERM, KINDS),
    (libc::SYS_mmap, "mmap", libc::EACCES, EXECUTABLE),
    (libc::SYS_mprotect, "mprotect", libc::EACCES, EXECUTABLE),
    (libc::SYS_pipe2, "pipe2", libc::EINVAL, PIPE),
    (libc::SYS_setreuid, "setreuid", libc::EPERM, MACHINE),
    (libc::SYS_setregid, "setregid", libc::EPERM, MACHINE),
    (libc::SYS_setpriority, "setpriority", libc::EPERM, MACHINE),
    (libc::SYS_setpgid, "setpgid", libc::EPERM, PROCESS),
    (libc::SYS_setsid, "setsid", libc::EPERM, PROCESS),
    // What is left of the modules os, signal, socket and time.
    (libc::SYS_futex, "futex", libc::ENOSYS, UNOFFERED),
    (libc::SYS_memfd_create, "memfd_create", libc::ENOSYS, UNOFFERED),
    (libc::SYS_eventfd2, "eventfd", libc::ENOSYS, UNOFFERED),
    (libc::SYS_sched_setscheduler, "sched_setscheduler", libc::ENOSYS, MACHINE),
    (libc::SYS_pidfd_send_signal, "pidfd_send_signal", libc::ENOSYS, OTHERS),
    (libc::SYS_sethostname, "sethostname", libc::ENOSYS, MACHINE),
    (libc::SYS_getsockopt, "getsockopt", libc::ENOSYS, NETWORK),
    (libc::SYS_setsockopt, "setsockopt", libc::ENOSYS, NETWORK),
    (libc::SYS_getpeername, "getpeername", libc::ENOSYS, NETWORK),
    (libc::SYS_shutdown, "shutdown", libc::ENOSYS, NETWORK),
];

/// Calls that a program only makes to find out whether there is a better way; nobody needs to hear of them.
const QUIET: &[(libc::c_long, i32)] = &[
    (libc::SYS_openat2, libc::ENOSYS),
    // Each socket object asks for its name when it is made, and does without.
    (libc::SYS_getsockname, libc::ENOSYS),
    // The module selectors then takes poll.
    (libc::SYS_epoll_create1, libc::ENOSYS),
    (libc::SYS_getxattr, libc::EOPNOTSUPP),
    (libc::SYS_lgetxattr, libc::EOPNOTSUPP),
    (libc::SYS_fgetxattr, libc::EOPNOTSUPP),
    (libc::SYS_setxattr, libc::EOPNOTSUPP),
    (libc::SYS_lsetxattr, libc::EOPNOTSUPP),
    (libc::SYS_fsetxattr, libc::EOPNOTSUPP),
    (libc::SYS_listxattr, libc::EOPNOTSUPP),
    (libc::SYS_llistxattr, libc::EOPNOTSUPP),
    (libc::SYS_flistxattr, libc::EOPNOTSUPP),
    (libc::SYS_removexattr, libc::EOPNOTSUPP),
    (libc::SYS_lremovexattr, libc::EOPNOTSUPP),
    (libc::SYS_fremovexattr, libc::EOPNOTSUPP),
    (libc::SYS_sendfile, libc::EINVAL),
    (libc::SYS_copy_file_range, libc::EXDEV),
    (libc::SYS_splice, libc::EINVAL),
    (libc::SYS_membarrier, libc::ENOSYS),
    (libc::SYS_sched_setaffinity, libc::EPERM),
    (libc::SYS_sysinfo, libc::EPERM),
];

/// The refusal of a call that nothing else answers, and whether its author should hear of it.
pub(super) fn refusal(call: i64) -> (Refused, bool) {
    if let Some((_, name, errno, why)) = LIST.iter().find(|(number, ..)| *number == call) {
        return (Refused { name, errno: *errno, why }, true);
    }
    match QUIET.iter().find(|(number, _)| *number == call) {
        Some((_, errno)) => (Refused { name: UNNAMED, errno: *errno, why: "" }, false),
        None => (Refused { name: UNNAMED, errno: libc::ENOSYS, why: UNOFFERED }, true),
    }
}
