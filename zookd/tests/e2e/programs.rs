//! CGI programs, from their standard output to the visitor.

use std::time::Duration;

use crate::site::{Draft, PATIENCE, Seen, Site};

async fn site() -> Site {
    Draft::new().programs("/c/.*", PATIENCE).start().await
}

#[tokio::test]
async fn a_program_hears_its_request_and_its_page_arrives() {
    let site = site().await;
    site.program("c/echo.cgi", "printf 'Content-Type: text/plain\\n\\n'; echo \"$REQUEST_METHOD $SCRIPT_NAME $PATH_INFO $QUERY_STRING $REMOTE_ADDR\"; cat");
    let wire = "POST /c/echo.cgi/a/b?c=d HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
    let seen = Seen::of(&site.raw(wire).await);
    assert_eq!((seen.status, seen.field("content-type")), (200, Some("text/plain")));
    let said = "POST /c/echo.cgi /a/b c=d 127.0.0.1\nbody".to_owned();
    assert_eq!(seen.unchunked(), (said, true));
}

#[tokio::test]
async fn a_program_chooses_its_status() {
    let site = site().await;
    site.program("c/a.cgi", "printf 'Status: 404 Nope\\nContent-Type: text/plain\\n\\nnope'");
    site.program("c/b.cgi", "printf 'Location: /elsewhere\\n\\n'");
    site.program("c/c.cgi", "printf 'Status: 204\\n\\n'");
    assert_eq!(site.get("/c/a.cgi").await.status, 404);
    let seen = site.get("/c/b.cgi").await;
    assert_eq!((seen.status, seen.field("location")), (302, Some("/elsewhere")));
    assert_eq!(site.get("/c/c.cgi").await.status, 204);
}

#[tokio::test]
async fn what_fails_the_rule_is_forbidden_and_never_given_as_text() {
    let site = site().await;
    site.program("c/good.cgi", "printf 'Content-Type: text/plain\\n\\nran'");
    site.put("programs", "c/source.py", b"secret", 0o644);
    let foreign = site.program("c/foreign.cgi", "printf 'Content-Type: text/plain\\n\\nsecret'");
    assert_eq!(site.get("/c/good.cgi").await.unchunked(), ("ran".to_owned(), true));
    assert_eq!(site.get("/c/foreign.cgi").await.status, 200, "as long as it has the right owner");
    let mut expected = vec![("/c/source.py", 403), ("/c/none.cgi", 404)];
    if std::os::unix::fs::chown(&foreign, Some(62200), None).is_ok() {
        expected.push(("/c/foreign.cgi", 403));
    }
    for (path, status) in expected {
        let seen = site.get(path).await;
        assert_eq!(seen.status, status, "{path}");
        assert!(!seen.text().contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn a_program_without_a_proper_head_is_our_failure() {
    let site = site().await;
    site.program("c/silent.cgi", "exit 0");
    site.program("c/words.cgi", "echo hello");
    site.program("c/lines.cgi", "echo hello; echo; echo more");
    site.program(
        "c/flood.cgi",
        "while :; do printf 'A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\\n' || exit; done",
    );
    site.program("c/broken.cgi", "");
    site.put("programs", "c/broken.cgi", b"#!/no/such/interpreter\n", 0o755);
    for (path, status) in [
        ("/c/silent.cgi", 502),
        ("/c/words.cgi", 502),
        ("/c/lines.cgi", 502),
        ("/c/flood.cgi", 502),
        ("/c/broken.cgi", 500),
    ] {
        let seen = site.get(path).await;
        assert_eq!(seen.status, status, "{path}");
        assert!(!seen.text().contains("hello"), "{path}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_end_is_ended_with_all_that_it_started() {
    let site = Draft::new().programs("/c/.*", Duration::from_millis(500)).start().await;
    let marks = site.put("programs", "marks/x", b"", 0o644).with_file_name("");
    let child = format!("echo > {0}begun; (sleep 1; echo > {0}survived) & ", marks.display());
    site.program("c/mute.cgi", &format!("{child} sleep 60"));
    assert_eq!(site.get("/c/mute.cgi").await.status, 504);
    site.program("c/half.cgi", &format!("{child} printf 'Content-Type: text/plain\\n\\nhalf'; sleep 60"));
    let seen = site.get("/c/half.cgi").await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.unchunked(), ("half".to_owned(), false), "it does not look whole");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(marks.join("begun").exists() && !marks.join("survived").exists());
}

#[tokio::test]
async fn programs_are_counted_and_give_their_places_back() {
    let site = Draft::new().programs("/c/.*", PATIENCE).start().await;
    site.program("c/slow.cgi", "printf 'Content-Type: text/plain\\n\\n'; sleep 1");
    let (a, b, c) = tokio::join!(site.get("/c/slow.cgi"), site.get("/c/slow.cgi"), site.get("/c/slow.cgi"));
    let mut statuses = [a.status, b.status, c.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503], "two places, three visitors");
    assert_eq!(site.get("/c/slow.cgi").await.status, 200);
}
