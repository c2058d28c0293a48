//! Writes heads. Whatever is written came through a type whose bytes were checked, so nothing that a service or a stranger
//! said can end a line early.

use std::io::Write as _;

use crate::{Field, Method, Name, Path, Query, Status, Value};

/// A head under construction, appended to a buffer.
#[derive(Debug)]
pub struct HeadWriter<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> HeadWriter<'o> {
    /// Begins an answer.
    pub fn answer(out: &'o mut Vec<u8>, status: Status) -> HeadWriter<'o> {
        out.extend_from_slice(b"HTTP/1.1 ");
        decimal(out, u64::from(status.code()));
        out.push(b' ');
        out.extend_from_slice(status.phrase().as_bytes());
        out.extend_from_slice(b"\r\n");
        HeadWriter { out }
    }

    /// Begins a request to a service: always origin-form, always HTTP/1.1.
    pub fn request(out: &'o mut Vec<u8>, method: Method, path: &Path, query: Option<&Query>) -> HeadWriter<'o> {
        out.extend_from_slice(method.as_str().as_bytes());
        out.push(b' ');
        path.encode_into(out);
        if let Some(query) = query {
            out.push(b'?');
            out.extend_from_slice(query.as_str().as_bytes());
        }
        out.extend_from_slice(b" HTTP/1.1\r\n");
        HeadWriter { out }
    }

    /// Goes on with a head that was begun and not ended.
    pub fn resume(out: &'o mut Vec<u8>) -> HeadWriter<'o> {
        HeadWriter { out }
    }

    pub fn field(&mut self, name: Name<'_>, value: Value<'_>) -> &mut Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        self.out.extend_from_slice(value.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        self
    }

    pub fn number(&mut self, name: Name<'_>, value: u64) -> &mut Self {
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b": ");
        decimal(self.out, value);
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Passes a field of another head on.
    pub fn copy(&mut self, field: Field<'_>) -> &mut Self {
        self.field(field.name, field.value)
    }

    /// The empty line. The buffer then holds a complete head.
    pub fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

fn decimal(out: &mut Vec<u8>, number: u64) {
    write!(out, "{number}").expect("writing to memory does not fail");
}
