//! The request as a service gets it: the visitor's, without what belongs to the visitor's connection, and with what only the
//! dispatcher knows.

use http_strict::{HeadWriter, Method, RequestHead, Value, names};

use crate::body::Body;
use crate::front::Source;

/// Names that only the dispatcher may say, and names by which others have been fooled: `Proxy` becomes `HTTP_PROXY` in a
/// CGI program, and is then believed.
const OURS: &[&str] = &[
    "forwarded",
    "proxy",
    "x-descriptor-offset",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];

/// A request on its way to a service.
#[derive(Debug)]
pub(crate) struct Outgoing<'r> {
    pub(crate) head: &'r RequestHead,
    pub(crate) body: Body,
    pub(crate) id: &'r str,
    pub(crate) from: Source,
}

impl Outgoing<'_> {
    /// Its head, as bytes.
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(1024);
        let mut head = HeadWriter::request(&mut wire, self.head.method, &self.head.path, self.head.query.as_ref());
        if self.head.fields.only("host").is_none() {
            // HTTP/1.0 may leave it out, HTTP/1.1 to the service may not.
            head.field(names::HOST, Value::fixed("localhost"));
        }
        for field in self.head.fields.end_to_end().filter(|field| !field.name.is_one_of(OURS)) {
            head.copy(field);
        }
        let from = self.from.address.to_string();
        for (name, value) in [
            (names::X_REQUEST_ID, self.id),
            (names::X_FORWARDED_FOR, &from),
            (names::X_FORWARDED_PROTO, self.from.scheme),
        ] {
            head.field(name, Value::new(value.as_bytes()).expect("an id or an address has no control characters"));
        }
        if self.head.method == Method::Post {
            head.number(names::CONTENT_LENGTH, self.body.bytes().len() as u64);
        }
        head.end();
        wire
    }

    /// It can be asked a second time if nobody answered the first: it changes nothing by its nature (RFC 9110 §9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        self.head.method != Method::Post
    }
}
