//! The head of a request, as a value that cannot be wrong.

use crate::fields::Fields;
use crate::framing::{self, BodyLength};
use crate::host::is_host;
use crate::refusal::{HeadFault, Refusal};
use crate::{CompleteHead, Path, Query, limits, target};

/// The methods that a site made of pages and forms needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Post,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
        }
    }

    fn from_word(word: &str) -> Result<Method, Refusal> {
        match word {
            "GET" => Ok(Method::Get),
            "HEAD" => Ok(Method::Head),
            "POST" => Ok(Method::Post),
            _ => Err(Refusal::Method),
        }
    }
}

/// The version that a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    Http10,
    Http11,
}

/// A request head that passed every check of this crate.
#[derive(Debug, Clone)]
pub struct RequestHead {
    pub method: Method,
    pub path: Path,
    pub query: Option<Query>,
    pub version: Version,
    pub fields: Fields,
    /// Zero for every GET and HEAD.
    pub body: BodyLength,
    /// The client wants to go on with this connection.
    pub persistent: bool,
    /// The client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
}

impl RequestHead {
    /// Reads a complete head.
    pub fn parse(head: CompleteHead) -> Result<RequestHead, Refusal> {
        let head = head.into_bytes();
        let mut room = [const { std::mem::MaybeUninit::uninit() }; limits::FIELDS];
        let mut parsed = httparse::Request::new(&mut []);
        let complete = parsed.parse_with_uninit_headers(&head, &mut room).map_err(|error| fault(error, &head))?;
        if !complete.is_complete() {
            return Err(HeadFault::FirstLine.into());
        }
        let (Some(method), Some(raw_target), Some(minor)) = (parsed.method, parsed.path, parsed.version) else {
            return Err(HeadFault::FirstLine.into());
        };
        let method = Method::from_word(method)?;
        let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
        let target = target::parse(raw_target)?;
        let fields = Fields::note(&head, parsed.headers).map_err(|_| HeadFault::Field)?;
        check_host(&fields, target.authority, version)?;
        let body = framing::declared(&fields, version == Version::Http10)?.unwrap_or(BodyLength::Known(0));
        if method != Method::Post && body != BodyLength::Known(0) {
            // Some programs read it, others leave it in the stream as the next request: nobody needs it.
            return Err(Refusal::BodyNotExpected);
        }
        Ok(RequestHead {
            method,
            path: target.path,
            query: target.query,
            version,
            persistent: persistent(&fields, version),
            expects_continue: expects_continue(&fields, version)?,
            fields,
            body,
        })
    }
}

/// Whether the sender of these fields wants to keep the connection: unless it says otherwise, since HTTP/1.1.
pub(crate) fn persistent(fields: &Fields, version: Version) -> bool {
    let says = |word: &[u8]| {
        fields.all("connection").any(|value| value.elements().any(|option| option.eq_ignore_ascii_case(word)))
    };
    !says(b"close") && (version == Version::Http11 || says(b"keep-alive"))
}

/// What `httparse` refused, in our words.
pub(crate) fn fault(error: httparse::Error, head: &[u8]) -> HeadFault {
    match error {
        httparse::Error::TooManyHeaders => HeadFault::TooManyFields,
        httparse::Error::HeaderName | httparse::Error::HeaderValue => HeadFault::Field,
        httparse::Error::Version if names_other_version(head) => HeadFault::Version,
        _ => HeadFault::FirstLine,
    }
}

/// `HTTP/2.0` at the end of the line, as in the preface of HTTP/2: a version, if not one of ours.
fn names_other_version(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let word = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    matches!(word, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit() && !word.ends_with(b"1.0") && !word.ends_with(b"1.1"))
}

fn check_host(fields: &Fields, authority: Option<&str>, version: Version) -> Result<(), Refusal> {
    let mut hosts = fields.all("host");
    let host = match (hosts.next(), hosts.next()) {
        (Some(_), Some(_)) => return Err(Refusal::HostRepeated),
        (None, _) if version == Version::Http10 => return Ok(()),
        (None, _) => return Err(Refusal::HostMissing),
        (Some(host), None) => host.as_bytes(),
    };
    if !is_host(host) {
        return Err(Refusal::Host);
    }
    match authority {
        Some(authority) if !authority.as_bytes().eq_ignore_ascii_case(host) => Err(Refusal::HostDiffers),
        _ => Ok(()),
    }
}

fn expects_continue(fields: &Fields, version: Version) -> Result<bool, Refusal> {
    let mut expectations = fields.all("expect").peekable();
    // HTTP/1.0 knows no interim answers (RFC 9110 §10.1.1).
    if expectations.peek().is_none() || version == Version::Http10 {
        return Ok(false);
    }
    if expectations.all(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        Ok(true)
    } else {
        Err(Refusal::Expectation)
    }
}
