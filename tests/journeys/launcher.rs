//! The launcher's own manners.

use harness::{Process, Site};
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn it_prints_who_runs_as_whom_and_where_to_look() {
    let site = Site::start();
    let said = site.said();
    for word in ["zookd", "bank_svc", "dynamic_svc", &site.uid(17).to_string(), "http://127.0.0.1:"] {
        assert!(said.contains(word), "{word:?} is not in\n{said}");
    }
}

#[test]
fn asked_to_end_it_stops_all_and_exits_well() {
    let site = Site::start();
    let processes = site.processes();
    let ended = site.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let left: Vec<_> =
        processes.iter().filter(|process| Process::of(process.pid).is_some_and(|now| now.uid == process.uid)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn killed_it_takes_everything_with_it() {
    let site = Site::start();
    let processes = site.processes();
    let launcher = Pid::from_raw(site.launcher().cast_signed()).expect("a process id");
    kill_process(launcher, Signal::KILL).expect("it is there");
    site.wait_until("all processes are gone", || {
        processes.iter().all(|process| Process::of(process.pid).is_none_or(|now| now.uid != process.uid))
    });
}

#[test]
fn one_request_has_one_name_in_the_logs_of_all_services() {
    let site = Site::start();
    let alice = site.register("alice");
    alice.get("/users?user=alice");
    let log = |service: &str| {
        let path = site.jail().join("log").join(service).join(format!("{service}.log"));
        std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    };
    let zookd = log("zookd");
    let request = zookd
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|line| line.get("request")?.as_str().map(str::to_owned))
        .filter(|request| request != "-")
        .find(|request| log("auth_svc").contains(request.as_str()));
    assert!(request.is_some(), "no request of zookd's log is in auth's");
    for line in zookd.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is one JSON object");
    }
}
