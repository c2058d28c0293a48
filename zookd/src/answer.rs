//! A service's answer, on its way to a visitor.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use bytes::Bytes;
use http_strict::{AnswerHead, HeadWriter, Status, Value, names, page};

use crate::files::Running;
use crate::pages::Stream;

/// An answer. Its head is written already, but for the fields that differ from visitor to visitor and the empty line.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Status,
    pub(crate) head: Bytes,
    pub(crate) body: Body,
}

/// What follows the head.
#[derive(Debug)]
pub(crate) enum Body {
    /// Nothing at all: the head says how long it would be, or that there is none.
    Nothing,
    /// All of it, here.
    Bytes(Bytes),
    /// A part of an open file.
    File { file: Arc<OwnedFd>, offset: u64, length: u64 },
    /// What a page service sends.
    Stream(Stream),
    /// What a CGI program writes.
    Running(Running),
}

/// Fields that every visitor gets anew, or that say more about the house than a visitor needs.
const NOT_COPIED: &[&str] = &["server", "x-request-id", "x-descriptor-offset"];

impl Answer {
    /// The answer of a service with this body. `length` is what its Content-Length says, if the body has one.
    pub(crate) fn new(head: &AnswerHead, length: Option<u64>, body: Body) -> Answer {
        let mut bytes = Vec::with_capacity(512);
        let mut writer = HeadWriter::answer(&mut bytes, head.status);
        let (mut dated, mut typed) = (false, false);
        for field in head.fields.end_to_end().filter(|field| !field.name.is_one_of(NOT_COPIED)) {
            dated |= field.name.is("date");
            typed |= field.name.is("content-type");
            writer.copy(field);
        }
        if !dated {
            let now = httpdate::fmt_http_date(std::time::SystemTime::now());
            writer.field(names::DATE, Value::new(now.as_bytes()).expect("a date has no control characters"));
        }
        if !typed && length != Some(0) && !matches!(body, Body::Nothing) {
            // Nobody shall guess that a stranger's bytes are a page.
            writer.field(names::CONTENT_TYPE, Value::fixed("application/octet-stream"));
        }
        if let Some(length) = length {
            writer.number(names::CONTENT_LENGTH, length);
        }
        Answer { status: head.status, head: bytes.into(), body }
    }

    /// A page of our own: a kind sentence.
    pub(crate) fn page(status: Status, request: &str) -> Answer {
        let text = page::page(status, request);
        let mut bytes = Vec::with_capacity(512);
        let mut writer = HeadWriter::answer(&mut bytes, status);
        let now = httpdate::fmt_http_date(std::time::SystemTime::now());
        writer
            .field(names::DATE, Value::new(now.as_bytes()).expect("a date has no control characters"))
            .field(names::CONTENT_TYPE, Value::fixed("text/html; charset=utf-8"))
            .field(names::CACHE_CONTROL, Value::fixed("no-store"))
            .field(names::X_CONTENT_TYPE_OPTIONS, Value::fixed("nosniff"))
            .number(names::CONTENT_LENGTH, text.len() as u64);
        if status == Status::UNAVAILABLE {
            writer.field(names::RETRY_AFTER, Value::fixed("2"));
        }
        Answer { status, head: bytes.into(), body: Body::Bytes(text.into()) }
    }
}
