//! The attacks of `http-strict`, over a real connection: refused, closed, unseen by any service, and nobody else is hurt.

#[path = "../../../lib/http/tests/framing/table.rs"]
mod table;

use crate::site::{Does, Draft, Seen};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn every_attack_is_refused_before_any_service_hears_of_it() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers(HELLO));
    let site = draft.limits(|limits| limits.body_time = std::time::Duration::from_millis(300)).start().await;
    for attack in table::attacks() {
        let answer = site.raw(&attack.wire).await;
        let seen = Seen::of(&answer);
        // Over a connection that stays open, what is cut short is merely late.
        let late = seen.status == 408 && attack.status == 400;
        assert!(seen.status == attack.status || late, "{}: {}", attack.name, seen.head);
        assert_eq!(seen.field("connection"), Some("close"), "{}", attack.name);
        let heads = answer.windows(9).filter(|nine| nine == b"HTTP/1.1 ").count();
        assert_eq!(heads, 1, "{}: one refusal and nothing more", attack.name);
        assert!(asked.lock().expect("not poisoned").is_empty(), "{} reached the service", attack.name);
    }
    assert_eq!(site.get("/").await.text(), "hello", "the next visitor is served");
}

#[tokio::test]
async fn every_harmless_twin_reaches_the_service_as_it_was_meant() {
    for twin in table::twins() {
        let (draft, asked) = Draft::new().pages("(?s:.*)", |_| Does::Answers(HELLO));
        let site = draft.start().await;
        let mut wire = twin.wire.clone();
        wire.extend_from_slice(b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let _ = site.raw(&wire).await;
        let asked = asked.lock().expect("not poisoned").clone();
        for (index, (path, body)) in twin.requests.iter().enumerate() {
            let request = asked.get(index).unwrap_or_else(|| panic!("{}: request {index} is missing", twin.name));
            let target = request.split(' ').nth(1).unwrap_or_default();
            let encoded = http_strict::Path::decode(target.split('?').next().unwrap_or_default()).expect("a path");
            assert_eq!(
                (encoded.as_str(), request.split_once("\r\n\r\n").map(|(_, body)| body.as_bytes())),
                (path.as_str(), Some(body.as_slice())),
                "{}",
                twin.name
            );
        }
    }
}
