//! A server before this one, which speaks for its visitors, and others who would like to be one.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tracing::field::Field;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::site::{Does, Draft};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn only_a_front_says_for_whom_it_asks() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let site = draft.fronts("127.0.0.1").start().await;
    let said = "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n";
    for (peer, address, scheme) in [("127.0.0.1", "192.0.2.7", "https"), ("127.0.0.2", "127.0.0.2", "http")] {
        assert_eq!(site.get_from(peer, said).await.status, 200);
        let request = asked.lock().expect("whole").pop().expect("it was asked").to_ascii_lowercase();
        assert!(
            request.contains(&format!("x-forwarded-for: {address}\r\nx-forwarded-proto: {scheme}\r\n")),
            "{request}"
        );
        assert!(!request.contains("6.6.6.6") && request.matches("x-forwarded-").count() == 2, "{request}");
    }
}

#[tokio::test]
async fn each_visitor_of_a_front_has_a_share_of_his_own() {
    let (draft, asked) = Draft::new()
        .pages("/.*", |request| if request.starts_with("GET /long") { Does::Sleeps } else { Does::Answers(OK) });
    let site = draft.fronts("127.0.0.1").limits(|limits| limits.connections_per_address = 2).start().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = site.connect().await;
        let head = "GET /long HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("written");
        held.push(stream);
    }
    while asked.lock().expect("whole").len() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(site.get_with("/", "X-Forwarded-For: 192.0.2.1\r\n").await.status, 503);
    for _ in 0..5 {
        assert_eq!(site.get_with("/", "X-Forwarded-For: 192.0.2.2\r\n").await.status, 200, "others have theirs");
    }
}

/// What zookd logs.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<String>>);

impl<S: Subscriber> Layer<S> for Logged {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut log = self.0.lock().expect("whole");
        event.record(&mut |field: &Field, value: &dyn Debug| write!(log, "{field}={value:?} ").expect("memory"));
        log.push('\n');
    }
}

#[tokio::test]
async fn a_refusal_is_logged_with_the_address_of_whoever_was_refused() {
    let logged = Logged::default();
    // With one subscriber alone, tracing asks only the thread that first comes to an event, and that may be another test's.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _here = tracing::subscriber::set_default(tracing_subscriber::registry().with(logged.clone()));
    let (draft, _asked) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let site = draft.fronts("127.0.0.1").start().await;
    for (fields, address) in [("Content-Length: 999999999", "192.0.2.7"), ("no field", "127.0.0.1")] {
        let head = format!("POST / HTTP/1.1\r\nHost: site\r\nX-Forwarded-For: 192.0.2.7\r\n{fields}\r\n\r\n");
        site.raw(head).await;
        let log = std::mem::take(&mut *logged.0.lock().expect("whole"));
        let refused = log.lines().find(|line| line.contains("message=refused")).expect("it is logged");
        assert!(refused.contains(&format!("address={address} ")), "{refused}");
    }
}
