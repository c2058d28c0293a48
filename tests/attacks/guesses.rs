//! What a stranger reaches by trying passwords.

use harness::{Page, Site, Visitor};

fn try_to_log_in(visitor: &Visitor, password: &str) -> Page {
    visitor.post("/login", &[("login_username", "alice"), ("login_password", password), ("submit_login", "Log in")])
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
