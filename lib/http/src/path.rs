//! The path of a request, decoded once. What the routes were matched against is what the service gets.

use std::fmt;
use std::fmt::Write as _;

use percent_encoding::percent_decode_str;

use crate::limits;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    #[error("the target is longer than {} bytes", limits::TARGET)]
    TooLong,
    #[error("a target with bytes that a URL cannot hold")]
    Bytes,
    #[error("a percent sign without two hexadecimal digits")]
    Escape,
    #[error("an encoded slash, a backslash or a control character in the path")]
    Character,
    #[error("a path that is not UTF-8")]
    Encoding,
    #[error("a path that climbs above the root")]
    AboveRoot,
}

/// A decoded path: begins with `/`, has no `.` or `..` segments, no control characters, no backslash.
///
/// An encoded slash is refused, so a segment never contains one, and decoding a path of ours again gives the same path.
/// Only decoding makes one:
///
/// ```compile_fail
/// let forged = http_strict::Path("/../etc/passwd".to_owned());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path(String);

impl Path {
    /// Decodes what stands in a request before the `?`.
    pub fn decode(raw: &str) -> Result<Path, PathFault> {
        if raw.len() > limits::TARGET {
            return Err(PathFault::TooLong);
        }
        if !raw.starts_with('/') || !raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'?') {
            return Err(PathFault::Bytes);
        }
        check_escapes(raw.as_bytes())?;
        let decoded = percent_decode_str(raw).decode_utf8().map_err(|_| PathFault::Encoding)?;
        if decoded.chars().any(|c| c == '\\' || c.is_control()) {
            return Err(PathFault::Character);
        }
        Ok(Path(resolve_dots(&decoded)?))
    }

    /// The decoded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends the path as it is written in a request, with everything escaped that is not plainly allowed there.
    pub(crate) fn encode_into(&self, out: &mut Vec<u8>) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte) {
                out.push(byte);
            } else {
                out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
    }

    /// The path as it is written in a URL.
    pub fn encoded(&self) -> String {
        let mut out = Vec::with_capacity(self.0.len() + 16);
        self.encode_into(&mut out);
        String::from_utf8(out).expect("encode_into writes ASCII only")
    }
}

/// For log lines: quotes and signs of other scripts escaped, cut to a length that a line can hold.
impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 200;
        for (index, c) in self.0.chars().enumerate() {
            if index == SHOWN {
                return out.write_char('…');
            }
            write!(out, "{}", c.escape_default())?;
        }
        Ok(())
    }
}

/// What stands after the `?`, exactly as it came: visible ASCII, not decoded here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query(Box<str>);

impl Query {
    pub fn new(raw: &str) -> Result<Query, PathFault> {
        if raw.len() > limits::TARGET {
            return Err(PathFault::TooLong);
        }
        if !raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(PathFault::Bytes);
        }
        Ok(Query(raw.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_escapes(raw: &[u8]) -> Result<(), PathFault> {
    for (at, _) in raw.iter().enumerate().filter(|(_, byte)| **byte == b'%') {
        match raw.get(at + 1..at + 3) {
            Some([b'2', b'f' | b'F']) => return Err(PathFault::Character),
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {}
            _ => return Err(PathFault::Escape),
        }
    }
    Ok(())
}

/// RFC 3986 §5.2.4, but a `..` that has nothing to go up to is an attack and not a habit: browsers resolve it themselves.
fn resolve_dots(decoded: &str) -> Result<String, PathFault> {
    if !decoded.contains("/.") {
        return Ok(decoded.to_owned());
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = decoded[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop().ok_or(PathFault::AboveRoot)?;
            }
            name => {
                kept.push(name);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    Ok(format!("/{}", kept.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(raw: &str) -> Result<String, PathFault> {
        Path::decode(raw).map(|path| path.0)
    }

    #[test]
    fn dots_are_resolved_and_escapes_decoded_once() {
        for (raw, path) in [
            ("/", "/"),
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/..", "/"),
            ("/a/b/.", "/a/b/"),
            ("/a//../b", "/a/b"),
            ("/a//b", "/a//b"),
            ("/%41%2520", "/A%20"),
            ("/caf%C3%A9", "/café"),
            ("/.hidden/..rc", "/.hidden/..rc"),
        ] {
            assert_eq!(decoded(raw).as_deref(), Ok(path), "{raw}");
        }
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        for (raw, fault) in [
            ("/a%2fb", PathFault::Character),
            ("/a%5Cb", PathFault::Character),
            ("/a\\b", PathFault::Character),
            ("/a%00", PathFault::Character),
            ("/a%0d%0ab", PathFault::Character),
            ("/a%7f", PathFault::Character),
            ("/a%C2%85", PathFault::Character),
            ("/..", PathFault::AboveRoot),
            ("/a/../../b", PathFault::AboveRoot),
            ("/%c0%ae", PathFault::Encoding),
            ("/%ff", PathFault::Encoding),
            ("/%", PathFault::Escape),
            ("/%4", PathFault::Escape),
            ("/%zz", PathFault::Escape),
            ("/%+1", PathFault::Escape),
            ("/a#b", PathFault::Bytes),
            ("a", PathFault::Bytes),
            ("/a b", PathFault::Bytes),
        ] {
            assert_eq!(decoded(raw), Err(fault), "{raw}");
        }
    }

    #[test]
    fn a_written_path_is_read_as_the_same_path() {
        for raw in ["/", "/a%2520b", "/caf%C3%A9/%22%3C%3E", "/a;b=c", "/%25%32%66"] {
            let path = Path::decode(raw).expect("is a good path");
            assert_eq!(Path::decode(&path.encoded()), Ok(path), "{raw}");
        }
    }
}
