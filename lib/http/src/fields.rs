//! Fields of a head: names and values whose bytes have been checked, so that no value can begin a new line.

use std::ops::Range;

use bytes::Bytes;

/// Bytes that no field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bytes that a field of a head cannot hold")]
pub struct ForbiddenBytes;

/// The name of a field: letters, digits and the few signs of an RFC 9110 token.
#[derive(Debug, Clone, Copy)]
pub struct Name<'n>(&'n [u8]);

impl<'n> Name<'n> {
    /// A name written in the program: see [`crate::names`]. In a `const` it is checked when the program is compiled.
    pub const fn fixed(name: &'static str) -> Name<'static> {
        assert!(is_token(name.as_bytes()), "a field name is a token");
        Name(name.as_bytes())
    }

    pub fn new(name: &'n [u8]) -> Result<Name<'n>, ForbiddenBytes> {
        if is_token(name) { Ok(Name(name)) } else { Err(ForbiddenBytes) }
    }

    pub fn as_bytes(self) -> &'n [u8] {
        self.0
    }

    pub fn as_str(self) -> &'n str {
        std::str::from_utf8(self.0).expect("a token is ASCII")
    }

    pub fn is(self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other.as_bytes())
    }

    pub fn is_one_of(self, others: &[&str]) -> bool {
        others.iter().any(|other| self.is(other))
    }
}

/// The value of a field: no control character but the tab, so never a line of its own. There is no way around the check:
///
/// ```compile_fail
/// let forged = http_strict::Value(b"x\r\nSet-Cookie: a=b");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'v>(&'v [u8]);

impl<'v> Value<'v> {
    /// A value written in the program. In a `const` it is checked when the program is compiled.
    pub const fn fixed(value: &'static str) -> Value<'static> {
        assert!(is_value(value.as_bytes()), "a field value has no control characters");
        Value(value.as_bytes())
    }

    pub fn new(value: &'v [u8]) -> Result<Value<'v>, ForbiddenBytes> {
        if is_value(value) { Ok(Value(value)) } else { Err(ForbiddenBytes) }
    }

    pub fn as_bytes(self) -> &'v [u8] {
        self.0
    }

    /// The text, if it is plain UTF-8.
    pub fn as_str(self) -> Option<&'v str> {
        std::str::from_utf8(self.0).ok()
    }

    /// The elements of a list such as `Connection: close, te`, without blanks around them.
    pub fn elements(self) -> impl Iterator<Item = &'v [u8]> {
        self.0.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
    }
}

/// One field of a head.
#[derive(Debug, Clone, Copy)]
pub struct Field<'f> {
    pub name: Name<'f>,
    pub value: Value<'f>,
}

/// The fields of one head, in their order. They stay where they arrived; only their places are noted.
#[derive(Debug, Clone)]
pub struct Fields {
    head: Bytes,
    places: Vec<Place>,
}

/// A head is at most 16 KiB, so 16 bits hold any place in it.
#[derive(Debug, Clone, Copy)]
struct Place {
    name: (u16, u16),
    value: (u16, u16),
}

/// They concern one connection and go no further (RFC 9110 §7.6.1), or the framing, which is written anew at each hop.
const ONE_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
];

impl Fields {
    /// Takes what `httparse` found in `head`, after checking it once more by our own rule.
    pub(crate) fn note(head: &Bytes, parsed: &[httparse::Header<'_>]) -> Result<Fields, ForbiddenBytes> {
        let mut places = Vec::with_capacity(parsed.len());
        for header in parsed {
            let (name, value) = (Name::new(header.name.as_bytes())?, Value::new(header.value.trim_ascii())?);
            places.push(Place { name: place(head, name.0)?, value: place(head, value.0)? });
        }
        Ok(Fields { head: head.clone(), places })
    }

    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.places.iter().map(|place| Field {
            name: Name(&self.head[range(place.name)]),
            value: Value(&self.head[range(place.value)]),
        })
    }

    /// Every value of this name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = Value<'f>> {
        self.iter().filter(move |field| field.name.is(name)).map(|field| field.value)
    }

    /// The value of this name, if there is exactly one. Where two would be read differently by different programs,
    /// neither counts.
    pub fn only(&self, name: &str) -> Option<Value<'_>> {
        let mut found = self.iter().filter(|field| field.name.is(name));
        match (found.next(), found.next()) {
            (Some(field), None) => Some(field.value),
            _ => None,
        }
    }

    /// The fields that a relay passes on: without those of one hop and those that `Connection` names, and without names
    /// that CGI and WSGI cannot tell apart (`X_Real_IP` from `X-Real-IP`).
    pub fn end_to_end(&self) -> impl Iterator<Item = Field<'_>> {
        let names_more = self.all("connection").any(|value| value.elements().any(|option| !is_plain_option(option)));
        self.iter().filter(move |field| {
            !field.name.is_one_of(ONE_HOP)
                && field.name.0.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
                && !(names_more && self.named_by_connection(field.name))
        })
    }

    fn named_by_connection(&self, name: Name<'_>) -> bool {
        // A Host is the message's own, whatever its sender says.
        !name.is("host")
            && self.all("connection").any(|value| value.elements().any(|option| option.eq_ignore_ascii_case(name.0)))
    }
}

fn is_plain_option(option: &[u8]) -> bool {
    option.is_empty() || option.eq_ignore_ascii_case(b"close") || option.eq_ignore_ascii_case(b"keep-alive")
}

fn place(head: &[u8], part: &[u8]) -> Result<(u16, u16), ForbiddenBytes> {
    let start = (part.as_ptr() as usize).checked_sub(head.as_ptr() as usize).ok_or(ForbiddenBytes)?;
    let end = start + part.len();
    if end > head.len() {
        return Err(ForbiddenBytes);
    }
    let narrow = |offset: usize| u16::try_from(offset).map_err(|_| ForbiddenBytes);
    Ok((narrow(start)?, narrow(end)?))
}

fn range((start, end): (u16, u16)) -> Range<usize> {
    usize::from(start)..usize::from(end)
}

/// Which bytes a token may hold (RFC 9110 §5.6.2).
const TOKEN: [bool; 256] = {
    let mut allowed = [false; 256];
    let signs = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < 256 {
        allowed[at] = (at as u8).is_ascii_alphanumeric();
        at += 1;
    }
    at = 0;
    while at < signs.len() {
        allowed[signs[at] as usize] = true;
        at += 1;
    }
    allowed
};

const fn is_token(bytes: &[u8]) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        if !TOKEN[bytes[at] as usize] {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty()
}

const fn is_value(bytes: &[u8]) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\t' && (bytes[at] < b' ' || bytes[at] == 0x7f) {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_begin_a_new_line() {
        assert!(Value::new(b"text/html; charset=utf-8").is_ok());
        assert_eq!(Value::new(b"x\r\nSet-Cookie: a=b"), Err(ForbiddenBytes));
        assert_eq!(Value::new(b"x\nSet-Cookie: a=b"), Err(ForbiddenBytes));
        assert_eq!(Value::new(b"x\0"), Err(ForbiddenBytes));
        assert!(Name::new(b"Set-Cookie: a\r\nX").is_err());
    }
}
