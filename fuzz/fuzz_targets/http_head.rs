//! Heads of requests and of answers. However the bytes arrive, the head ends at the same place; and one that is accepted and
//! passed on is read by the next in line as the same.

#![no_main]

use http_strict::{AnswerHead, Chunked, CompleteHead, HeadScan, HeadWriter, Method, RequestHead};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(Some((head, rest))) = CompleteHead::split(data) else {
        assert!(!matches!(in_pieces(data), Ok(Some(_))));
        return;
    };
    assert_eq!(in_pieces(data), Ok(Some(data.len() - rest.len())));
    if let Ok(request) = RequestHead::parse(head.clone()) {
        let mut out = Vec::new();
        let mut writer = HeadWriter::request(&mut out, request.method, &request.path, request.query.as_ref());
        for field in request.fields.iter() {
            writer.copy(field);
        }
        writer.end();
        let (again, nothing) = CompleteHead::split(&out).expect("well formed").expect("complete");
        assert!(nothing.is_empty());
        let again = RequestHead::parse(again);
        // Only the version is ours, not the sender's.
        match again {
            Ok(again) => {
                assert_eq!((again.method, again.body), (request.method, request.body));
                assert_eq!((&again.path, &again.query), (&request.path, &request.query));
                assert!(again.fields.iter().map(bytes).eq(request.fields.iter().map(bytes)));
            }
            Err(why) => assert_eq!(request.version, http_strict::Version::Http10, "{why}"),
        }
    }
    for method in [Method::Get, Method::Head] {
        let _ = AnswerHead::parse(head.clone(), method);
    }
    let mut body = Vec::new();
    let _ = Chunked::new(1 << 16).feed(rest, &mut body);
    assert!(body.len() <= rest.len().min(1 << 16));
});

fn in_pieces(data: &[u8]) -> Result<Option<usize>, http_strict::HeadFault> {
    let mut scan = HeadScan::default();
    for end in 1..=data.len() {
        if let Some(found) = scan.feed(&data[..end])? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn bytes(field: http_strict::Field<'_>) -> (Vec<u8>, Vec<u8>) {
    (field.name.as_bytes().to_vec(), field.value.as_bytes().to_vec())
}
