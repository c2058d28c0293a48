//! How long a body is. The one question whose wrong answer lets a stranger's request hide inside another's.

use crate::fields::Fields;
use crate::refusal::HeadFault;

/// How the body of a request is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    Known(u64),
    Chunked,
}

/// What a head says about its body; `None` if it says nothing.
pub(crate) fn declared(fields: &Fields, old_version: bool) -> Result<Option<BodyLength>, HeadFault> {
    let mut lengths = fields.all("content-length");
    let mut codings = fields.all("transfer-encoding");
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(HeadFault::TwoLengths),
        // Even two equal lengths are refused: who sends them is broken or probing.
        (Some(_), None) if lengths.next().is_some() => Err(HeadFault::RepeatedLength),
        (Some(length), None) => number(length.as_bytes()).map(|length| Some(BodyLength::Known(length))),
        (None, Some(_)) if old_version => Err(HeadFault::TransferEncodingInOldVersion),
        (None, Some(_)) if codings.next().is_some() => Err(HeadFault::TransferEncoding),
        (None, Some(coding)) => only_chunked(coding.as_bytes()).map(|()| Some(BodyLength::Chunked)),
    }
}

fn number(digits: &[u8]) -> Result<u64, HeadFault> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(HeadFault::Length);
    }
    let text = std::str::from_utf8(digits).map_err(|_| HeadFault::Length)?;
    text.parse().map_err(|_| HeadFault::HugeLength)
}

fn only_chunked(value: &[u8]) -> Result<(), HeadFault> {
    if value.eq_ignore_ascii_case(b"chunked") {
        return Ok(());
    }
    // A well-formed list that ends with `chunked` once, or a single other word: understood, but not implemented.
    let mut codings: Vec<&[u8]> = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
    let several = codings.len() > 1;
    let last = codings.pop().unwrap_or_default();
    let word =
        |coding: &[u8]| !coding.is_empty() && coding.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    if word(last) && chunked(last) == several && codings.iter().all(|coding| word(coding) && !chunked(coding)) {
        return Err(HeadFault::TransferCoding);
    }
    Err(HeadFault::TransferEncoding)
}
