//! Ranges (RFC 9110 §14): one part of a file. Whoever asks for several at once gets the whole, which the RFC allows.

use http_strict::{Method, RequestHead};

use crate::conditions::{self, Version};

/// What of a file is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Whole,
    Part {
        start: u64,
        length: u64,
    },
    /// A part that does not exist: 416.
    Nothing,
}

/// Reads the Range field of a request for a file of this length.
pub(crate) fn wanted(request: &RequestHead, version: &Version, length: u64) -> Wanted {
    if request.method != Method::Get || !conditions::is_same(request, version) {
        return Wanted::Whole;
    }
    let range = request.fields.only("range").and_then(|value| value.as_str());
    range.and_then(|range| parse(range, length)).unwrap_or(Wanted::Whole)
}

/// `None` if it is no single range of bytes: such a field is ignored.
fn parse(range: &str, length: u64) -> Option<Wanted> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (start, end) = match (first, last) {
        ("", last) => (length.saturating_sub(number(last)?), length),
        (first, "") => (number(first)?, length),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            (first, last.saturating_add(1).min(length))
        }
    };
    Some(if start < end { Wanted::Part { start, length: end - start } } else { Wanted::Nothing })
}

/// Digits only; a number too large for a file is as good as the largest.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_everything_else_is_the_whole() {
        let part = |start, length| Some(Wanted::Part { start, length });
        for (range, wanted) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 3)),
            ("bytes=2-", part(2, 8)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-99", part(0, 10)),
            ("bytes=5-99", part(5, 5)),
            ("BYTES=5-5", part(5, 1)),
            ("bytes=0-18446744073709551615", part(0, 10)),
            ("bytes=10-", Some(Wanted::Nothing)),
            ("bytes=99999999999999999999-", Some(Wanted::Nothing)),
            ("bytes=-0", Some(Wanted::Nothing)),
            ("bytes=4-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=a-b", None),
            ("bytes=+1-2", None),
            ("bytes=-", None),
            ("lines=0-1", None),
            ("bytes", None),
        ] {
            assert_eq!(parse(range, 10), wanted, "{range}");
        }
        assert_eq!(parse("bytes=0-0", 0), Some(Wanted::Nothing));
    }
}
