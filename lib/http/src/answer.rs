//! The head of an answer that came from a service: as little trusted as a stranger's request, since a service may have
//! been broken into.

use crate::fields::Fields;
use crate::framing::{self, BodyLength};
use crate::refusal::HeadFault;
use crate::request::{self, Method, Version};
use crate::{CompleteHead, Status, limits};

/// An answer that cannot be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    #[error("the answer's head is refused: {0}")]
    Head(#[from] HeadFault),
    #[error("the answer's status is outside of 100 to 599")]
    Status,
}

/// How the body of an answer is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerLength {
    /// There is none, whatever the fields say: the answer to HEAD, 204, 304.
    Nothing,
    Known(u64),
    Chunked,
    /// Neither length nor chunks: what comes until the sender ends.
    UntilEnd,
}

/// An answer head that passed every check of this crate.
#[derive(Debug, Clone)]
pub struct AnswerHead {
    pub status: Status,
    pub fields: Fields,
    pub length: AnswerLength,
    /// What Content-Length says, also where there is no body (HEAD, 304).
    pub declared: Option<u64>,
    /// The service wants to go on with this connection.
    pub persistent: bool,
}

impl AnswerHead {
    /// Reads a complete head, the answer to a request of this method.
    pub fn parse(head: CompleteHead, to: Method) -> Result<AnswerHead, BadAnswer> {
        let head = head.into_bytes();
        let mut room = [httparse::EMPTY_HEADER; limits::FIELDS];
        let mut parsed = httparse::Response::new(&mut room);
        let complete = parsed.parse(&head).map_err(|error| request::fault(error, &head))?;
        let (true, Some(code), Some(minor)) = (complete.is_complete(), parsed.code, parsed.version) else {
            return Err(HeadFault::FirstLine.into());
        };
        let status = Status::new(code).ok_or(BadAnswer::Status)?;
        let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
        let fields = Fields::note(&head, parsed.headers).map_err(|_| HeadFault::Field)?;
        let declared = framing::declared(&fields, version == Version::Http10)?;
        let length = match declared {
            _ if to == Method::Head || status.never_has_body() => AnswerLength::Nothing,
            Some(BodyLength::Known(length)) => AnswerLength::Known(length),
            Some(BodyLength::Chunked) => AnswerLength::Chunked,
            None => AnswerLength::UntilEnd,
        };
        let declared = match declared {
            Some(BodyLength::Known(length)) => Some(length),
            _ => None,
        };
        Ok(AnswerHead { status, persistent: request::persistent(&fields, version), fields, length, declared })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(head: &'static str) -> Result<AnswerHead, BadAnswer> {
        let (head, _) = CompleteHead::split(head.as_bytes())?.ok_or(HeadFault::FirstLine)?;
        AnswerHead::parse(head, Method::Get)
    }

    #[test]
    fn an_answer_is_as_long_as_it_says_in_exactly_one_way() {
        let length = |head| parse(head).map(|answer| answer.length);
        assert_eq!(length("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Ok(AnswerLength::Known(5)));
        assert_eq!(length("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Ok(AnswerLength::Chunked));
        assert_eq!(length("HTTP/1.1 200 OK\r\n\r\n"), Ok(AnswerLength::UntilEnd));
        assert_eq!(length("HTTP/1.1 304 \r\nContent-Length: 5\r\n\r\n"), Ok(AnswerLength::Nothing));
        let both = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(length(both), Err(BadAnswer::Head(HeadFault::TwoLengths)));
        let twice = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n";
        assert_eq!(length(twice), Err(BadAnswer::Head(HeadFault::RepeatedLength)));
    }

    #[test]
    fn a_malformed_answer_is_not_passed_on() {
        for head in [
            "HTTP/1.1 200 OK\nA: b\n\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 999 X\r\n\r\n",
            "HTTP/1.1 20 X\r\n\r\n",
            "HTTP/2.0 200 OK\r\n\r\n",
            "200 OK\r\n\r\n",
        ] {
            assert!(parse(head).is_err(), "{head:?}");
        }
    }
}
