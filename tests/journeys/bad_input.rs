//! Forms filled in as no form should be: always the form again with a sentence, never a 5xx.

use harness::Site;

#[test]
fn names_and_passwords_that_break_a_rule_are_explained() {
    let site = Site::start();
    let long = "x".repeat(65);
    let huge = "p".repeat(5 * 1024);
    let cases = [
        ("", "secret", "You must supply a username to register."),
        ("alice", "", "You must supply a password to register."),
        (long.as_str(), "secret", "64"),
        ("a\nb", "secret", ""),
        (" alice", "secret", ""),
        ("a\u{202e}b", "secret", ""),
        ("a\u{0}b", "secret", ""),
        ("alice", huge.as_str(), "4"),
    ];
    for (name, password, sentence) in cases {
        let visitor = site.visitor();
        let form = [("login_username", name), ("login_password", password), ("submit_registration", "Register")];
        let page = visitor.post("/login", &form);
        assert_eq!(page.status, 200, "{name:?}: {}", page.text);
        page.shows(sentence).shows("name=\"login_username\"").hides(&format!("value=\"{huge}"));
        assert_eq!(visitor.session(), None, "{name:?} got in");
    }
    for (name, password, sentence) in [
        ("", "x", "You must supply a username to log in."),
        ("alice", "", "You must supply a password to log in."),
        ("alice", "x", "Invalid username or password."),
    ] {
        let form = [("login_username", name), ("login_password", password), ("submit_login", "Log in")];
        site.visitor().post("/login", &form).shows(sentence);
    }
}

#[test]
fn a_name_that_is_taken_is_not_registered_again() {
    let site = Site::start();
    site.register("alice");
    let thief = site.visitor();
    let form = [("login_username", "alice"), ("login_password", "another"), ("submit_registration", "Register")];
    thief.post("/login", &form).shows("Registration failed.");
    assert_eq!(thief.session(), None);
}

#[test]
fn unusual_names_are_good_names() {
    let site = Site::start();
    for name in ["zoë", "李雷", "a b", "test1/.", "../etc", "x#y", "o'brien; drop table", "<b>"] {
        let user = site.register(name);
        assert_eq!(user.get("/").shows("10 zoobars").status, 200);
        let again = site.visitor();
        let form = [("login_username", name), ("login_password", &format!("{name}!")), ("submit_login", "Log in")];
        assert_eq!(again.post("/login", &form).status, 302, "{name:?}");
    }
}

#[test]
fn one_name_in_two_spellings_is_one_name() {
    let site = Site::start();
    site.register("zo\u{eb}");
    let form = [("login_username", "zoe\u{308}"), ("login_password", "x"), ("submit_registration", "Register")];
    site.visitor().post("/login", &form).shows("Registration failed.");
}

#[test]
fn a_profile_that_is_too_long_is_kept_in_the_form_and_not_saved() {
    let site = Site::start();
    let alice = site.register("alice");
    alice.post("/", &[("profile_update", "the first"), ("profile_submit", "Save")]);
    let long = "y".repeat(70 * 1024);
    let page = alice.post("/", &[("profile_update", &long), ("profile_submit", "Save")]);
    assert!(page.status < 500, "{}", page.status);
    alice.get("/users?user=alice").shows("the first");
}

#[test]
fn a_spending_cap_that_is_no_amount_is_refused() {
    let site = Site::start();
    let alice = site.register("alice");
    for cap in ["-1", "1.5", "x", "", "99999999999999999999", "1000001"] {
        let form = [("profile_update", "#!python\nprint(1)"), ("profile_cap", cap), ("profile_submit", "Save")];
        let page = alice.post("/", &form);
        assert!(page.status < 500, "{cap:?}: {}", page.status);
    }
}
