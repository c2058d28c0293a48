//! Visitors who are slow, many or loud, and the others who do not notice.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::site::{Does, Draft, PATIENCE, Seen, Site, one_answer};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async fn the_end(stream: &mut tokio::net::TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the dispatcher ends it").expect("read");
    rest
}

/// A visitor who comes back until he is let in.
async fn comes_in(site: &Site) {
    let coming = async {
        while site.get("/").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, coming).await.expect("a place becomes free");
}

#[tokio::test]
async fn half_a_head_or_half_a_body_is_late_in_the_end() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let short = Duration::from_millis(100);
    let site = draft.limits(|limits| (limits.head_time, limits.body_time) = (short, short)).start().await;
    for half in
        ["GET / HTT", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"]
    {
        assert_eq!(Seen::of(&site.raw(half).await).status, 408, "{half}");
    }
    assert!(asked.lock().expect("whole").is_empty());
    assert_eq!(site.get("/").await.text(), "ok");
}

#[tokio::test]
async fn a_head_or_a_body_that_comes_byte_by_byte_is_late_in_the_end() {
    let (draft, asked) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let short = Duration::from_millis(100);
    let site = draft.limits(|limits| (limits.head_time, limits.body_time) = (short, short)).start().await;
    for begun in ["GET / HTTP/1.1\r\nHost: a\r\nA: ", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n"] {
        let mut stream = site.connect().await;
        stream.write_all(begun.as_bytes()).await.expect("written");
        let (mut from, mut to) = stream.split();
        let mut answer = Vec::new();
        let trickle = async {
            // Once there is an answer nobody need take any more.
            while to.write_all(b"x").await.is_ok() {
                tokio::time::sleep(short / 10).await;
            }
            std::future::pending().await
        };
        let read = tokio::select! {
            () = trickle => unreachable!("it never ends"),
            read = timeout(PATIENCE, from.read_to_end(&mut answer)) => read,
        };
        // The connection may be reset, since more comes than is read.
        let _ = read.expect("the dispatcher ends it");
        assert_eq!(Seen::of(&answer).status, 408, "{begun}");
    }
    assert!(asked.lock().expect("whole").is_empty());
    assert_eq!(site.get("/").await.text(), "ok");
}

#[tokio::test]
async fn who_says_nothing_is_left_without_a_word() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let site = draft.limits(|limits| limits.idle_time = Duration::from_millis(100)).start().await;
    let mut stream = site.connect().await;
    assert!(the_end(&mut stream).await.is_empty());
    let mut stream = site.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    assert_eq!(one_answer(&mut stream).await.text(), "ok");
    assert!(the_end(&mut stream).await.is_empty());
}

#[tokio::test]
async fn an_address_gets_its_share_of_connections_and_no_more() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let share = |limits: &mut zookd::Limits| (limits.connections_per_address, limits.count_loopback) = (2, true);
    let site = draft.limits(share).start().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = site.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        assert_eq!(one_answer(&mut stream).await.status, 200);
        held.push(stream);
    }
    assert_eq!(Seen::of(&the_end(&mut site.connect().await).await).status, 503);
    drop(held);
    comes_in(&site).await;
}

#[tokio::test]
async fn when_most_places_are_taken_nobody_keeps_one() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let site = draft.limits(|limits| limits.connections = 8).start().await;
    let mut held = Vec::new();
    for place in 1..=8 {
        let mut stream = site.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        let seen = one_answer(&mut stream).await;
        assert_eq!(seen.field("connection"), (place > 6).then_some("close"), "place {place}");
        held.push(stream);
    }
}

/// Two requests that are under way, and what is missing of them.
const HALVES: [(&str, &str); 2] =
    [("GET / HTTP/1.1\r\nHo", "st: a\r\n\r\n"), ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na", "b")];

#[tokio::test]
async fn a_crowd_of_the_silent_makes_room_and_requests_under_way_stay() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let long = |limits: &mut zookd::Limits| (limits.connections, limits.idle_time) = (8, Duration::from_secs(3600));
    let site = draft.limits(long).start().await;
    let mut under_way = Vec::new();
    for (half, rest) in HALVES {
        let mut stream = site.connect().await;
        stream.write_all(half.as_bytes()).await.expect("written");
        under_way.push((stream, rest));
    }
    let mut silent = Vec::new();
    for _ in 0..6 {
        silent.push(site.connect().await);
    }
    comes_in(&site).await;
    for (mut stream, rest) in under_way {
        stream.write_all(rest.as_bytes()).await.expect("written");
        assert_eq!(one_answer(&mut stream).await.text(), "ok", "{rest}");
    }
}

#[tokio::test]
async fn each_newcomer_to_a_crowd_takes_the_place_of_who_is_silent_the_longest_and_others_keep_theirs() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let long = |limits: &mut zookd::Limits| (limits.connections, limits.idle_time) = (8, Duration::from_secs(3600));
    let site = draft.limits(long).start().await;
    let mut silent = Vec::new();
    for _ in 0..6 {
        let mut stream = site.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        assert_eq!(one_answer(&mut stream).await.text(), "ok");
        silent.push(stream);
    }
    tokio::time::sleep(zookd::Limits::default().crowded_idle_time * 2).await;
    let mut newcomers = Vec::new();
    for (oldest, (half, _)) in silent.iter_mut().zip(HALVES.repeat(2)) {
        let mut stream = site.connect().await;
        stream.write_all(half.as_bytes()).await.expect("written");
        newcomers.push(stream);
        assert!(the_end(oldest).await.is_empty());
    }
    for stream in &mut silent[4..] {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
        assert_eq!(one_answer(stream).await.text(), "ok", "there was room for the last two");
    }
}

#[tokio::test]
async fn bodies_that_do_not_fit_together_are_put_off() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers(OK));
    let site = draft.limits(|limits| limits.bodies = 64 * 1024).start().await;
    let mut slow = site.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    slow.write_all(head.as_bytes()).await.expect("written");
    slow.write_all(&[b'x'; 99_999]).await.expect("written");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let body = "x".repeat(100_000);
    let wire = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n{body}");
    let seen = Seen::of(&site.raw(&wire).await);
    assert_eq!((seen.status, seen.field("retry-after")), (503, Some("2")));
    slow.write_all(b"x").await.expect("written");
    assert_eq!(one_answer(&mut slow).await.text(), "ok", "who came first is served");
    assert_eq!(Seen::of(&site.raw(&wire).await).text(), "ok", "and then there is room again");
}

#[tokio::test]
async fn a_visitor_who_does_not_read_is_left_and_harms_nobody() {
    let site = Draft::new().files("/.*").limits(|limits| limits.take_time = Duration::from_millis(200)).start().await;
    site.write("large.bin", vec![1; 64 * 1024 * 1024]);
    site.write("small.txt", "small");
    let mut deaf = site.connect().await;
    deaf.write_all(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    assert_eq!(site.get("/small.txt").await.text(), "small");
    tokio::time::sleep(Duration::from_millis(800)).await;
    let mut rest = Vec::new();
    // It may be told by an end or by a reset.
    let _ = timeout(PATIENCE, deaf.read_to_end(&mut rest)).await.expect("the dispatcher ends it");
    assert!(rest.len() < 64 * 1024 * 1024, "it was not waited for");
}
