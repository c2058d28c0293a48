//! What an intruder in one service can do to the others by calling them.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use harness::{SECTIONS, Site};

/// Sends a service's last words to another, and returns all that comes back until the other side closes.
pub(crate) fn say(site: &Site, caller: &str, callee: &str, bytes: &[u8]) -> String {
    let mut stream = site.connect_as(caller, callee);
    // The service may close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    hear(stream)
}

/// Requests a page as a service's user. It stays connected meanwhile: a page is not made for one who hangs up.
fn request(site: &Site, caller: &str, callee: &str, head: &[u8]) -> String {
    let mut stream = site.connect_as(caller, callee);
    let _ = stream.write_all(head);
    hear(stream)
}

fn hear(mut stream: UnixStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("sets");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The bank still answers those that it should.
fn bank_serves_on(site: &Site) {
    let ask = b"{\"method\":\"org.zoobar.Bank.Balance\",\"parameters\":{\"username\":\"alice\"}}\0";
    let answer = say(site, "dynamic_svc", "bank_svc", ask);
    assert!(answer.contains("10"), "{answer}\n{}", site.said());
}

#[test]
fn broken_huge_and_silent_messages_close_their_connection_and_the_bank_serves_on() {
    let site = Site::start();
    site.register("alice");
    for broken in [&b"{\"method\":\0"[..], b"\xff\0", b"[]\0", b"null\0", b"{\"method\":\"x\",\"upgrade\":true}\0"] {
        assert_eq!(say(&site, "dynamic_svc", "bank_svc", broken), "", "{broken:?}");
        bank_serves_on(&site);
    }
    assert_eq!(say(&site, "dynamic_svc", "bank_svc", &vec![b'['; 100 * 1024 * 1024]), "");
    let _silent: Vec<_> = (0..30).map(|_| site.connect_as("dynamic_svc", "bank_svc")).collect();
    bank_serves_on(&site);
    let unknown = say(&site, "dynamic_svc", "bank_svc", b"{\"method\":\"org.zoobar.Bank.Rob\"}\0");
    assert!(unknown.contains("error"), "{unknown}");
    bank_serves_on(&site);
}

#[test]
fn a_denied_call_leaves_a_line_in_the_log() {
    let site = Site::start();
    site.register("alice");
    let open = b"{\"method\":\"org.zoobar.Bank.Open\",\"parameters\":{\"username\":\"mint\"}}\0";
    assert!(say(&site, "dynamic_svc", "bank_svc", open).contains("PermissionDenied"));
    let log = std::fs::read_to_string(site.jail().join("log/bank_svc/bank_svc.log")).expect("there is a log");
    assert!(
        log.lines().any(|line| line.contains("denied")
            && line.contains("org.zoobar.Bank.Open")
            && line.contains("dynamic_svc")),
        "{log}"
    );
    site.wait_until("the operator reads it too", || site.said().contains("denied"));
}

#[test]
fn one_caller_that_takes_all_its_connections_leaves_the_others_theirs() {
    let site = Site::start();
    site.register("alice");
    let _held: Vec<_> = (0..200).map(|_| site.connect_as("api_svc", "bank_svc")).collect();
    bank_serves_on(&site);
}

#[test]
fn the_pages_are_served_to_the_dispatcher_alone() {
    let site = Site::start();
    let head = b"GET /zoobar/index.cgi/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(request(&site, "zookd", "login_svc", head).starts_with("HTTP/1.1 200"));
    for (caller, _) in SECTIONS.iter().filter(|(name, _)| *name != "zookd") {
        let answer = request(&site, caller, "login_svc", head);
        assert!(!answer.contains("200"), "{caller} was served: {answer}");
    }
}

/// The mount namespace of each service holds the sockets that zook.conf lets it call, and no others.
#[test]
fn a_service_can_reach_only_the_sockets_that_it_may_call() {
    let site = Site::start();
    let reach = [
        ("zookd", vec!["cgi_svc", "dynamic_svc", "login_svc", "static_svc"]),
        ("static_svc", vec![]),
        ("cgi_svc", vec![]),
        ("login_svc", vec!["auth_svc"]),
        ("dynamic_svc", vec!["auth_svc", "bank_svc", "echo_svc", "profile_svc"]),
        ("echo_svc", vec![]),
        ("auth_svc", vec!["bank_svc"]),
        ("bank_svc", vec!["auth_svc"]),
        ("profile_svc", vec!["api_svc", "auth_svc", "sandbox_svc"]),
        ("sandbox_svc", vec![]),
        ("api_svc", vec!["bank_svc", "profile_svc", "sandbox_svc"]),
    ];
    for (caller, callees) in reach {
        let (_, user) = SECTIONS.iter().find(|(name, _)| *name == caller).expect("listed");
        let process = site.process(*user).unwrap_or_else(|| panic!("{caller} runs"));
        let run = format!("/proc/{}/root/run", process.pid);
        let mut seen: Vec<String> = std::fs::read_dir(run)
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("reads").file_name().to_string_lossy().trim_end_matches(".sock").to_owned())
            .collect();
        seen.sort();
        assert_eq!(seen, callees, "{caller}");
    }
}

/// As an intruder leaves it who wants the site never to start again.
#[test]
fn a_spoilt_log_does_not_keep_a_service_from_starting() {
    let site = Site::start();
    let log = site.jail().join("log/echo_svc/echo_svc.log");
    std::fs::remove_file(&log).expect("there is a log");
    std::fs::create_dir(&log).expect("makes a directory in its place");
    let before = site.process(10).expect("echo_svc runs");
    let pid = rustix::process::Pid::from_raw(before.pid.cast_signed()).expect("a process id");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is there");
    site.wait_until("echo_svc is back", || site.process(10).is_some_and(|now| now.pid != before.pid));
    site.register("alice").get("/echo?s=again").shows("You said: again");
}
