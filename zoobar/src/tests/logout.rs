use http::StatusCode;

use super::browser::Zoo;

#[tokio::test]
async fn the_link_ends_the_session_here_and_at_auth() {
    let zoo = Zoo::open();
    let own_page = "http://zoo/zoobar/index.cgi/users?user=bob";
    for site in ["same-origin", "none"] {
        let answer = zoo.visitor("alice").with("referer", own_page).with("sec-fetch-site", site).get("/logout").await;
        assert_eq!(answer.location(), Some("/zoobar/index.cgi/login"));
        assert!(answer.cookie().expect("a cookie").starts_with("PyZoobarLogin=; Path=/"));
        assert!(zoo.world().sessions.is_empty());
    }
}

#[tokio::test]
async fn links_of_others_can_only_make_us_ask() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    // The last two: a link in a profile, and one on a page elsewhere that keeps silent.
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("referer", "http://evil/http://zoo/"),
        ("sec-fetch-site", "same-origin"),
        ("accept", "*/*"),
    ] {
        let answer = alice.with(header, value).get("/logout").await;
        assert_eq!((answer.status, answer.cookie()), (StatusCode::OK, None));
        answer.shows("method=\"post\" action=\"/zoobar/index.cgi/logout\"");
        assert_eq!(zoo.world().sessions.len(), 1);
    }
    let answer = alice.with("sec-fetch-site", "same-origin").post("/logout", &[]).await;
    assert_eq!(answer.location(), Some("/zoobar/index.cgi/login"));
    assert!(zoo.world().sessions.is_empty());
}

#[tokio::test]
async fn a_stranger_may_log_out_as_often_as_he_likes() {
    let zoo = Zoo::without("auth");
    assert_eq!(zoo.stranger().post("/logout", &[]).await.location(), Some("/zoobar/index.cgi/login"));
}

#[tokio::test]
async fn a_session_that_could_not_be_ended_keeps_its_cookie() {
    let zoo = Zoo::without("auth");
    let answer = zoo.visitor("alice").post("/logout", &[]).await;
    assert_eq!((answer.status, answer.cookie()), (StatusCode::SERVICE_UNAVAILABLE, None));
}
