//! Every way of framing a request that one program reads differently from another, and what we answer.

mod table;

use http_strict::{BodyLength, Chunked, CompleteHead, HeadScan, Refusal, RequestHead, limits};

/// Reads all requests of one connection, as the dispatcher does: their paths and bodies, or the first refusal.
fn read_all(mut wire: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let mut requests = Vec::new();
    while !wire.is_empty() {
        let (head, rest) = CompleteHead::split(wire)?.ok_or(Refusal::CutShort)?;
        let head = RequestHead::parse(head)?;
        wire = rest;
        let mut body = Vec::new();
        match head.body {
            BodyLength::Known(length) if length > limits::BODY => return Err(Refusal::BodyTooLong),
            BodyLength::Known(length) => {
                let part = wire.get(..length as usize).ok_or(Refusal::CutShort)?;
                body.extend_from_slice(part);
                wire = &wire[part.len()..];
            }
            BodyLength::Chunked => {
                let fed = Chunked::new(limits::BODY).feed(wire, &mut body)?;
                if !fed.done {
                    return Err(Refusal::CutShort);
                }
                wire = &wire[fed.used..];
            }
        }
        requests.push((head.path.as_str().to_owned(), body));
        if !head.persistent {
            break;
        }
    }
    Ok(requests)
}

#[test]
fn every_attack_is_refused_with_its_status() {
    let attacks = table::attacks();
    assert!(attacks.len() >= 90, "the table has shrunk to {}", attacks.len());
    for attack in attacks {
        let answer = read_all(&attack.wire).map_err(|refusal| refusal.status().code());
        assert_eq!(answer, Err(attack.status), "{}: {}", attack.name, attack.wire.escape_ascii());
    }
}

#[test]
fn every_harmless_twin_is_read_whole() {
    for twin in table::twins() {
        let requests = read_all(&twin.wire).unwrap_or_else(|refusal| panic!("{}: {refusal}", twin.name));
        assert_eq!(requests, twin.requests, "{}", twin.name);
    }
}

#[test]
fn no_attack_is_accepted_however_its_bytes_are_cut() {
    for attack in table::attacks() {
        let mut scan = HeadScan::default();
        let found = (1..=attack.wire.len()).find_map(|n| scan.feed(&attack.wire[..n]).transpose());
        let whole = HeadScan::default().feed(&attack.wire).transpose();
        assert_eq!(found, whole, "{}", attack.name);
    }
}
