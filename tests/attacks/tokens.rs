//! What an intruder can do with the tokens that pass through a service.

use auth_api::ProgramDigest;
use harness::Site;
use serde_json::{Value, json};

/// The token of a run that profile_svc is about to begin before a visitor.
fn begin_run(site: &Site, session: &str, owner: &str, text: &str) -> String {
    let about_to_run = json!({ "token": session, "owner": owner, "program": ProgramDigest::of(text) });
    let (begun, said) = site.call_as("profile_svc", "org.zoobar.Auth.BeginRun", &about_to_run.to_string());
    assert!(begun, "{said}");
    let run: Value = serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"));
    run["parameters"]["run"].as_str().unwrap_or_else(|| panic!("no token: {run}")).to_owned()
}

/// profile_svc sees the sessions of its visitors, and hands the tokens of runs to api_svc. If it hands over a session in the
/// place of a run, then this is what api_svc asks of the bank.
#[test]
fn a_visitors_session_spends_nothing_through_the_api_server() {
    let site = Site::start();
    let alice = site.register("alice");
    site.register("bob");
    let text = "#!python\nprint(1)\n";
    let program = [("profile_update", text), ("profile_cap", "2"), ("profile_submit", "Save")];
    assert_eq!(alice.post("/", &program).status, 200);
    let session = alice.session().expect("logged in");
    let about_to_run = json!({ "token": "0".repeat(64), "owner": "alice", "program": ProgramDigest::of(text) });
    let (begun, said) = site.call_as("profile_svc", "org.zoobar.Auth.BeginRun", &about_to_run.to_string());
    assert!(!begun && said.contains("InvalidToken"), "a run before nobody: {said}");
    let run = begin_run(&site, &session, "alice", text);
    let call = |caller: &str, method: &str, token: &str| {
        let order = json!({ "token": token, "recipient": "bob", "zoobars": 1 });
        site.call_as(caller, method, &order.to_string())
    };

    for (caller, method, token, refusal) in [
        ("api_svc", "org.zoobar.Bank.Spend", session.as_str(), "InvalidToken"),
        ("api_svc", "org.zoobar.Bank.Transfer", session.as_str(), "PermissionDenied"),
        ("profile_svc", "org.zoobar.Bank.Transfer", session.as_str(), "PermissionDenied"),
        ("dynamic_svc", "org.zoobar.Bank.Transfer", run.as_str(), "InvalidToken"),
    ] {
        let (answered, said) = call(caller, method, token);
        assert!(!answered && said.contains(refusal), "{caller} {method}: {said}");
    }
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");

    // The controls: each token where it belongs.
    for (caller, method, token) in [
        ("api_svc", "org.zoobar.Bank.Spend", run.as_str()),
        ("dynamic_svc", "org.zoobar.Bank.Transfer", session.as_str()),
    ] {
        let (answered, said) = call(caller, method, token);
        assert!(answered, "{caller} {method}: {said}");
    }
    alice.get("/").shows("<b>Balance:</b> 8 zoobars<br />");
}

/// api_svc keeps the tokens of all runs that it ever served, and tries to make others' useless.
#[test]
fn a_runs_token_is_good_until_its_run_ends_and_nobody_else_ends_it() {
    let site = Site::start();
    let (alice, bob) = (site.register("alice"), site.register("bob"));
    let text = "#!python\nprint(1)\n";
    assert_eq!(
        alice.post("/", &[("profile_update", text), ("profile_cap", "9"), ("profile_submit", "Save")]).status,
        200
    );
    let session = alice.session().expect("logged in");
    let [one, other] = [(); 2].map(|()| begin_run(&site, &session, "alice", text));
    let spend = |token: &str| {
        site.call_as(
            "api_svc",
            "org.zoobar.Bank.Spend",
            &json!({ "token": token, "recipient": "bob", "zoobars": 1 }).to_string(),
        )
    };
    let end =
        |caller: &str, method: &str, token: &str| site.call_as(caller, method, &json!({ "token": token }).to_string());

    for caller in ["api_svc", "bank_svc", "sandbox_svc", "dynamic_svc"] {
        let (answered, said) = end(caller, "org.zoobar.Auth.EndRun", &one);
        assert!(!answered && said.contains("PermissionDenied"), "{caller}: {said}");
    }
    // Whoever may end something ends only what he may.
    for (caller, method, token) in
        [("login_svc", "org.zoobar.Auth.Logout", &one), ("profile_svc", "org.zoobar.Auth.EndRun", &session)]
    {
        let (answered, said) = end(caller, method, token);
        assert!(answered, "what is not his is unknown to him: {method}: {said}");
    }
    let (answered, said) = spend(&one);
    assert!(answered, "the run goes on: {said}");
    alice.get("/").shows("<b>Balance:</b> 9 zoobars<br />");

    let (answered, said) = end("profile_svc", "org.zoobar.Auth.EndRun", &one);
    assert!(answered, "{said}");
    let (answered, said) = spend(&one);
    assert!(!answered && said.contains("InvalidToken"), "the run has ended: {said}");
    bob.set_session(&other);
    assert_eq!(bob.get("/").status, 302, "no run is a session");
    alice.get("/").shows("<b>Balance:</b> 9 zoobars<br />");
    let (answered, said) = spend(&other);
    assert!(answered, "the control: the other run goes on: {said}");
    alice.get("/").shows("<b>Balance:</b> 8 zoobars<br />");
}

/// Two forms of one owner, sent at the same time: the words of one must not meet the cap of the other.
#[test]
fn a_program_does_not_spend_what_its_owner_granted_to_another_one() {
    let site = Site::start();
    let (alice, bob) = (site.register("alice"), site.register("bob"));
    let (spender, harmless) =
        ("#!python\napi.call('xfer', target='bob', zoobars=5)\n", "#!python\nprint('harmless')\n");
    let save = |text, cap| {
        let form = [("profile_update", text), ("profile_cap", cap), ("profile_submit", "Save")];
        assert_eq!(alice.post("/", &form).status, 200);
    };
    for _ in 0..5 {
        std::thread::scope(|scope| {
            scope.spawn(|| save(spender, "0"));
            scope.spawn(|| save(harmless, "5"));
        });
        bob.get("/users?user=alice");
        alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    }
    // The worst order, step by step.
    let session = alice.session().expect("logged in");
    for (method, what) in [
        ("org.zoobar.Auth.Grant", json!({ "token": session, "cap": 5, "program": ProgramDigest::of(harmless) })),
        ("org.zoobar.Profile.Set", json!({ "token": session, "text": spender })),
    ] {
        let (answered, said) = site.call_as("dynamic_svc", method, &what.to_string());
        assert!(answered, "{method}: {said}");
    }
    bob.get("/users?user=alice").hides("harmless");
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />").shows("name=\"profile_cap\" value=\"0\"");

    // The control: the same program, when the cap is its own.
    save(spender, "5");
    bob.get("/users?user=alice");
    alice.get("/").shows("<b>Balance:</b> 5 zoobars<br />");
}
