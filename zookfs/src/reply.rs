//! An answer record under construction.

use std::os::fd::OwnedFd;

use http_strict::{HeadWriter, Method, RequestHead, Status, Value, names, page};

use crate::cgi::Program;

/// A short body travels in the record itself: cheaper for both sides than a descriptor.
pub(crate) const SHORT: u64 = 8 * 1024;

/// What goes back to the dispatcher.
#[derive(Debug)]
pub(crate) struct Reply {
    /// A head, and the body or its beginning.
    pub(crate) record: Vec<u8>,
    /// The rest of the body.
    pub(crate) descriptor: Option<OwnedFd>,
    /// The program that still writes it.
    pub(crate) program: Option<Program>,
}

impl Reply {
    /// A reply that is its record.
    pub(crate) fn record(record: Vec<u8>) -> Reply {
        Reply { record, descriptor: None, program: None }
    }

    /// A kind sentence.
    pub(crate) fn page(status: Status, request: &RequestHead) -> Reply {
        let id = request.fields.only("x-request-id").and_then(Value::as_str).unwrap_or_default();
        let text = page::page(status, id);
        let mut record = Vec::with_capacity(1024);
        let mut head = HeadWriter::answer(&mut record, status);
        head.field(names::CONTENT_TYPE, Value::fixed("text/html; charset=utf-8"))
            .field(names::CACHE_CONTROL, Value::fixed("no-store"))
            .field(names::X_CONTENT_TYPE_OPTIONS, Value::fixed("nosniff"))
            .number(names::CONTENT_LENGTH, text.len() as u64);
        if status == Status::METHOD_NOT_ALLOWED {
            head.field(names::ALLOW, Value::fixed("GET, HEAD"));
        }
        if status == Status::UNAVAILABLE {
            head.field(names::RETRY_AFTER, Value::fixed("2"));
        }
        head.end();
        if request.method != Method::Head {
            record.extend_from_slice(text.as_bytes());
        }
        Reply::record(record)
    }
}
