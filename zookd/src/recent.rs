//! Answers that were true less than a second ago.
//!
//! A file that everybody asks for is opened by the file service once per second, not once per visitor. Only whole files are
//! kept, and only for visitors who asked for nothing but the file.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_strict::{AnswerHead, Method, RequestHead, Status};

use crate::answer::{Answer, Body};

/// Answers kept at a time. Each may hold a descriptor.
const KEPT: usize = 256;

/// Longest Accept-Encoding that is told apart, in bytes.
const ENCODINGS: usize = 128;

/// Fields whose presence makes a request more than a wish for the file.
const NOT_PLAIN: &[&str] = &[
    "authorization",
    "cache-control",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "pragma",
    "range",
];

/// What one file service answered lately.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<HashMap<Wish, (Instant, Answer)>>);

/// What a plain request wishes: a path, and the encodings that its visitor understands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wish(Box<[u8]>);

impl Wish {
    /// `None` if the request is not plain.
    pub(crate) fn of(request: &RequestHead) -> Option<Wish> {
        if request.method != Method::Get || request.query.is_some() {
            return None;
        }
        let mut wish = request.path.as_str().as_bytes().to_vec();
        for field in request.fields.iter() {
            if field.name.is_one_of(NOT_PLAIN) {
                return None;
            }
            if field.name.is("accept-encoding") {
                if field.value.as_bytes().len() > ENCODINGS {
                    return None;
                }
                // A path holds no control characters, so it cannot be mistaken for one with encodings.
                wish.push(0);
                wish.extend_from_slice(field.value.as_bytes());
            }
        }
        Some(Wish(wish.into()))
    }
}

impl Recent {
    /// The answer to the same wish, if it is not older than `lifetime`.
    pub(crate) fn find(&self, wish: &Wish, lifetime: Duration) -> Option<Answer> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, answer) = kept.get(wish)?;
        if asked.elapsed() < lifetime { answer.share() } else { None }
    }

    /// Keeps an answer that the file service gave when it was asked at `asked`, if it is one to keep.
    pub(crate) fn keep(&self, wish: Wish, asked: Instant, head: &AnswerHead, answer: &Answer, lifetime: Duration) {
        let (true, Some(shared)) = (may_be_kept(head), answer.share()) else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT && !kept.contains_key(&wish) {
            kept.retain(|_, (asked, _)| asked.elapsed() < lifetime);
        }
        if kept.len() < KEPT {
            kept.insert(wish, (asked, shared));
        }
    }
}

/// A whole file with a name for its content, the same for everybody.
fn may_be_kept(head: &AnswerHead) -> bool {
    let says = |name: &str, words: &[&str]| {
        head.fields.all(name).any(|value| {
            value.elements().any(|element| words.iter().any(|word| element.eq_ignore_ascii_case(word.as_bytes())))
        })
    };
    let varies_otherwise = head
        .fields
        .all("vary")
        .any(|value| value.elements().any(|element| !element.eq_ignore_ascii_case(b"accept-encoding")));
    head.status == Status::OK
        && head.fields.only("etag").is_some()
        && head.fields.all("set-cookie").next().is_none()
        && !says("cache-control", &["no-store", "private"])
        && !varies_otherwise
}

impl Answer {
    /// The same answer once more, if it is one that can be given twice.
    fn share(&self) -> Option<Answer> {
        let body = match &self.body {
            Body::Bytes(bytes) => Body::Bytes(bytes.clone()),
            Body::File { file, offset, length } => Body::File { file: file.clone(), offset: *offset, length: *length },
            Body::Nothing | Body::Stream(_) | Body::Running(_) => return None,
        };
        Some(Answer { status: self.status, head: self.head.clone(), body })
    }
}
