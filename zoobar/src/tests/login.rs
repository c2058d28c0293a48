use auth_api::Error;
use http::StatusCode;

use super::browser::Zoo;
use super::services;

const LOG_IN: (&str, &str) = ("submit_login", "Log in");
const REGISTER: (&str, &str) = ("submit_registration", "Register");

#[tokio::test]
async fn the_right_password_opens_the_door_with_a_cookie() {
    let zoo = Zoo::open();
    zoo.visitor("alice");
    let fields = [("login_username", " alice "), ("login_password", "secret"), LOG_IN];
    let answer = zoo.stranger().with("x-forwarded-for", "192.0.2.7").post("/login", &fields).await;
    assert_eq!(answer.location(), Some("/zoobar/index.cgi/"));
    let cookie = answer.cookie().expect("a cookie");
    let (value, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(value.strip_prefix("PyZoobarLogin=").map(str::len), Some(64));
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(zoo.world().addresses, ["192.0.2.7"]);
    zoo.stranger().with("cookie", value).get("/").await.shows("Log out alice");
}

#[tokio::test]
async fn a_browser_gets_a_cookie_for_the_login_form_by_which_it_is_known_again() {
    let zoo = Zoo::open();
    zoo.visitor("alice");
    let fields = [("login_username", "alice"), ("login_password", "secret"), LOG_IN];
    let answer = zoo.stranger().post("/login", &fields).await;
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().expect("ASCII")).collect();
    let [_session, device] = cookies[..] else { panic!("not two cookies: {cookies:?}") };
    let (value, attributes) = device.split_once("; ").expect("attributes");
    assert_eq!(value, format!("ZoobarDevice={}", services::a_device().expose()));
    assert_eq!(attributes, "Path=/zoobar/index.cgi/login; HttpOnly; SameSite=Strict; Max-Age=15552000");
    zoo.stranger().with("cookie", value).post("/login", &fields).await;
    assert_eq!(zoo.world().devices, [None, Some(services::a_device())]);
}

#[tokio::test]
async fn the_form_has_the_fields_that_programs_know() {
    let page = Zoo::open().stranger().get("/login").await;
    page.shows("<title>Login - Zoobar Foundation</title>").shows("name=\"loginform\"");
    for name in ["login_username", "login_password", "submit_login", "submit_registration", "nexturl"] {
        page.shows(&format!("name=\"{name}\""));
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_read_the_same_and_keep_the_name() {
    let zoo = Zoo::open();
    zoo.visitor("alice");
    for name in ["alice", "nobody"] {
        let answer =
            zoo.stranger().post("/login", &[("login_username", name), ("login_password", "hunter2"), LOG_IN]).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.shows("Invalid username or password.").shows(&format!("value=\"{name}\"")).hides("hunter2");
        assert_eq!(answer.cookie(), None);
    }
}

#[tokio::test]
async fn what_is_missing_is_said_beside_its_field() {
    let zoo = Zoo::open();
    let answer = zoo.stranger().post("/login", &[LOG_IN]).await;
    answer.shows("You must supply a username to log in.").shows("You must supply a password to log in.");
    answer.shows("aria-describedby=\"username-error\"").shows("id=\"username-error\"");
    let answer = zoo.stranger().post("/login", &[("login_username", "alice"), LOG_IN]).await;
    answer.hides("supply a username").shows("aria-describedby=\"password-error\"");
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_how_long_to_wait() {
    let zoo = Zoo::open();
    zoo.world().refusal = Some(Error::TooManyAttempts { retry_after_seconds: 300 });
    let answer = zoo.stranger().post("/login", &[("login_username", "a"), ("login_password", "b"), LOG_IN]).await;
    answer.shows("wait 5 minutes");
}

#[tokio::test]
async fn the_login_form_registers_too_and_registering_comes_first() {
    let zoo = Zoo::open();
    let fields = [("login_username", "bob"), ("login_password", "pw"), LOG_IN, REGISTER];
    let answer = zoo.stranger().post("/login", &fields).await;
    assert_eq!(answer.location(), Some("/zoobar/index.cgi/"));
    assert_eq!(zoo.zoobars("bob"), 10);
    let again =
        zoo.stranger().post("/login", &[("login_username", "bob"), ("login_password", "other"), REGISTER]).await;
    again.shows("Registration failed.").shows("Somebody has this name already.").shows("value=\"bob\"");
}

#[tokio::test]
async fn a_form_without_a_button_changes_nothing() {
    let zoo = Zoo::open();
    let answer = zoo.stranger().post("/login", &[("login_username", "bob"), ("login_password", "pw")]).await;
    assert_eq!((answer.status, answer.cookie()), (StatusCode::OK, None));
    assert!(zoo.world().users.is_empty());
}

#[tokio::test]
async fn the_way_back_is_kept_but_leads_nowhere_else() {
    let zoo = Zoo::open();
    zoo.visitor("alice");
    let enter = async |query: &str, field: &str| {
        let mut fields = vec![("login_username", "alice"), ("login_password", "secret"), LOG_IN];
        if !field.is_empty() {
            fields.push(("nexturl", field));
        }
        let answer = zoo.stranger().post(&format!("/login{query}"), &fields).await;
        answer.location().expect("a location").to_owned()
    };
    assert_eq!(enter("", "/zoobar/index.cgi/users?user=bob").await, "/zoobar/index.cgi/users?user=bob");
    assert_eq!(enter("?nexturl=%2Fzoobar%2Findex.cgi%2Ftransfer", "").await, "/zoobar/index.cgi/transfer");
    for evil in
        ["//evil.example/", "https://evil.example/", "/\\evil.example", "/zoobar/index.cgi/../../x", "javascript:x"]
    {
        assert_eq!(enter("", evil).await, "/zoobar/index.cgi/", "{evil}");
    }
    let page = zoo.stranger().get("/login?nexturl=%2Fzoobar%2Findex.cgi%2Fusers%3Fuser%3D%22%3E%3Cb%3E").await;
    page.shows("name=\"nexturl\"").hides("<b>");
}

#[tokio::test]
async fn a_name_that_is_html_stays_text() {
    let zoo = Zoo::open();
    let name = "\"><script>alert(1)</script>";
    let answer = zoo.stranger().post("/login", &[("login_username", name), ("login_password", "x"), LOG_IN]).await;
    answer.shows("Invalid username").hides("<script").hides("value=\"\"><");
}

#[tokio::test]
async fn while_auth_is_down_the_page_asks_for_patience() {
    let zoo = Zoo::without("auth");
    let answer = zoo.stranger().post("/login", &[("login_username", "a"), ("login_password", "b"), LOG_IN]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.shows("try again");
}
