//! HTTP/1.1 messages, read strictly and written safely.
//!
//! This crate does no I/O and knows no routes: bytes go in, a head that cannot be wrong or a [`Refusal`] comes out. The
//! dispatcher reads strangers with it, and dispatcher and file service read each other with it, so that there is one
//! opinion in the house about where a message ends.
//!
//! It never repairs a message. Where RFC 9110 and 9112 let a recipient choose between guessing and refusing, it refuses:
//! what two parsers may read differently is how requests are smuggled.

#![forbid(unsafe_code)]

mod answer;
mod chunked;
mod fields;
mod framing;
mod host;
pub mod limits;
pub mod names;
pub mod page;
mod path;
mod refusal;
mod request;
mod scan;
mod status;
mod target;
mod write;

pub use answer::{AnswerHead, AnswerLength, BadAnswer};
pub use chunked::{ChunkFault, Chunked, Fed};
pub use fields::{Field, Fields, ForbiddenBytes, Name, Value};
pub use framing::BodyLength;
pub use path::{Path, PathFault, Query};
pub use refusal::{HeadFault, Refusal};
pub use request::{Method, RequestHead, Version};
pub use scan::{CompleteHead, HeadScan};
pub use status::Status;
pub use write::HeadWriter;
