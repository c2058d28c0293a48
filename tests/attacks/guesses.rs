//! What a stranger reaches by trying passwords.

use harness::{Page, Site, Visitor};

fn try_to_log_in(visitor: &Visitor, password: &str) -> Page {
    try_from(visitor, "", password)
}

/// Says where it comes from.
fn try_from(visitor: &Visitor, address: &str, password: &str) -> Page {
    let form = [("login_username", "alice"), ("login_password", password), ("submit_login", "Log in")];
    visitor.post_with("/login", &form, &[("X-Forwarded-For", address)])
}

#[test]
fn a_stranger_who_guesses_has_to_stop_and_the_owner_gets_in_from_the_browser_she_used() {
    let site = Site::start();
    let alice = site.register("alice");
    alice.post("/logout", &[]);
    let stranger = site.visitor();
    let stopped = (0..30).any(|_| try_to_log_in(&stranger, "a guess").text.contains("Please wait"));
    assert!(stopped, "he may guess for ever");
    try_to_log_in(&stranger, "alice!").shows("Please wait");
    assert_eq!(stranger.session(), None, "even the right password does not help him now");
    assert_eq!(try_to_log_in(&alice, "alice!").status, 302, "she is at the same address, and is let in");
    // The control: it is not she who is let in, but her password.
    try_to_log_in(&alice, "a guess").shows("Invalid username or password.");
}

#[test]
fn who_writes_himself_another_address_for_each_guess_has_to_stop_all_the_same() {
    let site = Site::start();
    site.register("alice");
    let stopped = (0..30)
        .any(|guess| try_from(&site.visitor(), &format!("192.0.2.{guess}"), "a guess").text.contains("Please wait"));
    assert!(stopped, "he may guess for ever");
}

/// The twin: where a front speaks for its visitors, its word counts.
#[test]
fn behind_a_front_one_visitor_has_to_stop_and_the_others_do_not() {
    let site = Site::start_with(|conf| conf.set("zookd", "set.front", "127.0.0.1"));
    site.register("alice");
    let stopped =
        (0..30).any(|_| try_from(&site.visitor(), "6.6.6.6, 192.0.2.1", "a guess").text.contains("Please wait"));
    assert!(stopped, "he may guess for ever");
    assert_eq!(try_from(&site.visitor(), "192.0.2.2", "alice!").status, 302, "from elsewhere she gets in");
}
