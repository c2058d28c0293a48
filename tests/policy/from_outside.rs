//! Every promise of confinement, for every process, as the kernel shows it to somebody else.

use std::collections::BTreeSet;

use harness::{Process, Site};
use rustix::process::getpid;

/// All processes that zook.conf lists. What they start themselves is looked at in the attacks.
fn services(site: &Site) -> Vec<Process> {
    let services: Vec<Process> =
        site.processes().into_iter().filter(|process| process.parent == site.launcher()).collect();
    assert_eq!(services.len(), 11, "{services:?}");
    services
}

#[test]
fn each_service_has_its_own_user_and_group_and_nothing_else_of_root() {
    let site = Site::start();
    let mut users = BTreeSet::new();
    for process in services(&site) {
        let seen = process.seen();
        let name = &process.name;
        let user = seen.uids[0];
        assert!(user >= site.uid(0), "{name}: uid {user}");
        assert!(users.insert(user), "{name} shares uid {user}");
        assert_eq!(seen.uids, [user; 4], "{name}");
        assert_eq!(seen.gids, [user; 4], "{name}");
        assert_eq!(seen.groups, Vec::<u32>::new(), "{name}");
        assert!(seen.capabilities.are_none(), "{name}: {:?}", seen.capabilities);
        assert!(seen.no_new_privs, "{name}");
        assert_eq!(seen.seccomp, 2, "{name}");
        assert!(seen.filters >= 1, "{name}");
    }
}

#[test]
fn each_service_has_its_own_namespaces_and_root() {
    let site = Site::start();
    let ours = Process::of(getpid().as_raw_nonzero().get().cast_unsigned()).expect("we run").seen();
    let mut mounts = BTreeSet::new();
    let mut roots = BTreeSet::new();
    for process in services(&site) {
        let seen = process.seen();
        for kind in ["mnt", "ipc", "uts", "net"] {
            assert_ne!(seen.namespaces[kind], ours.namespaces[kind], "{}: {kind}", process.name);
        }
        assert!(mounts.insert(seen.namespaces["mnt"]), "{} shares its mounts", process.name);
        assert!(roots.insert(seen.root), "{} shares its root", process.name);
        let interfaces = std::fs::read_to_string(format!("/proc/{}/net/dev", process.pid)).expect("root may look");
        assert_eq!(interfaces.lines().count(), 3, "{} has more than a loopback:\n{interfaces}", process.name);
    }
}

#[test]
fn each_service_holds_only_the_descriptors_that_it_was_given_or_made_itself() {
    let site = Site::start();
    for process in services(&site) {
        let seen = process.seen();
        for (number, leads_to) in &seen.descriptors {
            let leads_to = leads_to.to_string_lossy();
            let kind = leads_to.split(':').next().unwrap_or_default();
            let own = ["socket", "pipe", "anon_inode", "user"].contains(&kind)
                || leads_to == "/dev/null"
                || leads_to.starts_with("/log/")
                || ["/db", "/store"].iter().any(|owned| leads_to.starts_with(owned))
                || leads_to.starts_with("/memfd:");
            assert!(own || leads_to == "/" || leads_to.starts_with("/srv"), "{} fd {number}: {leads_to}", process.name);
        }
    }
}

#[test]
fn the_root_of_each_service_holds_only_what_zook_conf_names() {
    let site = Site::start();
    for process in services(&site) {
        if process.uid == site.uid(19) {
            continue; // sandboxd's root holds the Python library besides; the attacks look at what a guest sees of it.
        }
        let root = format!("/proc/{}/root", process.pid);
        for entry in std::fs::read_dir(&root).expect("root may look") {
            let name = entry.expect("reads").file_name().to_string_lossy().into_owned();
            assert!(
                ["run", "log", "db", "srv", "usr", "lib", "lib64"].contains(&name.as_str()),
                "{} sees /{name}",
                process.name
            );
        }
        for forbidden in ["proc/1", "dev/null", "etc/passwd", "root", "home", "tmp"] {
            let path = format!("{root}/{forbidden}");
            assert!(std::fs::symlink_metadata(&path).is_err(), "{} sees {forbidden}", process.name);
        }
    }
}
