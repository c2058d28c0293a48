//! Who may call what, tried from the outside: every caller, every method.

use harness::{SECTIONS, Site};

/// Section, method, and the sections that may call it. Everybody else must be denied.
const ALLOWED: &[(&str, &[&str])] = &[
    ("org.zoobar.Echo.Echo", &["dynamic_svc"]),
    ("org.zoobar.Auth.Register", &["login_svc"]),
    ("org.zoobar.Auth.Login", &["login_svc"]),
    ("org.zoobar.Auth.Logout", &["login_svc"]),
    ("org.zoobar.Auth.Check", &["dynamic_svc", "bank_svc", "profile_svc"]),
    ("org.zoobar.Auth.Grant", &["dynamic_svc"]),
    ("org.zoobar.Auth.GetGrant", &["dynamic_svc"]),
    ("org.zoobar.Auth.BeginRun", &["profile_svc"]),
    ("org.zoobar.Auth.EndRun", &["profile_svc"]),
    ("org.zoobar.Bank.Open", &["auth_svc"]),
    ("org.zoobar.Bank.Balance", &["dynamic_svc", "api_svc"]),
    ("org.zoobar.Bank.Transfer", &["dynamic_svc"]),
    ("org.zoobar.Bank.Spend", &["api_svc"]),
    ("org.zoobar.Bank.Log", &["dynamic_svc", "api_svc"]),
    ("org.zoobar.Bank.Verify", &[]),
    ("org.zoobar.Profile.Get", &["dynamic_svc", "api_svc"]),
    ("org.zoobar.Profile.Set", &["dynamic_svc"]),
    ("org.zoobar.Profile.View", &["dynamic_svc"]),
    ("org.zoobar.Profile.Runs", &["dynamic_svc"]),
    ("org.zoobar.ProfileApi.Serve", &["profile_svc"]),
    ("org.zoobar.Sandbox.Run", &["profile_svc"]),
    ("org.zoobar.Sandbox.Commit", &["api_svc"]),
];

#[test]
fn each_method_answers_exactly_the_callers_of_the_matrix() {
    let site = Site::start();
    let mut wrong = Vec::new();
    for (method, allowed) in ALLOWED {
        for (caller, _) in SECTIONS {
            // Parameters that no method takes: whoever may call is told so, everybody else is denied before they are read.
            let (_, said) = site.call_as(caller, method, "{\"no such parameter\":[]}");
            let denied = said.contains("PermissionDenied");
            let let_in = said.contains("InvalidParameter");
            if denied == let_in || let_in != allowed.contains(caller) {
                wrong.push(format!("{caller} → {method}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
