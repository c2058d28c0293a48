//! Page services: what they are told, and what of their answers arrives.

use tokio::io::AsyncWriteExt;

use crate::site::{Does, Draft, Seen, one_answer};

#[tokio::test]
async fn a_service_is_told_what_only_the_dispatcher_knows() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers("HTTP/1.1 204 No Content\r\n\r\n"));
    let site = draft.start().await;
    let forged = "X-Forwarded-For: 6.6.6.6\r\nx-request-id: forged\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6\r\nProxy: evil\r\n\
                  X_Forwarded_For: 6.6.6.6\r\nConnection: X-Secret\r\nX-Secret: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nCookie: a=b\r\n";
    let seen = site.get_with("/", forged).await;
    let asked = asked.lock().expect("whole");
    let request = asked[0].to_ascii_lowercase();
    for gone in ["6.6.6.6", "forged", "for=6", "proxy", "x-secret", "trailers", "h2c", "connection"] {
        assert!(!request.contains(gone), "{gone} in {request}");
    }
    let id = seen.field("x-request-id").expect("an id");
    for there in ["host: site", "cookie: a=b", "x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http", id] {
        assert!(request.contains(there), "{there} not in {request}");
    }
}

#[tokio::test]
async fn answers_arrive_however_their_length_is_told() {
    let (draft, _) = Draft::new().pages("/.*", |request| match request.split(' ').nth(1) {
        Some("/length") => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        Some("/chunks") => {
            Does::Answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
        }
        Some("/end") => Does::Ends("HTTP/1.0 200 OK\r\n\r\nhello"),
        Some("/interim") => {
            Does::Answers("HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        }
        _ => Does::Answers("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    });
    let site = draft.start().await;
    for path in ["/length", "/interim"] {
        let seen = site.get(path).await;
        assert_eq!(
            (seen.status, seen.field("content-length"), seen.text().as_str()),
            (200, Some("5"), "hello"),
            "{path}"
        );
    }
    for path in ["/chunks", "/end"] {
        let seen = site.get(path).await;
        assert_eq!((seen.status, seen.field("transfer-encoding")), (200, Some("chunked")), "{path}");
        assert_eq!(seen.unchunked(), ("hello".to_owned(), true), "{path}");
        let old = Seen::of(&site.raw(format!("GET {path} HTTP/1.0\r\n\r\n")).await);
        assert_eq!((old.text().as_str(), old.field("transfer-encoding")), ("hello", None), "{path}");
    }
    let seen = site.get("/304").await;
    assert_eq!((seen.status, seen.body.len()), (304, 0));
}

#[tokio::test]
async fn a_broken_answer_is_a_page_of_ours_and_the_next_visitor_is_served() {
    let (draft, _) = Draft::new().pages("/.*", |request| match request.split(' ').nth(1) {
        Some("/two-lengths") => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        Some("/split") => Does::Answers("HTTP/1.1 200 OK\nA: b\n\n"),
        Some("/nonsense") => Does::Ends("hello"),
        Some("/gone") => Does::Ends(""),
        Some("/cut") => Does::Ends("HTTP/1.1 200 OK\r\nCont"),
        _ => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: secret\r\n\r\nok"),
    });
    let site = draft.start().await;
    for (path, status) in [("/two-lengths", 502), ("/split", 502), ("/nonsense", 502), ("/gone", 503), ("/cut", 502)] {
        assert_eq!(site.get(path).await.status, status, "{path}");
        let seen = site.get("/fine").await;
        assert_eq!((seen.status, seen.field("server")), (200, None));
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_look_whole() {
    let (draft, _) = Draft::new().pages("/.*", |request| match request.split(' ').nth(1) {
        Some("/length") => Does::Ends("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        _ => Does::Ends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
    });
    let site = draft.start().await;
    let seen = site.get("/length").await;
    assert_eq!((seen.field("content-length"), seen.text().as_str()), (Some("10"), "half"));
    let seen = site.get("/chunks").await;
    assert_eq!(seen.unchunked(), ("half".to_owned(), false));
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_in_their_order() {
    let (draft, asked) = Draft::new().pages("/.*", |request| match request.split(' ').nth(1) {
        Some("/1") => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"),
        _ => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"),
    });
    let site = draft.start().await;
    let mut stream = site.connect().await;
    let both = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcHEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    stream.write_all(both.as_bytes()).await.expect("written");
    assert_eq!(one_answer(&mut stream).await.text(), "1");
    assert_eq!(one_answer(&mut stream).await.text(), "2");
    assert!(asked.lock().expect("whole")[1].ends_with("\r\n\r\nabc"));
}

#[tokio::test]
async fn a_kept_connection_that_the_service_left_is_replaced_unless_something_may_have_happened() {
    // Each connection answers once and is then gone without a word, as after a restart.
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Ends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    let site = draft.start().await;
    for _ in 0..3 {
        assert_eq!(site.get("/").await.status, 200);
        let post = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
        assert_eq!(Seen::of(&site.raw(post).await).status, 200);
    }
    assert_eq!(asked.lock().expect("whole").len(), 6, "nothing was asked twice");
}

/// As a service would do it that lost count, or that was broken into: the next visitor must not get it.
#[tokio::test]
async fn what_a_service_says_beyond_its_answer_is_nobodys() {
    let (draft, asked) = Draft::new().pages("/.*", |request| match request.split(' ').nth(1) {
        Some("/two") => Does::Answers(concat!(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nmine\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nevil\n"
        )),
        _ => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ngood\n"),
    });
    let site = draft.start().await;
    for _ in 0..3 {
        assert_eq!(site.get("/two").await.text(), "mine\n");
        assert_eq!(site.get("/one").await.text(), "good\n");
    }
    assert_eq!(asked.lock().expect("whole").len(), 6);
}

/// It had the request, and may have done what it says.
#[tokio::test]
async fn a_form_is_not_sent_a_second_time_to_a_service_that_dies_over_it() {
    let (draft, asked) = Draft::new().pages("/.*", |request| match request.split(' ').next() {
        Some("GET") => Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        _ => Does::Ends(""),
    });
    let site = draft.start().await;
    assert_eq!(site.get("/").await.status, 200, "there is a connection to go on with");
    let post = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(Seen::of(&site.raw(post).await).status, 503);
    assert_eq!(asked.lock().expect("whole").len(), 2);
}

#[tokio::test]
async fn a_service_that_sleeps_is_late() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Sleeps);
    let site = draft.limits(|limits| limits.answer_time = std::time::Duration::from_millis(100)).start().await;
    let seen = site.get("/").await;
    assert_eq!(seen.status, 504);
    assert!(seen.text().contains("did not answer in time"));
}

#[tokio::test]
async fn a_visitor_that_expects_continue_is_told_to_go_on() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers("HTTP/1.1 204 No Content\r\n\r\n"));
    let site = draft.start().await;
    let mut stream = site.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("written");
    assert_eq!(one_answer(&mut stream).await.status, 100);
    stream.write_all(b"ab").await.expect("written");
    assert_eq!(one_answer(&mut stream).await.status, 204);
    assert!(asked.lock().expect("whole")[0].ends_with("\r\n\r\nab"));

    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n";
    assert_eq!(Seen::of(&site.raw(head).await).status, 413, "without waiting for a body that is too long anyway");
}
