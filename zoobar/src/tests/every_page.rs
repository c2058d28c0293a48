use auth_api::{Checked, RunToken};
use axum::body::Body;
use http::{Method, StatusCode};

use super::browser::Zoo;

const PAGES: [&str; 10] =
    ["", "/", "/users", "/transfer", "/log", "/echo", "/zoobarjs", "/login", "/register", "/logout"];
const PROTECTED: [(&str, &str); 5] = [
    ("", "%2Fzoobar%2Findex%2Ecgi%2F"),
    ("/", "%2Fzoobar%2Findex%2Ecgi%2F"),
    ("/users?user=bob", "%2Fzoobar%2Findex%2Ecgi%2Fusers%3Fuser%3Dbob"),
    ("/transfer", "%2Fzoobar%2Findex%2Ecgi%2Ftransfer"),
    ("/log", "%2Fzoobar%2Findex%2Ecgi%2Flog"),
];
const URLENCODED: Option<&str> = Some("application/x-www-form-urlencoded");

#[tokio::test]
async fn a_stranger_is_sent_to_log_in_and_back() {
    let zoo = Zoo::open();
    zoo.visitor("alice");
    let unknown = zoo.stranger().with("cookie", &format!("PyZoobarLogin={}", "0".repeat(64)));
    let broken = zoo.stranger().with("cookie", "PyZoobarLogin=alice#1234; x");
    for stranger in [zoo.stranger(), unknown, broken] {
        for (page, back) in PROTECTED {
            let answer = stranger.get(page).await;
            assert_eq!(answer.location(), Some(format!("/zoobar/index.cgi/login?nexturl={back}").as_str()));
        }
    }
}

#[tokio::test]
async fn the_token_of_a_running_profile_opens_no_page() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    for checked in zoo.world().sessions.values_mut() {
        *checked = Checked { run: Some(RunToken { run: "1".into(), cap: 50 }), ..checked.clone() };
    }
    for (page, _) in PROTECTED {
        assert!(alice.get(page).await.location().is_some());
    }
    assert_eq!(alice.get("/zoobarjs").await.html, "");
}

#[tokio::test]
async fn every_page_carries_the_headers_that_keep_holes_small() {
    let zoo = Zoo::open();
    for page in PAGES.into_iter().chain(["/nowhere"]) {
        for browser in [zoo.visitor("alice"), zoo.stranger()] {
            let answer = browser.get(page).await;
            let policy = answer.headers["content-security-policy"].to_str().expect("ASCII");
            assert!(
                policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["referrer-policy"], "same-origin");
        }
    }
}

#[tokio::test]
async fn no_page_needs_what_its_policy_forbids() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    for page in PAGES {
        alice.get(page).await.hides("<script").hides("style=").hides("onclick").hides("javascript:").hides("http:");
    }
}

#[tokio::test]
async fn other_sites_cannot_send_forms() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    let gift: &[(&str, &str)] = &[("zoobars", "1"), ("recipient", "bob")];
    for (header, value) in [
        ("origin", "https://evil"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let browser = alice.with(header, value);
        for page in ["/", "/transfer", "/login", "/register", "/logout"] {
            let answer = browser.post(page, gift).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{page} {header}: {value}");
            answer.shows("another site");
        }
    }
    assert_eq!((zoo.zoobars("bob"), zoo.world().sessions.len()), (10, 2));
    for browser in [alice.clone(), alice.with("origin", "http://zoo"), alice.with("sec-fetch-site", "same-origin")] {
        browser.post("/transfer", gift).await.shows("Sent 1 zoobars");
    }
    assert_eq!(zoo.zoobars("bob"), 13);
}

#[tokio::test]
async fn forms_that_are_no_forms_are_refused_kindly() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    for page in ["/", "/transfer", "/login", "/register"] {
        let long = Body::from("x=".to_owned() + &"a".repeat(256 * 1024));
        let refused = [
            (alice.send(Method::POST, page, URLENCODED, long).await, StatusCode::PAYLOAD_TOO_LARGE),
            (alice.send(Method::POST, page, URLENCODED, "x=%ff".into()).await, StatusCode::BAD_REQUEST),
            (
                alice.send(Method::POST, page, Some("text/plain"), "x=1".into()).await,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
            (alice.send(Method::POST, page, None, "x=1".into()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ];
        for (answer, status) in refused {
            assert_eq!(answer.status, status, "{page}");
            answer.shows("</html>");
        }
    }
    assert_eq!(alice.get("/users?user=%ff").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_address_without_a_page_is_a_kind_404() {
    let zoo = Zoo::open();
    for page in ["/nowhere", "/users/", "/login/x", "//users", "/Users"] {
        let answer = zoo.stranger().get(page).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}");
        answer.shows("No such page - Zoobar Foundation");
    }
    let answer = zoo.stranger().send(Method::DELETE, "/login", None, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn while_auth_or_the_bank_is_down_pages_ask_for_patience() {
    for down in ["auth", "bank"] {
        let zoo = Zoo::without(down);
        let alice = zoo.visitor("alice");
        for page in ["/", "/users?user=alice", "/transfer", "/log", "/zoobarjs"] {
            let answer = alice.get(page).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{page} without {down}");
            assert_eq!(answer.headers["retry-after"], "1");
            answer.shows("Back in a moment");
        }
    }
}
