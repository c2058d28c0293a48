//! The head that a program writes before its page (RFC 3875 §6): lines that end with LF or CR LF, then an empty one.

use http_strict::{HeadWriter, Name, Status, Value, limits};

/// Longest head of a program, in bytes: what the answer made of it still fits into a record.
pub(super) const HEAD: usize = limits::HEAD / 2;

/// Fields of a program's head.
const FIELDS: usize = 64;

/// Fields that are the server's to say.
const NOT_ITS_OWN: &[&str] =
    &["status", "connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"];

/// Why a program's head cannot be passed on.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadOutput {
    #[error("the program's head is longer than {HEAD} bytes, or has more than {FIELDS} fields")]
    TooLong,
    #[error("the program's head has a line that is no field")]
    Line,
    #[error("the program's Status is no number from 200 to 599")]
    Status,
    #[error("the program says neither Content-Type nor Location nor Status")]
    Nothing,
}

/// Where the page begins in what the program has written, once that is known.
pub(super) fn head_end(written: &[u8]) -> Result<Option<usize>, BadOutput> {
    let mut line_start = 0;
    for (at, _) in written.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        if matches!(&written[line_start..at], b"" | b"\r") {
            return Ok(Some(at + 1));
        }
        line_start = at + 1;
    }
    if written.len() >= HEAD { Err(BadOutput::TooLong) } else { Ok(None) }
}

/// The answer head that the program's head comes to.
pub(super) fn answer_head(head: &[u8]) -> Result<(Status, Vec<u8>), BadOutput> {
    let mut fields = Vec::new();
    for line in head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        if line.is_empty() {
            continue;
        }
        if fields.len() == FIELDS {
            return Err(BadOutput::TooLong);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(BadOutput::Line)?;
        let name = Name::new(&line[..colon]).map_err(|_| BadOutput::Line)?;
        fields.push((name, Value::new(line[colon + 1..].trim_ascii()).map_err(|_| BadOutput::Line)?));
    }
    let status = status(&fields)?;
    let mut record = Vec::with_capacity(head.len() + 64);
    let mut writer = HeadWriter::answer(&mut record, status);
    for (name, value) in fields.iter().filter(|(name, _)| !name.is_one_of(NOT_ITS_OWN)) {
        writer.field(*name, *value);
    }
    writer.end();
    Ok((status, record))
}

/// What `Status` says, or what follows from the other fields.
fn status(fields: &[(Name<'_>, Value<'_>)]) -> Result<Status, BadOutput> {
    let find = |wanted: &str| fields.iter().find(|(name, _)| name.is(wanted)).map(|(_, value)| value);
    if let Some(value) = find("status") {
        let digits = value.as_bytes().get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let ends = value.as_bytes().get(3).is_none_or(|byte| *byte == b' ');
        let code = digits.filter(|_| ends).and_then(|digits| digits.parse().ok()).and_then(Status::new);
        return code.filter(|status| !status.is_interim()).ok_or(BadOutput::Status);
    }
    match (find("location"), find("content-type")) {
        (Some(_), _) => Ok(Status::FOUND),
        (None, Some(_)) => Ok(Status::OK),
        (None, None) => Err(BadOutput::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(head: &str) -> Result<String, BadOutput> {
        answer_head(head.as_bytes()).map(|(_, record)| String::from_utf8(record).expect("is text"))
    }

    #[test]
    fn a_head_of_either_kind_of_line_becomes_an_answer() {
        let plain = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: y\r\n\r\n";
        assert_eq!(text("Content-Type: text/html\nX:y\n\n").as_deref(), Ok(plain));
        assert_eq!(text("Content-Type: text/html\r\nX:   y\r\n\r\n").as_deref(), Ok(plain));
        assert_eq!(text("Status: 404 No\n\n").as_deref(), Ok("HTTP/1.1 404 Not Found\r\n\r\n"));
        assert_eq!(text("Location: /x\n\n").as_deref(), Ok("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"));
        let framed = "Status: 200\nContent-Length: 5\nTransfer-Encoding: chunked\n\n";
        assert_eq!(text(framed).as_deref(), Ok("HTTP/1.1 200 OK\r\n\r\n"));
    }

    #[test]
    fn a_head_that_is_none_is_not_passed_on() {
        for (head, fault) in [
            ("hello\n\n", BadOutput::Line),
            ("A b: c\n\n", BadOutput::Line),
            ("Content-Type: a\rb\n\n", BadOutput::Line),
            ("X: y\n\n", BadOutput::Nothing),
            ("\n", BadOutput::Nothing),
            ("Status: ok\n\n", BadOutput::Status),
            ("Status: 100\n\n", BadOutput::Status),
            ("Status: 2000\n\n", BadOutput::Status),
        ] {
            assert_eq!(text(head), Err(fault), "{head:?}");
        }
        assert_eq!(text(&("X: y\n".repeat(FIELDS + 1))), Err(BadOutput::TooLong));
    }

    #[test]
    fn the_page_begins_after_the_empty_line() {
        assert_eq!(head_end(b"A: b\n\npage"), Ok(Some(6)));
        assert_eq!(head_end(b"A: b\r\n\r\npage"), Ok(Some(8)));
        assert_eq!(head_end(b"A: b\r\n"), Ok(None));
        assert_eq!(head_end(&vec![b'a'; HEAD]), Err(BadOutput::TooLong));
    }
}
