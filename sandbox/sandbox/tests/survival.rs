//! What is killed from outside, whenever it is: each run still gets an outcome, and the next one works. A sandbox of its own,
//! since these tests hurt whatever runs beside them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::sync::LazyLock;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sandbox::{Config, Ending, Outcome, Request, Sandbox};

#[path = "common/fixture.rs"]
mod fixture;

use fixture::{House, request};

static HOUSE: LazyLock<House> = LazyLock::new(|| House::for_guests(20));
static STILL: LazyLock<House> = LazyLock::new(|| House::for_guests(4));
static LATE: LazyLock<House> = LazyLock::new(|| House::for_guests(4));

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

fn zygotes(house: &House) -> Vec<Pid> {
    let all = processes(|uid| uid == house.first_guest).into_iter();
    all.filter(|(_, name)| name == "zygote").map(|(pid, _)| pid).collect()
}

fn guests(house: &House) -> Vec<Pid> {
    let all = processes(|uid| (house.first_guest + 1..house.first_guest + house.guests).contains(&uid)).into_iter();
    all.map(|(pid, _)| pid).collect()
}

/// One that is gone already is just as well: a guest that is just being born looks like its zygote.
fn signal(pids: &[Pid], signal: Signal) {
    for pid in pids {
        let _ = kill_process(*pid, signal);
    }
}

/// Kills processes, and waits until they are gone: what begins then does not begin in a dying one.
fn kill(pids: Vec<Pid>) {
    signal(&pids, Signal::KILL);
    let gone = |pid: &Pid| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    };
    fixture::wait_until(|| pids.iter().all(gone));
}

fn run(sandbox: &Sandbox, code: &str) -> Outcome {
    sandbox.run(request("survivor", code)).expect("there is room")
}

fn works(sandbox: &Sandbox) {
    let outcome = run(sandbox, "print(1)");
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", fixture::said(&outcome));
}

/// Runs a program that prints, writes and waits, and does something when it has come so far.
fn in_the_middle(sandbox: &Sandbox, act: impl FnOnce()) -> Outcome {
    let code = "open('kept', 'w').write('x')\nprint('before')\napi.call('now')\n";
    let (host, api) = UnixStream::pair().expect("a pair of sockets");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            sandbox.run(Request { api: Some(api.into()), ..request("survivor", code) }).expect("there is room")
        });
        let mut word = String::new();
        BufReader::new(&host).read_line(&mut word).expect("the program calls");
        act();
        drop(host);
        running.join().expect("no panic")
    })
}

#[test]
fn whatever_is_killed_each_run_has_an_outcome_and_the_next_one_works() {
    let (sandbox, _store) = fixture::start(&HOUSE, |_| ());
    works(&sandbox);

    // Spares that died while they waited, and zygotes with all their spares.
    kill(guests(&HOUSE));
    works(&sandbox);
    kill(zygotes(&HOUSE));
    works(&sandbox);

    // A guest in the middle of its run: its own end, with what it had printed and written.
    let killed = in_the_middle(&sandbox, || kill(guests(&HOUSE)));
    assert!(!matches!(killed.ending, Ending::Finished { .. } | Ending::OutOfTime { .. }), "{}", fixture::said(&killed));
    assert_eq!(fixture::text(&killed.output), "before\n");
    assert_eq!(run(&sandbox, "print(open('kept').read())").output, b"x\n");

    // Its zygote: a failure of ours, and told as one.
    let lost = in_the_middle(&sandbox, || kill(zygotes(&HOUSE)));
    assert!(matches!(lost.ending, Ending::NotStarted { .. }), "{}", fixture::said(&lost));
    assert_eq!(fixture::text(&lost.output), "before\n");
    works(&sandbox);

    drop(sandbox);
    fixture::wait_until(|| zygotes(&HOUSE).is_empty() && guests(&HOUSE).is_empty());
}

/// Has ids for a run, its successor and one that is on its way, and no more.
fn few(config: &mut Config) {
    (config.cores, config.lanes_per_core, config.spares_per_core) = (1, 1, 1);
}

/// Stops a zygote whose one child waits for a run, and kills that.
fn stand_still(sandbox: &Sandbox, house: &House) -> Vec<Pid> {
    in_the_middle(sandbox, || fixture::wait_until(|| guests(house).len() == 2));
    fixture::wait_until(|| guests(house).len() == 1);
    let still = zygotes(house);
    signal(&still, Signal::STOP);
    kill(guests(house));
    still
}

#[test]
fn a_run_waits_for_a_guest_no_longer_than_it_may() {
    let (sandbox, _store) = fixture::start(&LATE, |config| {
        few(config);
        config.patience = Duration::from_secs(1);
    });
    let is_well = || run(&sandbox, "print(1)").ending == Ending::Finished { exit_code: 0 };
    fixture::wait_until(is_well);
    let still = stand_still(&sandbox, &LATE);
    let late = run(&sandbox, "print(1)");
    let says_so = |why: &str| why.starts_with("there is no guest for the run: ");
    assert!(matches!(&late.ending, Ending::NotStarted { why } if says_so(why)), "{}", fixture::said(&late));
    signal(&still, Signal::CONT);
    fixture::wait_until(is_well);
}

#[test]
fn a_zygote_that_stands_still_for_a_while_costs_nobody_an_id() {
    let (sandbox, _store) = fixture::start(&STILL, few);
    works(&sandbox);
    let still = stand_still(&sandbox, &STILL);
    // From a new zygote, when the old one has been waited for in vain, both for a grave and for a birth.
    works(&sandbox);
    signal(&still, Signal::CONT);
    fixture::wait_until(|| zygotes(&STILL).iter().all(|pid| !still.contains(pid)));
    in_the_middle(&sandbox, || fixture::wait_until(|| guests(&STILL).len() == 2));
}
