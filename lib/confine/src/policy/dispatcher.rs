//! The dispatcher: HTTP on TCP connections that it accepts, and files that it was handed.

use libc::*;

use crate::filter::{Line, allow, allow_if, is};

pub(super) const LINES: &[Line<'static>] = &[
    allow_if(SYS_setsockopt, &[is(1, IPPROTO_TCP), is(2, TCP_NODELAY)], "an answer leaves when it is written"),
    allow(SYS_sendfile, "a file that the file service opened"),
    allow(SYS_memfd_create, "a request's body, handed over as a descriptor"),
    allow(SYS_pwrite64, "a request's body"),
];
