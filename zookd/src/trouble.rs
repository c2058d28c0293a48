//! What can go wrong on the side of a service, and what the visitor is told.

use std::io;

use http_strict::{BadAnswer, ChunkFault, Status};

/// Why a service's answer cannot be given, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the service cannot be reached")]
    Down(#[source] io::Error),
    #[error("the request's head is too long for the service with the fields that the dispatcher adds")]
    Long,
    #[error("the service ended the connection before it answered")]
    Gone,
    #[error("the service did not answer in time")]
    Late,
    #[error("the service's answer is malformed")]
    Malformed(#[from] BadAnswer),
    #[error("the service's answer has malformed chunks")]
    Chunks(#[from] ChunkFault),
    #[error("the service sent a record that breaks the descriptor protocol: {0}")]
    Record(&'static str),
    #[error("the service's answer ended early")]
    Cut,
    #[error("the dispatcher has no memory file for the body")]
    Memory(#[source] io::Error),
}

impl Trouble {
    pub(crate) fn status(&self) -> Status {
        match self {
            Trouble::Down(_) | Trouble::Gone | Trouble::Memory(_) => Status::UNAVAILABLE,
            Trouble::Long => Status::HEAD_TOO_LARGE,
            Trouble::Late => Status::LATE,
            Trouble::Malformed(_) | Trouble::Chunks(_) | Trouble::Record(_) | Trouble::Cut => Status::BAD_GATEWAY,
        }
    }
}
