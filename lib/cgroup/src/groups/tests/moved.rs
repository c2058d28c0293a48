//! What becomes of a process that left its group of v2 for one of the site's: each test again in a process of its own, in a
//! group of its own. This takes a mounted v2, not its controllers.

use super::*;

/// Set to the name of its group in such a process.
const ALONE: &str = "ZOOKWS_TEST_GROUP";
const SITE: &str = "site";

#[test]
fn a_process_that_left_its_group_comes_back_whatever_came_of_it() {
    alone("a_process_that_left_its_group_comes_back_whatever_came_of_it", |mut groups| {
        // Where the controllers are not ours this fails after the process has moved.
        let _ = groups.leave();
        groups.site.trees()[0].1.make("service").expect("made");
        assert!(groups.moved && is_at(&format!("{SITE}/{OURSELVES}")));
        let site = groups.site.trees()[0].1.path().to_owned();
        drop(groups);
        assert!(is_at("") && !site.exists());
    });
}

#[test]
fn a_process_that_cannot_come_back_does_not_end_itself() {
    alone("a_process_that_cannot_come_back_does_not_end_itself", |mut groups| {
        let _ = groups.leave();
        let stuck = groups.site.trees()[0].1.make("service").and_then(|group| group.make("stuck")).expect("made");
        // A group of threads takes no order to end, so that the site's groups cannot be cleared.
        stuck.write("cgroup.type", "threaded").expect("taken");
        drop(groups);
        assert!(is_at(&format!("{SITE}/{OURSELVES}")));
    });
}

/// Runs a test in a process of its own, with groups below one that only this process is in, and expects it to end well.
fn alone(test: &str, inside: fn(Groups)) {
    let Hierarchy::V2(place) = v2() else {
        eprintln!("not tried, no v2 is mounted");
        return;
    };
    let above = Directory::of(&place).expect("opens");
    if let Ok(name) = std::env::var(ALONE) {
        let own = above.enter(name.as_ref()).expect("made by the other process");
        own.write("cgroup.procs", "0").expect("entered");
        let site = Group::new(vec![(Tree::V2, own.make(SITE).expect("made"))]);
        return inside(Groups { own: Group::new(vec![(Tree::V2, own)]), site, name: SITE.to_owned(), moved: false });
    }
    let name = format!("zookws-test-{}-{test}", getpid().as_raw_nonzero());
    let own = match above.make(&name) {
        Ok(own) => own,
        Err(why) => return eprintln!("not tried, no group can be made: {why}"),
    };
    let mut again = Command::new(std::env::current_exe().expect("it has a path"));
    again.args(["--exact", &format!("groups::tests::moved::{test}"), "--nocapture"]).env(ALONE, &name);
    let ended = again.status().expect("starts");
    let _ = own.enter(SITE.as_ref()).and_then(|site| site.enter("service".as_ref())?.remove("stuck".as_ref()));
    Tree::V2.clear(&above, name.as_ref()).expect("removed");
    assert!(ended.success(), "{ended}");
}

/// The place of this process in v2, also beside trees of v1.
fn v2() -> Hierarchy {
    let lines = |path: &str, which: fn(&&str) -> bool| {
        let text = std::fs::read_to_string(path).expect("/proc is mounted");
        text.lines().filter(which).collect::<Vec<_>>().join("\n")
    };
    let mounts = lines("/proc/self/mountinfo", |line| line.contains(" - cgroup2 "));
    Hierarchy::in_texts(&mounts, &lines("/proc/self/cgroup", |line| line.starts_with("0::")))
}

/// Whether this process is in the group at that path below the one that was made for it.
fn is_at(below: &str) -> bool {
    let Hierarchy::V2(place) = v2() else { return false };
    place.own.ends_with(std::path::Path::new(&std::env::var(ALONE).expect("set")).join(below))
}
