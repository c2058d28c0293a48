//! Files, from the file service's descriptor to the visitor.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::site::{Draft, Seen, one_answer};

fn draft() -> Draft {
    Draft::new().files("/s/.*").limits(|limits| limits.recent_time = Duration::ZERO)
}

#[tokio::test]
async fn small_and_large_files_arrive_whole() {
    let site = draft().start().await;
    for length in [0_usize, 1, 1024, 8 * 1024, 8 * 1024 + 1, 100_000, 5_000_000] {
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        site.write("s/file.bin", &content);
        let seen = site.get("/s/file.bin").await;
        assert_eq!((seen.status, seen.field("content-length")), (200, Some(length.to_string().as_str())));
        assert!(seen.body == content, "{length} bytes");
    }
}

#[tokio::test]
async fn a_file_comes_with_its_description() {
    let site = draft().start().await;
    site.write("s/page.css", "body {}");
    let seen = site.get("/s/page.css").await;
    assert_eq!(seen.field("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(seen.field("x-content-type-options"), Some("nosniff"));
    assert_eq!(seen.field("vary"), Some("accept-encoding"));
    for name in ["etag", "last-modified", "date", "cache-control"] {
        assert!(seen.field(name).is_some(), "{name}");
    }
    assert_eq!(seen.field("x-descriptor-offset"), None);
}

#[tokio::test]
async fn head_is_get_without_the_body_and_the_connection_goes_on() {
    let site = draft().start().await;
    site.write("s/large.bin", vec![7; 100_000]);
    let mut stream = site.connect().await;
    for _ in 0..2 {
        let wire = "HEAD /s/large.bin HTTP/1.1\r\nHost: a\r\n\r\nGET /s/none HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(wire.as_bytes()).await.expect("written");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tokio::io::AsyncReadExt::read_u8(&mut stream).await.expect("a byte"));
        }
        assert_eq!(Seen::of(&head).field("content-length"), Some("100000"));
        assert_eq!(one_answer(&mut stream).await.status, 404);
    }
}

#[tokio::test]
async fn a_visitor_who_has_the_file_is_not_sent_it_again() {
    let site = draft().start().await;
    site.write("s/a.txt", "hello");
    let first = site.get("/s/a.txt").await;
    let tag = first.field("etag").expect("a tag").to_owned();
    let seen = site.get_with("/s/a.txt", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((seen.status, seen.body.len(), seen.field("etag")), (304, 0, Some(tag.as_str())));
    let date = first.field("last-modified").expect("a date");
    assert_eq!(site.get_with("/s/a.txt", &format!("If-Modified-Since: {date}\r\n")).await.status, 304);
    site.write("s/a.txt", "other");
    let seen = site.get_with("/s/a.txt", &format!("If-None-Match: {tag}\r\n")).await;
    assert_eq!((seen.status, seen.text().as_str()), (200, "other"));
    assert_eq!(site.get_with("/s/a.txt", &format!("If-Match: {tag}\r\n")).await.status, 412);
}

#[tokio::test]
async fn parts_of_small_and_large_files_are_exact() {
    let site = draft().start().await;
    for length in [1000_usize, 100_000] {
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        site.write("s/file.bin", &content);
        for (range, from, to) in [("0-0", 0, 1), ("10-19", 10, 20), ("990-", 990, length), ("-7", length - 7, length)] {
            let seen = site.get_with("/s/file.bin", &format!("Range: bytes={range}\r\n")).await;
            let told = format!("bytes {from}-{}/{length}", to - 1);
            assert_eq!((seen.status, seen.field("content-range")), (206, Some(told.as_str())), "{range}");
            assert!(seen.body == content[from..to], "{range} of {length}");
        }
        let seen = site.get_with("/s/file.bin", &format!("Range: bytes={length}-\r\n")).await;
        assert_eq!((seen.status, seen.field("content-range")), (416, Some(format!("bytes */{length}").as_str())));
        let seen = site.get_with("/s/file.bin", "Range: bytes=0-1,3-4\r\n").await;
        assert_eq!((seen.status, seen.body.len()), (200, length));
    }
}

#[tokio::test]
async fn what_is_not_meant_for_visitors_is_not_given() {
    let site = draft().start().await;
    site.write("s/page.html", "page");
    site.write("s/.secret", "secret");
    site.write("s/.well-known/x.txt", "known");
    site.write("secret.txt", "secret");
    site.put("static", "s/index.py", b"secret", 0o755);
    std::os::unix::fs::symlink("/etc/passwd", site.write("s/x", "").with_file_name("link")).expect("linked");
    for (path, status) in [
        ("/s/page.html", 200),
        ("/s/.well-known/x.txt", 200),
        ("/s/.secret", 404),
        ("/s/index.py", 403),
        ("/s/link", 404),
        ("/s//page.html", 404),
        ("/s/page.html/", 404),
        ("/s/page.html/more", 404),
        ("/s/", 403),
        ("/s/none", 404),
    ] {
        let seen = site.get(path).await;
        assert_eq!(seen.status, status, "{path}");
        assert!(!seen.text().contains("secret") && !seen.text().contains("root:"), "{path}");
    }
    let post = "POST /s/page.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
    let seen = Seen::of(&site.raw(post).await);
    assert_eq!((seen.status, seen.field("allow")), (405, Some("GET, HEAD")));
}

#[tokio::test]
async fn a_directory_shows_its_index_and_never_a_list() {
    let site = draft().start().await;
    site.write("s/d/index.html", "index");
    let seen = site.get("/s/d/").await;
    assert_eq!((seen.status, seen.text().as_str()), (200, "index"));
    assert_eq!(seen.field("content-type"), Some("text/html; charset=utf-8"));
    let seen = site.get("/s/d?a=b").await;
    assert_eq!((seen.status, seen.field("location")), (301, Some("/s/d/?a=b")));
}

#[tokio::test]
async fn a_compressed_form_is_given_to_those_who_understand_it() {
    let site = draft().start().await;
    site.write("s/a.txt", "plain");
    site.write("s/a.txt.gz", "gzipped");
    let plain = site.get("/s/a.txt").await;
    assert_eq!((plain.text().as_str(), plain.field("vary")), ("plain", Some("accept-encoding")));
    let seen = site.get_with("/s/a.txt", "Accept-Encoding: br, gzip\r\n").await;
    assert_eq!((seen.text().as_str(), seen.field("content-encoding")), ("gzipped", Some("gzip")));
    assert_eq!(seen.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_ne!(seen.field("etag"), plain.field("etag"));
}

#[tokio::test]
async fn an_answer_is_given_again_for_a_moment_only_and_only_to_the_same_wish() {
    let site =
        Draft::new().files("/s/.*").limits(|limits| limits.recent_time = Duration::from_secs(3600)).start().await;
    site.write("s/a.txt", "old");
    site.write("s/a.txt.gz", "old gz");
    assert_eq!(site.get("/s/a.txt").await.text(), "old");
    site.write("s/a.txt", "new");
    assert_eq!(site.get("/s/a.txt").await.text(), "old", "the same wish within its time");
    assert_eq!(site.get_with("/s/a.txt", "Cache-Control: no-cache\r\n").await.text(), "new");
    assert_eq!(site.get_with("/s/a.txt", "Range: bytes=0-0\r\n").await.text(), "n");
    assert_eq!(site.get("/s/a.txt?x").await.text(), "new");
    assert_eq!(site.get_with("/s/a.txt", "Accept-Encoding: deflate\r\n").await.text(), "new");
    assert_eq!(site.get("/s/none").await.status, 404);
    site.write("s/none", "there now");
    assert_eq!(site.get("/s/none").await.text(), "there now", "only files are kept");
}

#[tokio::test]
async fn after_its_moment_a_kept_answer_is_asked_for_again() {
    let site = Draft::new().files("/s/.*").limits(|limits| limits.recent_time = Duration::from_millis(1)).start().await;
    site.write("s/a.txt", "old");
    assert_eq!(site.get("/s/a.txt").await.text(), "old");
    site.write("s/a.txt", "new");
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(site.get("/s/a.txt").await.text(), "new");
}

#[tokio::test]
async fn a_head_that_just_fits_here_and_not_with_our_fields_is_too_large() {
    let site = draft().start().await;
    site.write("s/page.css", "body {}");
    let get = |filler: usize| {
        let line = "x".repeat(filler);
        format!("GET /s/page.css HTTP/1.1\r\nHost: a\r\nX: {line}\r\nConnection: close\r\n\r\n")
    };
    let most = 16 * 1024 - get(0).len();
    assert_eq!(Seen::of(&site.raw(get(most)).await).status, 431);
    assert_eq!(Seen::of(&site.raw(get(most - 500)).await).status, 200);
}
