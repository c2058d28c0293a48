//! The dispatcher: HTTP on TCP connections that it accepts, and files that it was handed.

use libc::*;

use crate::filter::{Line, allow, allow_if, is, one_of};

/// Options of an accepted connection.
const CONNECTION: &[u32] = &[TCP_NODELAY as u32, TCP_CORK as u32, TCP_USER_TIMEOUT as u32, TCP_QUICKACK as u32];

/// Sealing a request's body before it is handed over.
const SEALS: &[u32] = &[F_ADD_SEALS as u32, F_GET_SEALS as u32];

pub(super) const LINES: &[Line<'static>] = &[
    allow_if(SYS_setsockopt, &[is(1, IPPROTO_TCP), one_of(2, CONNECTION)], "when a response leaves"),
    allow_if(
        SYS_setsockopt,
        &[is(1, SOL_SOCKET), one_of(2, &[SO_LINGER as u32, SO_KEEPALIVE as u32])],
        "how a connection ends",
    ),
    allow_if(SYS_getsockopt, &[is(1, IPPROTO_TCP), one_of(2, CONNECTION)], "when a response leaves"),
    allow(SYS_sendfile, "a file that the file service opened"),
    allow(SYS_splice, "the output of a CGI program"),
    allow(SYS_pipe2, "between two sockets, for splice"),
    allow(SYS_pread64, "a part of a file that the file service opened"),
    allow(SYS_pwrite64, "a request's body"),
    allow(SYS_memfd_create, "a request's body, handed over as a descriptor"),
    allow(SYS_ftruncate, "a request's body"),
    allow_if(SYS_fcntl, &[one_of(1, SEALS)], "a body that does not change while it is read"),
];
