//! The end of a dispatcher: what is under way is finished, nothing new is taken.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::site::{Does, Draft, PATIENCE, one_answer};

#[tokio::test]
async fn what_is_under_way_is_finished_and_the_idle_are_let_go() {
    let (draft, _) = Draft::new().pages("/.*", |_| Does::Answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    let mut site = draft.start().await;
    let mut idle = site.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("written");
    assert_eq!(one_answer(&mut idle).await.field("connection"), None);
    let mut busy = site.connect().await;
    busy.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na").await.expect("written");
    tokio::time::sleep(Duration::from_millis(100)).await;

    site.leave();
    let mut rest = Vec::new();
    timeout(PATIENCE, idle.read_to_end(&mut rest)).await.expect("the idle are let go").expect("read");
    busy.write_all(b"b").await.expect("written");
    let last = one_answer(&mut busy).await;
    assert_eq!((last.text().as_str(), last.field("connection")), ("ok", Some("close")));
    drop(busy);
    site.drain().await;
}
