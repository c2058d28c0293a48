//! Registering, logging in, logging out.

use harness::Site;

fn login<'a>(name: &'a str, password: &'a str) -> [(&'a str, &'a str); 3] {
    [("login_username", name), ("login_password", password), ("submit_login", "Log in")]
}

#[test]
fn a_new_user_is_logged_in_at_once_and_has_ten_zoobars() {
    let site = Site::start();
    let alice = site.register("alice");
    alice
        .get("/")
        .shows("<title>Balance - Zoobar Foundation</title>")
        .shows("<b>Balance:</b> 10 zoobars<br />")
        .shows("Log out alice");
}

#[test]
fn a_user_logs_out_and_in_again() {
    let site = Site::start();
    let alice = site.register("alice");
    let token = alice.session().expect("logged in");
    alice.post("/logout", &[]);
    assert_eq!(alice.session(), None);
    assert_eq!(alice.get("/").status, 302, "a page behind the login");
    alice
        .post("/login", &login("alice", "wrong"))
        .shows("Invalid username or password.")
        .shows("value=\"alice\"")
        .hides("value=\"wrong\"");
    assert_eq!(alice.post("/login", &login("alice", "alice!")).status, 302);
    alice.get("/").shows("10 zoobars");
    let thief = site.visitor();
    thief.set_session(&token);
    assert_eq!(thief.get("/").status, 302, "the token of an ended session");
}

#[test]
fn two_sessions_of_one_user_live_side_by_side() {
    let site = Site::start();
    let here = site.register("alice");
    let there = site.visitor();
    assert_eq!(there.post("/login", &login("alice", "alice!")).status, 302);
    assert_eq!(here.get("/").status, 200);
    there.post("/logout", &[]);
    assert_eq!(here.get("/").status, 200, "logging out elsewhere ends that session only");
}

#[test]
fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let site = Site::start();
    let visitor = site.visitor();
    let form = [("login_username", "alice"), ("login_password", "alice!"), ("submit_registration", "Register")];
    let page = visitor.post("/login", &form);
    let cookie = page.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("alice"), "{cookie}");
}

#[test]
fn who_is_not_logged_in_is_led_to_the_login_and_back_again() {
    let site = Site::start();
    site.register("alice");
    let visitor = site.visitor();
    let page = visitor.get("/users?user=alice");
    assert_eq!(page.status, 302);
    let login_page = page.header("location").expect("leads somewhere").to_owned();
    assert!(login_page.contains("/login?nexturl="), "{login_page}");
    let path =
        login_page.split("/zoobar/index.cgi").nth(1).map(|rest| format!("/zoobar/index.cgi{rest}")).expect("ours");
    let form_page = visitor.load(&path);
    let next = form_page.text.split("name=\"nexturl\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    let next = next.and_then(|rest| rest.split('"').next()).expect("the form keeps it").to_owned();
    let mut form = login("alice", "alice!").to_vec();
    form.push(("nexturl", &next));
    let back = visitor.post("/login", &form);
    assert!(back.header("location").is_some_and(|to| to.ends_with("/users?user=alice")), "{:?}", back.headers);
}

#[test]
fn a_login_never_leads_to_another_site() {
    let site = Site::start();
    site.register("alice");
    for elsewhere in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/zoobar/index.cgi/\r\nX: y",
    ] {
        let visitor = site.visitor();
        let mut form = login("alice", "alice!").to_vec();
        form.push(("nexturl", elsewhere));
        let page = visitor.post("/login", &form);
        assert_eq!(page.status, 302);
        let to = page.header("location").expect("leads somewhere");
        assert!(to.starts_with("/zoobar/index.cgi") && !to.contains("evil"), "{elsewhere} led to {to}");
    }
}

#[test]
fn our_own_link_logs_out_at_once_and_one_in_a_profile_asks_first() {
    let site = Site::start();
    let alice = site.register("alice");
    let (logout, here) = ("/zoobar/index.cgi/logout", format!("http://{}/zoobar/index.cgi/users", site.address()));
    let profile = format!("<a href=\"{logout}\">free zoobars</a>");
    alice.post("/", &[("profile_update", &profile), ("profile_submit", "Save")]).shows("Saved.");
    // A browser says nothing of the page with such a link.
    alice.get("/users?user=alice").shows("noreferrer\">free zoobars");
    alice.load(logout).shows("<h2>Log out?</h2>");
    alice.get("/").shows("Log out alice");
    assert_eq!(alice.load_with(logout, &[("Referer", &here)]).status, 302);
    assert_eq!(alice.get("/").status, 302, "logged out");
}
