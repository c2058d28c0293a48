//! What an intruder can do with the tokens that pass through a service.

use auth_api::ProgramDigest;
use harness::Site;
use serde_json::{Value, json};

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
    let about_to_run = json!({ "token": session, "owner": "alice", "program": ProgramDigest::of(text) });
    let nobody = json!({ "token": "0".repeat(64), "owner": "alice", "program": ProgramDigest::of(text) });
    let (begun, said) = site.call_as("profile_svc", "org.zoobar.Auth.BeginRun", &nobody.to_string());
    assert!(!begun && said.contains("InvalidToken"), "a run before nobody: {said}");
    let (begun, said) = site.call_as("profile_svc", "org.zoobar.Auth.BeginRun", &about_to_run.to_string());
    assert!(begun, "{said}");
    let run: Value = serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"));
    let run = run["parameters"]["run"].as_str().unwrap_or_else(|| panic!("no token: {run}"));
    let call = |caller: &str, method: &str, token: &str| {
        let order = json!({ "token": token, "recipient": "bob", "zoobars": 1 });
        site.call_as(caller, method, &order.to_string())
    };

    for (caller, method, token, refusal) in [
        ("api_svc", "org.zoobar.Bank.Spend", session.as_str(), "InvalidToken"),
        ("api_svc", "org.zoobar.Bank.Transfer", session.as_str(), "PermissionDenied"),
        ("profile_svc", "org.zoobar.Bank.Transfer", session.as_str(), "PermissionDenied"),
        ("dynamic_svc", "org.zoobar.Bank.Transfer", run, "InvalidToken"),
    ] {
        let (answered, said) = call(caller, method, token);
        assert!(!answered && said.contains(refusal), "{caller} {method}: {said}");
    }
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");

    // The controls: each token where it belongs.
    for (caller, method, token) in
        [("api_svc", "org.zoobar.Bank.Spend", run), ("dynamic_svc", "org.zoobar.Bank.Transfer", session.as_str())]
    {
        let (answered, said) = call(caller, method, token);
        assert!(answered, "{caller} {method}: {said}");
    }
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
