//! Which service a path reaches, and what a visitor sees where none is reached.

use crate::site::{Does, Draft};

#[tokio::test]
async fn a_path_reaches_the_first_service_that_matches_it_whole() {
    let (draft, first) =
        Draft::new().pages(r"/a|/b\.css", |_| Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"));
    let (draft, second) = draft.pages("/.*", |_| Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"));
    let site = draft.start().await;
    for (path, service) in
        [("/a", "1"), ("/b.css", "1"), ("/x/../a", "1"), ("/%61", "1"), ("/b-css", "2"), ("/a/", "2")]
    {
        assert_eq!(site.get(path).await.text(), service, "{path}");
    }
    assert_eq!((first.lock().expect("whole").len(), second.lock().expect("whole").len()), (4, 2));
}

#[tokio::test]
async fn the_service_gets_exactly_the_path_that_was_matched() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers("HTTP/1.1 204 No Content\r\n\r\n"));
    let site = draft.start().await;
    for (asked_for, given) in [
        ("/a/../b", "/b"),
        ("/%2e%2e/%2e/x", ""),
        ("/%41?q=%41%2f..", "/A?q=%41%2f.."),
        ("/%2541", "/%2541"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("http://site/x", "/x"),
    ] {
        asked.lock().expect("whole").clear();
        let seen = site.get(asked_for).await;
        let asked = asked.lock().expect("whole");
        let target = asked.first().map(|request| request.split(' ').nth(1).unwrap_or_default());
        assert_eq!(target, (!given.is_empty()).then_some(given), "{asked_for}");
        assert_eq!(seen.status, if given.is_empty() { 400 } else { 204 }, "{asked_for}");
    }
}

#[tokio::test]
async fn where_nothing_is_the_visitor_gets_a_kind_page() {
    let site = Draft::new().nobody("/down").start().await;
    let seen = site.get("/nothing").await;
    assert_eq!(seen.status, 404);
    assert!(seen.text().contains("There is no page at this address."), "{}", seen.text());
    assert_eq!(seen.field("content-type"), Some("text/html; charset=utf-8"));

    let seen = site.get("/down").await;
    assert_eq!((seen.status, seen.field("retry-after")), (503, Some("2")));
    assert!(seen.text().contains(seen.field("x-request-id").expect("an id")));
    assert!(!seen.text().contains("sock"), "the cause is not the visitor's business");
}
