//! Finds where a head ends, as its bytes arrive, and refuses at the first byte that no head may contain.
//!
//! `httparse`, like most parsers, lets a bare line feed end a line. A front that does so and a back that does not (or the
//! other way round) disagree about where a request ends. Here a line ends with CR LF, and neither byte stands alone.

use bytes::{Bytes, BytesMut};

use crate::limits;
use crate::refusal::HeadFault;

/// Longest first line: method, target, version, and the blanks between them.
const FIRST_LINE: usize = limits::TARGET + 64;

/// The bytes of a head whose lines end as they should: all that a parser may be given. Only [`HeadScan`] finds one:
///
/// ```compile_fail
/// let forged = http_strict::CompleteHead(bytes::Bytes::from_static(b"GET / HTTP/1.1\n\n"));
/// ```
#[derive(Debug, Clone)]
pub struct CompleteHead(Bytes);

impl CompleteHead {
    /// Splits a record, which holds a whole head, into the head and what follows it.
    pub fn split(record: &[u8]) -> Result<Option<(CompleteHead, &[u8])>, HeadFault> {
        let Some(end) = HeadScan::default().feed(record)? else { return Ok(None) };
        let (head, rest) = record.split_at(end);
        Ok(Some((CompleteHead(Bytes::copy_from_slice(head)), rest)))
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// The search for the end of one head. Give it the same buffer each time that it has grown.
#[derive(Debug, Default)]
pub struct HeadScan {
    at: usize,
    line_start: usize,
    lines: usize,
    empty_line_before: bool,
}

impl HeadScan {
    /// Takes the head from the buffer, once it is all there.
    pub fn take(&mut self, buffer: &mut BytesMut) -> Result<Option<CompleteHead>, HeadFault> {
        let end = self.feed(buffer)?;
        Ok(end.map(|end| CompleteHead(buffer.split_to(end).freeze())))
    }

    /// The length of the head with its final empty line, once it is all there.
    ///
    /// One empty line before the first line belongs to the head: RFC 9112 §2.2 asks servers to ignore it, since old
    /// clients send it after a form.
    pub fn feed(&mut self, buffer: &[u8]) -> Result<Option<usize>, HeadFault> {
        loop {
            if self.at == self.line_start && self.lines > 0 && matches!(buffer.get(self.at), Some(b' ' | b'\t')) {
                return Err(HeadFault::FoldedLine);
            }
            let rest = buffer.get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|byte| matches!(byte, b'\r' | b'\n' | 0)).unwrap_or(rest.len());
            if self.lines == 0 && self.at - self.line_start > FIRST_LINE {
                return Err(HeadFault::FirstLineTooLong);
            }
            if self.at + 2 > limits::HEAD {
                return Err(HeadFault::TooLong);
            }
            match buffer.get(self.at..).unwrap_or_default() {
                [] | [b'\r'] => return Ok(None),
                [b'\r', b'\n', ..] => {}
                [b'\r', ..] => return Err(HeadFault::BareCarriageReturn),
                [b'\n', ..] => return Err(HeadFault::BareLineFeed),
                [..] => return Err(HeadFault::Nul),
            }
            let empty = self.at == self.line_start;
            self.at += 2;
            self.line_start = self.at;
            if self.line_ended(empty)? {
                return Ok(Some(self.at));
            }
        }
    }

    /// Whether this was the empty line that ends the head.
    fn line_ended(&mut self, empty: bool) -> Result<bool, HeadFault> {
        match (empty, self.lines) {
            (true, 0) if self.empty_line_before => Err(HeadFault::EmptyLines),
            (true, 0) => {
                self.empty_line_before = true;
                Ok(false)
            }
            (true, _) => Ok(true),
            (false, _) => {
                self.lines += 1;
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_arrives_byte_by_byte_ends_where_the_whole_one_ends() {
        let wire = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
        let mut scan = HeadScan::default();
        let found = (1..=wire.len()).find_map(|n| scan.feed(&wire[..n]).expect("is well formed"));
        assert_eq!(found, Some(wire.len() - 4));
        assert_eq!(HeadScan::default().feed(wire), Ok(found));
    }

    #[test]
    fn one_empty_line_may_come_first_but_not_two() {
        assert_eq!(HeadScan::default().feed(b"\r\nA\r\n\r\n"), Ok(Some(7)));
        assert_eq!(HeadScan::default().feed(b"\r\n\r\nA\r\n\r\n"), Err(HeadFault::EmptyLines));
    }

    #[test]
    fn a_bad_byte_is_refused_before_the_head_is_complete() {
        assert_eq!(HeadScan::default().feed(b"GET / HTTP/1.1\n"), Err(HeadFault::BareLineFeed));
        assert_eq!(HeadScan::default().feed(b"GET /\rX"), Err(HeadFault::BareCarriageReturn));
        assert_eq!(HeadScan::default().feed(b"GET /\0"), Err(HeadFault::Nul));
    }
}
