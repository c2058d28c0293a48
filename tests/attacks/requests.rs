//! Malformed, smuggled, oversized and slow HTTP: an error and a closed connection; the next client is unharmed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use harness::{Site, exchange, status_of};

/// What a visitor with good manners gets, afterwards as before.
fn unharmed(site: &Site) {
    let answer =
        exchange(site.address(), b"GET /zoobar/media/zoobar.css HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(status_of(&answer), 200, "{answer}\n{}", site.said());
}

#[test]
fn each_malformed_request_is_refused_with_its_status_and_answered_once() {
    let site = Site::start();
    let long_target = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(12_000));
    let long_head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(20_000));
    let smuggled = "GET /zoobar/media/zoobar.css HTTP/1.1\r\nHost: x\r\n\r\n";
    let cases: Vec<(String, &[u16])> = vec![
        (
            format!(
                "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
            &[400],
        ),
        (
            format!(
                "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 60\r\n\r\n{smuggled}"
            ),
            &[400],
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello".into(), &[400]),
        ("GET / HTTP/1.1\nHost: x\n\n".into(), &[400]),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n".into(), &[400]),
        ("GET / HTTP/1.1\r\n\r\n".into(), &[400]),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".into(), &[400]),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n".into(), &[400]),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400]),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n".into(), &[400]),
        ("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400]),
        ("GET /%2e%2e%2fetc HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400]),
        ("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400, 404]),
        ("PUT / HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[501]),
        ("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n".into(), &[400, 501]),
        ("GET / HTTP/3.0\r\nHost: x\r\n\r\n".into(), &[400, 505]),
        ("\u{16}\u{3}\u{1}\u{2}".into(), &[400]),
        (long_target, &[414]),
        (long_head, &[431]),
        ("POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n".into(), &[413]),
        (
            "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
                .into(),
            &[400, 501],
        ),
        (
            "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n".into(),
            &[400],
        ),
    ];
    for (request, statuses) in cases {
        let answer = exchange(site.address(), request.as_bytes());
        assert!(statuses.contains(&status_of(&answer)), "{request:?}\ngot\n{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "what was smuggled was answered: {request:?}\n{answer}");
        unharmed(&site);
    }
}

#[test]
fn a_client_that_dribbles_is_cut_off_and_delays_nobody() {
    let site = Site::start();
    let mut slow: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(site.address()).expect("listens")).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX: ").expect("writes");
    }
    unharmed(&site);
    let mut first = slow.remove(0);
    first.set_read_timeout(Some(Duration::from_secs(40))).expect("sets");
    let mut answer = String::new();
    // A reset is a cut as well.
    let _ = first.read_to_string(&mut answer);
    assert!(answer.is_empty() || status_of(&answer) == 408, "{answer}");
    unharmed(&site);
}

#[test]
fn a_connection_that_ends_in_the_middle_harms_nobody() {
    let site = Site::start();
    for part in [
        "G",
        "GET / HTTP/1.1\r\nHo",
        "POST /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ] {
        exchange(site.address(), part.as_bytes());
    }
    unharmed(&site);
}
