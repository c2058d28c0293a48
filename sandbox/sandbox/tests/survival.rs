//! What is killed from outside, whenever it is: each run still gets an outcome, and the next one works. A sandbox of its own,
//! since these tests hurt whatever runs beside them.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::{Pid, Signal, kill_process};
use sandbox::{Ending, Outcome, Sandbox};

#[path = "common/fixture.rs"]
mod fixture;

use fixture::{House, request};

const HOUSE: House = House { owner: 62_501, first_guest: 62_520, guests: 20 };

/// Processes of the guests' users; those with the user 0 inside are the nursery and the zygotes.
fn processes(user: impl Fn(u32) -> bool) -> Vec<(Pid, String)> {
    let all = fs::read_dir("/proc").expect("mounted").flatten();
    let pids = all.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.metadata().ok()?.uid())));
    pids.filter(|(_, uid)| user(*uid))
        .filter_map(|(pid, _)| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
            Some((Pid::from_raw(pid)?, name.trim().to_owned()))
        })
        .collect()
}

fn zygotes() -> Vec<Pid> {
    let all = processes(|uid| uid == HOUSE.first_guest).into_iter();
    all.filter(|(_, name)| name == "zygote").map(|(pid, _)| pid).collect()
}

fn guests() -> Vec<Pid> {
    let all = processes(|uid| (HOUSE.first_guest + 1..HOUSE.first_guest + HOUSE.guests).contains(&uid)).into_iter();
    all.map(|(pid, _)| pid).collect()
}

fn run(sandbox: &Sandbox, code: &str) -> Outcome {
    sandbox.run(request("survivor", code)).expect("there is room")
}

fn works(sandbox: &Sandbox) {
    let outcome = run(sandbox, "print(1)");
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", fixture::said(&outcome));
}

#[test]
fn whatever_is_killed_each_run_has_an_outcome_and_the_next_one_works() {
    let (sandbox, store) = fixture::start(&HOUSE, |_| ());
    works(&sandbox);

    // Spares that died while they waited, and zygotes with all their spares.
    for pid in guests() {
        let _ = kill_process(pid, Signal::KILL);
    }
    works(&sandbox);
    for pid in zygotes() {
        let _ = kill_process(pid, Signal::KILL);
    }
    works(&sandbox);

    // A guest in the middle of its run: its own end, with what it had printed and written.
    let code = "import os, time\nopen('kept', 'w').write('x')\nprint('before')\ntime.sleep(60)\n";
    let killed = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&sandbox, code));
        fixture::wait_until(|| fs::read_dir(store.path()).expect("there").count() > 0);
        std::thread::sleep(std::time::Duration::from_millis(200));
        for pid in guests() {
            let _ = kill_process(pid, Signal::KILL);
        }
        running.join().expect("no panic")
    });
    assert!(!matches!(killed.ending, Ending::Finished { .. } | Ending::OutOfTime { .. }), "{}", fixture::said(&killed));
    assert_eq!(fixture::text(&killed.output), "before\n");
    assert_eq!(run(&sandbox, "print(open('kept').read())").output, b"x\n");

    // Its zygote: a failure of ours, and told as one.
    let lost = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&sandbox, code));
        std::thread::sleep(std::time::Duration::from_millis(200));
        for pid in zygotes() {
            let _ = kill_process(pid, Signal::KILL);
        }
        running.join().expect("no panic")
    });
    assert!(matches!(lost.ending, Ending::NotStarted { .. }), "{}", fixture::said(&lost));
    assert_eq!(fixture::text(&lost.output), "before\n");
    works(&sandbox);

    drop(sandbox);
    fixture::wait_until(|| zygotes().is_empty() && guests().is_empty());
}
