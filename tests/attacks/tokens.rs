//! What an intruder can do with the tokens that pass through a service.

use harness::Site;
use serde_json::{Value, json};

/// profile_svc sees the sessions of its visitors, and hands the tokens of runs to api_svc. If it hands over a session in the
/// place of a run, then this is what api_svc asks of the bank.
#[test]
fn a_visitors_session_spends_nothing_through_the_api_server() {
    let site = Site::start();
    let alice = site.register("alice");
    site.register("bob");
    let program = [("profile_update", "#!python\nprint(1)\n"), ("profile_cap", "2"), ("profile_submit", "Save")];
    assert_eq!(alice.post("/", &program).status, 200);
    let session = alice.session().expect("logged in");
    let (begun, said) = site.call_as("profile_svc", "org.zoobar.Auth.BeginRun", "{\"owner\":\"alice\"}");
    assert!(begun, "{said}");
    let run: Value = serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"));
    let run = run["parameters"]["token"].as_str().unwrap_or_else(|| panic!("no token: {run}"));
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
