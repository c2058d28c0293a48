//! The sandbox's supervisor: answers the calls of its guests, starts and ends them, keeps its owners' files.
//!
//! It makes no process itself (the nursery, forked before this filter, does) and no socket.

use libc::*;

use crate::filter::{Line, allow, allow_if, one_of};

/// Answering a guest's system call, see seccomp_unotify(2); numbers from linux/seccomp.h.
const NOTIFICATION: &[u32] = &[
    0xC050_2100, // RECV
    0xC018_2101, // SEND
    0x4008_2102, // ID_VALID
    0x4018_2103, // ADDFD
    0x4008_2104, // SET_FLAGS
    FIONBIO as u32,
];

/// Sealing what a guest is handed.
const SEALS: &[u32] = &[F_ADD_SEALS as u32, F_GET_SEALS as u32];

pub(super) const LINES: &[Line<'static>] = &[
    allow_if(SYS_ioctl, &[one_of(1, NOTIFICATION)], "guests' calls"),
    allow(SYS_process_vm_readv, "the arguments of a guest's call; the kernel asks for the namespace's owner"),
    allow(SYS_process_vm_writev, "the results of a guest's call"),
    allow(SYS_pidfd_open, "guests"),
    allow(SYS_pidfd_send_signal, "the end of a guest"),
    allow(SYS_prlimit64, "a guest's limits"),
    allow(SYS_waitid, "the end of the nursery"),
    allow(SYS_wait4, "the end of the nursery"),
    allow_if(SYS_socketpair, &[one_of(0, &[AF_UNIX as u32])], "a zygote's line, a guest's API"),
    allow(SYS_pipe2, "what a guest prints"),
    allow(SYS_memfd_create, "files that a guest reads"),
    allow_if(SYS_fcntl, &[one_of(1, SEALS)], "files that a guest reads"),
    allow(SYS_timerfd_create, "deadlines"),
    allow(SYS_timerfd_settime, "deadlines"),
    // The store, inside its own directory.
    allow(SYS_openat2, "owners' files, never out of the store"),
    allow(SYS_getdents64, "owners' files"),
    allow(SYS_pread64, "owners' files"),
    allow(SYS_pwrite64, "owners' files"),
    allow(SYS_ftruncate, "owners' files"),
    allow(SYS_fallocate, "owners' files"),
    allow(SYS_copy_file_range, "owners' files"),
    allow(SYS_sync_file_range, "owners' files"),
    allow(SYS_mkdirat, "owners' files"),
    allow(SYS_renameat2, "a store changes as a whole"),
    allow(SYS_linkat, "a file appears as a whole"),
    allow(SYS_symlinkat, "links inside a store are kept as links"),
    allow(SYS_utimensat, "owners' files"),
    allow(SYS_flock, "one supervisor per store"),
    allow(SYS_fchmod, "owners' files"),
    allow(SYS_dup, "descriptors of guests"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_mkdir, "as mkdirat"),
    #[cfg(target_arch = "x86_64")]
    allow(SYS_rmdir, "as unlinkat"),
];
