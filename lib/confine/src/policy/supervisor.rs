//! The sandbox's supervisor: answers the calls of its guests, starts and ends them, keeps its owners' files.
//!
//! It makes no process itself (the nursery, forked before this filter, does) and no socket.

use libc::*;

use crate::filter::{Line, allow, allow_if, is, one_of};

/// Answering a guest's system call, see seccomp_unotify(2).
const NOTIFICATION: &[u32] = &[
    SECCOMP_IOCTL_NOTIF_RECV as u32,
    SECCOMP_IOCTL_NOTIF_SEND as u32,
    SECCOMP_IOCTL_NOTIF_ID_VALID as u32,
    SECCOMP_IOCTL_NOTIF_ADDFD as u32,
    SECCOMP_IOCTL_NOTIF_SET_FLAGS as u32,
];

pub(super) const LINES: &[Line<'static>] = &[
    allow_if(SYS_ioctl, &[one_of(1, NOTIFICATION)], "guests' calls"),
    allow(SYS_process_vm_readv, "the arguments of a guest's call; the kernel asks for the namespace's owner"),
    allow(SYS_process_vm_writev, "the results of a guest's call"),
    allow(SYS_pidfd_send_signal, "the end of a guest"),
    allow(SYS_pidfd_getfd, "a guest's listener, and the descriptors that its calls name"),
    allow(SYS_sched_setaffinity, "a lane, its zygote and its guests share a core"),
    allow(SYS_prlimit64, "a guest's limits"),
    allow_if(SYS_socketpair, &[is(0, AF_UNIX)], "a zygote's line, a guest's API"),
    allow(SYS_pipe2, "what a guest prints"),
    allow(SYS_openat2, "a file of the library, through no link (RESOLVE_NO_SYMLINKS)"),
    // The store, inside its own directory.
    allow(SYS_getdents64, "owners' files"),
    allow(SYS_fallocate, "owners' files, in one piece"),
    allow(SYS_mkdirat, "owners' files"),
    allow(SYS_flock, "one supervisor per store"),
];
