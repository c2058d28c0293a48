//! On this host's own hierarchy, as root; where there is none, that is said and nothing is tried.

mod moved;

use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::Pid;

use super::*;

const MIB: u64 = 1 << 20;
const WIDE: Bounds = Bounds { memory: 256 * MIB, tasks: 64 };

/// Groups of a name of its own for each test.
fn claim(test: &str) -> Option<Groups> {
    let hierarchy = Hierarchy::of_this_process().expect("/proc is mounted");
    match Groups::claim(hierarchy, &format!("zookws-test-{}-{test}", getpid().as_raw_nonzero())) {
        Ok(groups) => Some(groups),
        Err(lack) => {
            eprintln!("not tried, no cgroups: {lack}");
            None
        }
    }
}

/// A shell in the group. The ways in are where its streams would be.
fn shell(group: &Group, program: &str) -> Child {
    let mut entrances = group.entrances().expect("open").into_iter();
    let mut next = || entrances.next().map_or_else(Stdio::null, Stdio::from);
    let enter = "for way in 0 1; do echo 0 >&$way; done; exec 0<&- 1>&-;";
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{enter} {program}")]).stdin(next()).stdout(next());
    command.spawn().expect("starts")
}

fn ended(mut child: Child) -> ExitStatus {
    child.wait().expect("ends")
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("positive")
}

/// Holds so many MiB in one process.
fn hoard(mib: u64) -> String {
    format!("head -c {mib}M /dev/zero | tail > /dev/null")
}

#[test]
fn memory_beyond_the_bound_is_not_to_be_had() {
    let Some(groups) = claim("memory") else { return };
    let narrow = groups.make("narrow", Bounds { memory: 32 * MIB, ..WIDE }).expect("made");
    assert!(!ended(shell(&narrow, &hoard(100))).success(), "100 MiB in 32");
    let wide = groups.make("wide", WIDE).expect("made");
    assert!(ended(shell(&wide, &hoard(100))).success(), "100 MiB in 256");
}

#[test]
fn several_that_are_modest_alone_are_bounded_together() {
    let Some(groups) = claim("together") else { return };
    let crowd = format!("{0} & {0} & {0} & {0} & wait %1 && wait %2 && wait %3 && wait %4", hoard(30));
    let narrow = groups.make("narrow", Bounds { memory: 64 * MIB, ..WIDE }).expect("made");
    assert!(!ended(shell(&narrow, &format!("trap '' PIPE; {crowd}"))).success(), "4 x 30 MiB in 64");
    assert!(ended(shell(&narrow, &hoard(30))).success(), "one of them");
    let wide = groups.make("wide", WIDE).expect("made");
    assert!(ended(shell(&wide, &crowd)).success(), "4 x 30 MiB in 256");
}

#[test]
fn no_more_tasks_are_started_than_the_bound_allows() {
    let Some(groups) = claim("tasks") else { return };
    let crowd = "for n in 1 2 3 4 5 6 7 8; do sleep 60 & all=\"$all $!\"; done; kill $all";
    let narrow = groups.make("narrow", Bounds { tasks: 4, ..WIDE }).expect("made");
    assert!(!ended(shell(&narrow, crowd)).success(), "9 processes of 4");
    let wide = groups.make("wide", WIDE).expect("made");
    assert!(ended(shell(&wide, crowd)).success(), "9 processes of 64");
}

#[test]
fn a_group_is_ended_with_all_that_is_below_it_and_nothing_beside() {
    let Some(groups) = claim("end") else { return };
    let doomed = groups.make("doomed", WIDE).expect("made");
    let below = doomed.make("below", WIDE).expect("made");
    let beside = groups.make("beside", WIDE).expect("made");
    let (mut inner, mut other) = (shell(&below, "sleep 60 & wait"), shell(&beside, "sleep 60 & wait"));
    wait_until(|| below.holds(pid(&inner)).expect("reads") && beside.holds(pid(&other)).expect("reads"));
    assert!(!below.holds(pid(&other)).expect("reads"));
    doomed.kill().expect("kills");
    assert!(!inner.wait().expect("ends").success());
    assert!(other.try_wait().expect("asked").is_none(), "the group beside lives");
    beside.kill().expect("kills");
    assert!(!other.wait().expect("ends").success());
}

#[test]
fn nothing_is_left_of_the_groups_of_a_site_that_ends_or_that_was_left() {
    let Some(groups) = claim("left") else { return };
    if groups.moved {
        // The next launcher would be another process, in the group that this one has left.
        return;
    }
    let paths: Vec<_> = groups.site.trees().iter().map(|(_, directory)| directory.path().to_owned()).collect();
    let guests = groups.make("service", WIDE).expect("made").make("guests", WIDE).expect("made");
    let sleeper = shell(&guests, "sleep 60");
    wait_until(|| guests.holds(pid(&sleeper)).expect("reads"));
    assert!(paths.iter().all(|path| path.join("service/guests").exists()));
    let name = groups.name.clone();
    // As if the launcher had been killed.
    std::mem::forget(groups);
    let again = Groups::claim(Hierarchy::of_this_process().expect("/proc is mounted"), &name).expect("claimed");
    assert!(!ended(sleeper).success(), "what was left is ended");
    assert!(paths.iter().all(|path| path.exists() && !path.join("service").exists()));
    drop(again);
    assert!(paths.iter().all(|path| !path.exists()));
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
