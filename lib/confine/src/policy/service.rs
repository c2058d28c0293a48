//! A service that answers calls, makes some, and keeps one SQLite database.

use libc::*;

use crate::filter::{Line, allow, refuse};

pub(super) const LINES: &[Line<'static>] = &[
    allow(SYS_pread64, "SQLite's pages"),
    allow(SYS_pwrite64, "SQLite's pages"),
    allow(SYS_ftruncate, "SQLite's log and shared index"),
    refuse(SYS_fallocate, EOPNOTSUPP, "SQLite writes the blocks itself then"),
    refuse(SYS_fchmod, EPERM, "SQLite would copy the mode of its file to its log; both are made with the right one"),
    refuse(SYS_fchown, EPERM, "SQLite would do so as root"),
    allow(SYS_getdents64, "listing one's own directory"),
];
