//! Static files: what a browser, a download manager and a crawler ask for.

use harness::{Site, exchange, status_of};

const STYLE: &str = "/zoobar/media/zoobar.css";

#[test]
fn a_file_comes_with_its_type_and_is_not_sent_again_when_it_has_not_changed() {
    let site = Site::start();
    let visitor = site.visitor();
    let first = visitor.load(STYLE);
    assert_eq!(first.status, 200);
    assert!(first.header("content-type").is_some_and(|kind| kind.starts_with("text/css")));
    let (etag, modified) = (first.header("etag").expect("a tag"), first.header("last-modified").expect("a date"));
    for condition in [format!("If-None-Match: {etag}"), format!("If-Modified-Since: {modified}")] {
        let again = exchange(
            site.address(),
            format!("GET {STYLE} HTTP/1.1\r\nHost: x\r\n{condition}\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        assert_eq!(status_of(&again), 304, "{condition}: {again}");
    }
    let stale = exchange(
        site.address(),
        format!("GET {STYLE} HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"other\"\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    assert_eq!(status_of(&stale), 200);
}

#[test]
fn a_part_of_a_file_is_sent_as_a_part() {
    let site = Site::start();
    let whole = site.visitor().load(STYLE).text;
    let part = exchange(
        site.address(),
        format!("GET {STYLE} HTTP/1.1\r\nHost: x\r\nRange: bytes=3-9\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    assert_eq!(status_of(&part), 206, "{part}");
    assert!(part.ends_with(&whole[3..10]) && part.contains(&format!("bytes 3-9/{}", whole.len())), "{part}");
    let beyond = exchange(
        site.address(),
        format!("GET {STYLE} HTTP/1.1\r\nHost: x\r\nRange: bytes=99999999-\r\nConnection: close\r\n\r\n").as_bytes(),
    );
    assert_eq!(status_of(&beyond), 416);
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let site = Site::start();
    let head =
        exchange(site.address(), format!("HEAD {STYLE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
    assert_eq!(status_of(&head), 200);
    assert!(head.ends_with("\r\n\r\n") && head.to_ascii_lowercase().contains("content-length: "), "{head}");
}

#[test]
fn the_front_page_leads_to_zoobar_and_no_directory_is_listed() {
    let site = Site::start();
    let visitor = site.visitor();
    visitor.load("/").shows("zoobar/index.cgi");
    for path in
        ["/zoobar/media/", "/zoobar/media/.hidden", "/zoobar/media/../../../etc/passwd", "/zoobar/media/%2e%2e/x"]
    {
        let page = visitor.load(path);
        assert!(matches!(page.status, 400 | 403 | 404), "{path}: {}", page.status);
    }
}
