//! The pages besides login and transfer.

use harness::Site;

#[test]
fn a_text_profile_is_saved_shown_and_cleaned_of_scripts() {
    let site = Site::start();
    let (alice, bob) = (site.register("alice"), site.register("bob"));
    let text = "I like <i>zoos</i> <script>alert(1)</script><img src=x onerror=alert(2)>";
    alice.post("/", &[("profile_update", text), ("profile_submit", "Save")]).shows("&#60;script&#62;alert(1)");
    bob.get("/users?user=alice").shows("<i>zoos</i>").hides("alert(1)").hides("onerror");
}

#[test]
fn an_unknown_user_cannot_be_found() {
    let site = Site::start();
    let alice = site.register("alice");
    alice.get("/users").shows("<title>Users - Zoobar Foundation</title>");
    alice.get("/users?user=nobody").shows("Cannot find that user.");
    alice.get("/users?user=%3Cscript%3E").shows("Cannot find that user.").hides("<script>");
}

#[test]
fn echo_shows_the_reply_and_the_caller_that_the_kernel_named() {
    let site = Site::start();
    let alice = site.register("alice");
    alice.get("/echo?s=hello").shows("Echo response:").shows("You said: hello").shows("dynamic_svc");
    alice.get("/echo?s=%3Cb%3E%0A%00x").shows("&#60;b&#62;").hides("<b>\n");
}

#[test]
fn zoobarjs_tells_the_balance_to_who_is_logged_in() {
    let site = Site::start();
    let alice = site.register("alice");
    let script = alice.get("/zoobarjs");
    script.shows("var myZoobars = 10;");
    assert!(script.header("content-type").is_some_and(|kind| kind.contains("javascript")));
    let stranger = site.visitor().get("/zoobarjs");
    assert_eq!((stranger.status, stranger.text.trim()), (200, ""));
}

#[test]
fn every_page_forbids_inline_scripts_and_framing() {
    let site = Site::start();
    let alice = site.register("alice");
    for page in ["/", "/users?user=alice", "/transfer", "/log", "/echo?s=x", "/login", "/register"] {
        let answer = alice.get(page);
        assert_eq!(answer.status, 200, "{page}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("script-src 'self'") || policy.contains("default-src 'none'"), "{page}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{page}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{page}");
        assert!(!answer.text.contains("<script>"), "{page}");
    }
}

#[test]
fn a_path_that_nobody_serves_is_a_kind_404() {
    let site = Site::start();
    let alice = site.register("alice");
    for path in ["/nosuch", "/zoobar/index.cgi/nosuch", "/zoobar/index_cgi/"] {
        let page = alice.load(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{path}");
    }
}
