//! What the operator asks for at the command line.

use harness::{Site, programs};

/// `zookctl verify-bank`: its exit code and what it says.
fn verify_bank(site: &Site) -> (Option<i32>, String) {
    let mut zookctl = std::process::Command::new(programs().join("zookctl"));
    let output = zookctl.arg("--conf").arg(site.conf()).arg("verify-bank").output().expect("zookctl runs");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn the_operator_hears_whether_the_banks_log_holds() {
    let site = Site::start();
    let alice = site.register("alice");
    site.register("bob");
    alice.post("/transfer", &[("zoobars", "3"), ("recipient", "bob"), ("submission", "Send")]).shows("Sent 3 zoobars");
    let (code, said) = verify_bank(&site);
    assert_eq!(code, Some(0), "{said}");
    for line in ["rows      1\n", "accounts  2\n", "total     20\n", "all is well"] {
        assert!(said.contains(line), "{line:?} not in\n{said}");
    }

    let bank = rusqlite::Connection::open(site.jail().join("bank/db/bank.db")).expect("root opens it");
    let spoil = |sql| assert_eq!(bank.execute(sql, []).expect("root writes"), 1);
    spoil("UPDATE account SET zoobars = 1000 WHERE username = 'bob'");
    assert_eq!(verify_bank(&site), (Some(1), "the balance of \"bob\" does not follow from the log\n".to_owned()));
    spoil("UPDATE transfer SET amount = 993 WHERE id = 1");
    assert_eq!(verify_bank(&site), (Some(1), "row 1 of the log is not what the bank wrote\n".to_owned()));
}

#[test]
fn the_bank_answers_root_only_where_zook_conf_says_so() {
    let site = Site::start_with(|conf| conf.replace("    operator_calls = bank_svc.Verify\n", ""));
    let (code, said) = verify_bank(&site);
    assert!(code == Some(2) && said.contains("operator_calls = bank_svc.Verify"), "{code:?} {said}");
}
