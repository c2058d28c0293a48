//! Why a request is refused: the cause for the log, the status for the visitor.

use crate::chunked::ChunkFault;
use crate::path::PathFault;
use crate::{Status, limits};

/// What is wrong with the lines of a head, of a request or of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    #[error("a line feed without a carriage return")]
    BareLineFeed,
    #[error("a carriage return without a line feed")]
    BareCarriageReturn,
    #[error("a NUL byte in the head")]
    Nul,
    #[error("a field continued on a second line")]
    FoldedLine,
    #[error("more than one empty line before the first line")]
    EmptyLines,
    #[error("the first line is longer than its limit")]
    FirstLineTooLong,
    #[error("the head is longer than {} bytes", limits::HEAD)]
    TooLong,
    #[error("more than {} fields", limits::FIELDS)]
    TooManyFields,
    #[error("the first line is malformed")]
    FirstLine,
    #[error("a version of HTTP other than 1.0 and 1.1")]
    Version,
    #[error("a malformed field")]
    Field,
    #[error("both Content-Length and Transfer-Encoding")]
    TwoLengths,
    #[error("more than one Content-Length")]
    RepeatedLength,
    #[error("a Content-Length that is not a plain decimal number")]
    Length,
    #[error("a Content-Length beyond all limits")]
    HugeLength,
    #[error("a malformed Transfer-Encoding, or one that is not `chunked` alone")]
    TransferEncoding,
    #[error("a transfer coding that is not implemented")]
    TransferCoding,
    #[error("Transfer-Encoding in a message of HTTP/1.0")]
    TransferEncodingInOldVersion,
}

/// A request that gets no further. After any of these the connection is closed: where the next request begins is no
/// longer certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Head(#[from] HeadFault),
    #[error(transparent)]
    Path(#[from] PathFault),
    #[error(transparent)]
    Chunk(#[from] ChunkFault),
    #[error("a method other than GET, HEAD and POST")]
    Method,
    #[error("a target that is neither a path nor an http URL")]
    Target,
    #[error("the Host field is missing")]
    HostMissing,
    #[error("more than one Host field")]
    HostRepeated,
    #[error("a malformed Host")]
    Host,
    #[error("the target names another host than the Host field")]
    HostDiffers,
    #[error("a GET or HEAD request with a body")]
    BodyNotExpected,
    #[error("a body longer than its limit")]
    BodyTooLong,
    #[error("an expectation other than 100-continue")]
    Expectation,
    #[error("the request did not arrive in time")]
    TooSlow,
    #[error("the connection ended in the middle of a request")]
    CutShort,
    #[error("too many bodies are under way")]
    Crowded,
}

impl Refusal {
    /// What the visitor's program is told.
    pub fn status(self) -> Status {
        match self {
            Refusal::Head(HeadFault::TooLong | HeadFault::TooManyFields) => Status::HEAD_TOO_LARGE,
            Refusal::Head(HeadFault::FirstLineTooLong) => Status::URI_TOO_LONG,
            Refusal::Head(HeadFault::Version) => Status::VERSION_NOT_SUPPORTED,
            Refusal::Head(HeadFault::TransferCoding) | Refusal::Method => Status::NOT_IMPLEMENTED,
            Refusal::Path(PathFault::TooLong) => Status::URI_TOO_LONG,
            Refusal::Head(HeadFault::HugeLength) | Refusal::Chunk(ChunkFault::TooLong) | Refusal::BodyTooLong => {
                Status::CONTENT_TOO_LARGE
            }
            Refusal::Expectation => Status::EXPECTATION_FAILED,
            Refusal::TooSlow => Status::REQUEST_TIMEOUT,
            Refusal::Crowded => Status::UNAVAILABLE,
            Refusal::Head(_)
            | Refusal::Path(_)
            | Refusal::Chunk(_)
            | Refusal::Target
            | Refusal::HostMissing
            | Refusal::HostRepeated
            | Refusal::Host
            | Refusal::HostDiffers
            | Refusal::BodyNotExpected
            | Refusal::CutShort => Status::BAD_REQUEST,
        }
    }
}
