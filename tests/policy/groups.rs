//! What bounds each service as a whole. On a host without control groups the launcher has to say so, and nothing is tried.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use harness::{Process, SECTIONS, Site};
use rustix::process::{Pid, Signal, kill_process};

/// Bounds that the shipped zook.conf does not name.
const USUAL: (u64, u32) = (256, 32);
const OTHERS: &[(&str, (u64, u32))] = &[("sandbox_svc", (1024, 1024))];

/// The processes of a group and of those below it.
fn members(group: &Path) -> Vec<u32> {
    let mut found: Vec<u32> = numbers(&group.join("cgroup.procs"));
    for entry in fs::read_dir(group).expect("is there").flatten().filter(|entry| entry.path().is_dir()) {
        found.extend(members(&entry.path()));
    }
    found
}

fn numbers(file: &Path) -> Vec<u32> {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

/// The first of some files of a group that is there, as a number.
fn bound(groups: &[PathBuf], below: &str, files: [&str; 2]) -> u64 {
    let candidates = groups.iter().flat_map(|group| files.map(|file| group.join(below).join(file)));
    let text =
        candidates.into_iter().find_map(|path| fs::read_to_string(path).ok()).expect("one of the groups bounds it");
    text.trim().parse().expect("a number")
}

fn memory(groups: &[PathBuf], below: &str) -> u64 {
    bound(groups, below, ["memory.max", "memory.limit_in_bytes"]) >> 20
}

fn tasks(groups: &[PathBuf], below: &str) -> u64 {
    bound(groups, below, ["pids.max", "pids.max"])
}

#[test]
fn each_service_is_in_a_group_of_its_own_with_the_bounds_of_its_section() {
    let site = Site::start();
    let groups = site.control_groups();
    let special: BTreeMap<_, _> = OTHERS.iter().copied().collect();
    for (section, user) in SECTIONS {
        let process = site.process(*user).expect("runs");
        for group in &groups {
            assert!(members(&group.join(section)).contains(&process.pid), "{section} is not in {}", group.display());
        }
        if !groups.is_empty() {
            let (mib, most) = special.get(section).copied().unwrap_or(USUAL);
            assert_eq!((memory(&groups, section), tasks(&groups, section)), (mib, u64::from(most)), "{section}");
        }
    }
    for group in &groups {
        let inside: Vec<u32> = members(group);
        let outside: Vec<_> = site.processes().into_iter().filter(|process| !inside.contains(&process.pid)).collect();
        // A spare that was born meanwhile.
        assert!(
            outside.iter().all(|process| Process::of(process.pid).is_none() || members(group).contains(&process.pid))
        );
    }
}

#[test]
fn all_guests_are_bounded_together_and_leave_room_for_their_supervisor() {
    let site = Site::start();
    let groups = site.control_groups();
    for group in &groups {
        let guests = || numbers(&group.join("sandbox_svc/guests/cgroup.procs"));
        site.wait_until("the nursery, a zygote and a spare are there", || guests().len() > 2);
        let guests = guests();
        let users: Vec<u32> = guests.iter().filter_map(|pid| Process::of(*pid)).map(|process| process.uid).collect();
        assert!(users.iter().all(|user| site.guest_users().contains(user)), "{users:?}");
        assert_eq!(numbers(&group.join("sandbox_svc/service/cgroup.procs")), [site.process(19).expect("runs").pid]);
    }
    if !groups.is_empty() {
        assert_eq!((memory(&groups, "sandbox_svc/guests"), tasks(&groups, "sandbox_svc/guests")), (768, 768));
    }
}

#[test]
fn no_group_is_left_of_a_site_that_ended_and_those_of_its_neighbour_stay() {
    let (site, neighbour) = (Site::start(), Site::start());
    let (groups, others) = (site.control_groups(), neighbour.control_groups());
    assert!(groups.iter().all(|group| group.exists() && !others.contains(group)));
    site.stop();
    assert!(groups.iter().all(|group| !group.exists()));
    assert!(others.iter().all(|group| group.exists()));
    assert_eq!(neighbour.visitor().get("/login").status, 200);
}

#[test]
fn what_a_killed_launcher_left_is_taken_over_by_the_next_one() {
    let mut site = Site::start();
    let groups = site.control_groups();
    let launcher = Pid::from_raw(site.launcher().cast_signed()).expect("a process id");
    kill_process(launcher, Signal::KILL).expect("it is there");
    for group in &groups {
        fs::create_dir(group.join("stale")).expect("the group is left");
    }
    site.start_again();
    assert_eq!(site.control_groups(), groups);
    assert!(groups.iter().all(|group| group.join("bank_svc").exists() && !group.join("stale").exists()));
    assert_eq!(site.visitor().get("/login").status, 200);
    site.stop();
    assert!(groups.iter().all(|group| !group.exists()));
}

#[test]
fn no_service_sees_the_hierarchy() {
    let site = Site::start();
    for process in site.processes() {
        for path in ["sys", "sys/fs/cgroup", "proc"] {
            let path = format!("/proc/{}/root/{path}", process.pid);
            assert!(fs::symlink_metadata(&path).is_err(), "{} sees {path}", process.name);
        }
        let held = process.seen().descriptors;
        let ways = held.values().filter(|leads_to| leads_to.ends_with("cgroup.procs")).count();
        assert_eq!(ways, 0, "{} can move processes between groups: {held:?}", process.name);
    }
}
