//! What api_svc hears from a run that is over, or that never was, it cannot have made durable: then the bank is not asked either.

use harness::Site;
use serde_json::json;

use crate::calls::say;

/// Asks sandbox_svc for something, in the name of a visitor's request.
fn ask(site: &Site, caller: &str, method: &str, parameters: serde_json::Value, request: &str) -> String {
    let call = json!({ "method": method, "parameters": parameters, "request": request });
    say(site, caller, "sandbox_svc", format!("{call}\0").as_bytes())
}

/// Runs a program of alice's while something is tried.
fn during_a_run(site: &Site, request: &str, tried: impl FnOnce()) {
    let run = json!({ "owner": "alice", "visitor": "bob", "code": "import time\ntime.sleep(3)\nprint('ended')\n" });
    std::thread::scope(|scope| {
        let running = scope.spawn(|| ask(site, "profile_svc", "org.zoobar.Sandbox.Run", run, request));
        site.wait_until("the run goes on", || done(site, "alice", request));
        tried();
        assert!(done(site, "alice", request), "the control: it still goes on");
        let said = running.join().expect("no panic");
        assert!(said.contains("ended"), "{said}");
    });
}

/// Whether a commit is said to have happened.
fn done(site: &Site, owner: &str, request: &str) -> bool {
    let said = ask(site, "api_svc", "org.zoobar.Sandbox.Commit", json!({ "owner": owner }), request);
    assert!(!said.contains("error") || said.contains("org.zoobar.Sandbox.Unavailable"), "{said}");
    !said.contains("error")
}

#[test]
fn a_commit_is_for_the_run_of_the_same_request_and_only_while_it_goes_on() {
    let site = Site::start();
    assert!(!done(&site, "alice", "this"), "there is no run at all");
    during_a_run(&site, "this", || {
        for (owner, request) in [("alice", "another"), ("alice", ""), ("bob", "this")] {
            assert!(!done(&site, owner, request), "{owner} {request:?}");
        }
    });
    assert!(!done(&site, "alice", "this"), "it has ended");
    during_a_run(&site, "next", || assert!(!done(&site, "alice", "this"), "the next run's files do not stand for its"));
}
