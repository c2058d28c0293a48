//! A zook.conf that is wrong starts nothing, and says where, what, and what to write instead.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use harness::{Conf, Site};

/// Starts a site with a changed table; it must refuse with all of these words.
#[track_caller]
fn refuses(change: impl FnOnce(&mut Conf), words: &[&str]) {
    let ended = Site::refused(change);
    assert!(ended.code.is_some_and(|code| code != 0), "exit code {:?}: {}", ended.code, ended.said);
    for word in words {
        assert!(ended.said.contains(word), "{word:?} is not in what it said:\n{}", ended.said);
    }
}

/// A mistake that stands on one line of zook.conf.
#[track_caller]
fn refuses_line(change: impl FnOnce(&mut Conf), words: &[&str]) {
    let ended = Site::refused(change);
    assert!(ended.code.is_some_and(|code| code != 0), "exit code {:?}: {}", ended.code, ended.said);
    let numbered = ended.said.lines().any(|line| {
        let after = line.split("zook.conf:").nth(1).and_then(|rest| rest.split(':').next());
        after.is_some_and(|number| number.parse::<u32>().is_ok()) && words.iter().all(|word| line.contains(word))
    });
    assert!(numbered, "no line with a number and {words:?}:\n{}", ended.said);
}

#[test]
fn an_unknown_key() {
    refuses_line(|conf| conf.set("bank_svc", "colour", "red"), &["colour"]);
}

#[test]
fn an_unknown_section() {
    refuses_line(|conf| conf.add("[stranger_svc]\n    cmd = echo\n    uid = 5\n    gid = 5\n"), &["stranger_svc"]);
}

#[test]
fn a_missing_cmd_uid_or_gid() {
    for key in ["cmd", "uid", "gid"] {
        refuses_line(
            |conf| {
                let from = conf.text.find("[echo_svc]").expect("is there");
                let at = from + conf.text[from..].find(key).expect("is there");
                let end = at + conf.text[at..].find('\n').expect("ends");
                conf.text.replace_range(at..end, "");
            },
            &["echo_svc", key],
        );
    }
}

#[test]
fn uid_0_and_a_uid_twice() {
    refuses_line(|conf| conf.set("echo_svc", "uid", "0"), &["0"]);
    refuses_line(
        |conf| {
            let bank =
                conf.text.split("[bank_svc]").nth(1).and_then(|rest| rest.split("uid = ").nth(1)).expect("is there");
            let bank = bank.split_whitespace().next().expect("a number").to_owned();
            conf.set("echo_svc", "uid", &bank);
        },
        &["uid"],
    );
}

#[test]
fn two_services_on_one_url() {
    refuses_line(
        |conf| {
            conf.set("login_svc", "url", "/same");
            conf.set("dynamic_svc", "url", "/same");
        },
        &["/same"],
    );
}

#[test]
fn a_regular_expression_that_does_not_compile() {
    refuses_line(|conf| conf.set("dynamic_svc", "url", "/zoobar/("), &["url"]);
}

#[test]
fn a_call_to_a_method_that_does_not_exist() {
    refuses_line(|conf| conf.set("bank_svc", "calls", "auth_svc.Chekc"), &["Chekc"]);
    refuses_line(|conf| conf.set("bank_svc", "calls", "ghost_svc.Check"), &["ghost_svc"]);
}

#[test]
fn a_file_that_others_can_write() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let conf = directory.path().join("zook.conf");
    std::fs::copy(harness::repository().join("zook.conf"), &conf).expect("copies");
    for (mode, good) in [(0o666, false), (0o664, false), (0o644, true)] {
        std::fs::set_permissions(&conf, Permissions::from_mode(mode)).expect("sets");
        let checked =
            Command::new(harness::programs().join("zookld")).arg("--check").arg(&conf).output().expect("runs");
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(checked.status.success(), good, "mode {mode:o}: {said}");
        assert!(good || said.contains("chmod"), "says what to do: {said}");
    }
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = taken.local_addr().expect("bound").port().to_string();
    refuses(|conf| conf.set("zook", "port", &port), &[&port]);
}

#[test]
fn somebody_who_is_not_root() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("sets");
    let conf = directory.path().join("zook.conf");
    std::fs::copy(harness::repository().join("zook.conf"), &conf).expect("copies");
    let program = directory.path().join("zookld");
    std::fs::copy(harness::programs().join("zookld"), &program).expect("copies");
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&program)
        .arg(&conf)
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("root"), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "one clear sentence: {said}");
}

#[test]
fn check_prints_the_policy_and_starts_nothing() {
    let checked = Command::new(harness::programs().join("zookld"))
        .arg("--check")
        .arg(harness::repository().join("zook.conf"))
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    for word in ["bank_svc", "61017", "auth_svc", "Check", "/db"] {
        assert!(said.contains(word), "{word:?} is not in\n{said}");
    }
}
