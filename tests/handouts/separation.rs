//! 2018, part 1: users, roots, and two services for files.

use std::collections::BTreeSet;

use harness::Site;

pub(crate) fn jailed(site: &Site) {
    let host_root = std::fs::metadata("/").expect("is there");
    for process in site.processes() {
        let passwd = format!("/proc/{}/root/etc/passwd", process.pid);
        assert!(std::fs::metadata(&passwd).is_err(), "{} sees the host's /etc/passwd", process.name);
        let root = std::fs::metadata(format!("/proc/{}/root/", process.pid)).expect("root may look");
        use std::os::unix::fs::MetadataExt;
        assert_ne!(
            (root.dev(), root.ino()),
            (host_root.dev(), host_root.ino()),
            "{} has the host's root",
            process.name
        );
    }
}

pub(crate) fn users(site: &Site) {
    let mut users = BTreeSet::new();
    let processes = site.processes();
    assert!(processes.len() >= 12, "not all services run: {processes:?}");
    for process in processes.iter().filter(|process| process.parent == site.launcher()) {
        let seen = process.seen();
        assert_ne!(process.uid, 0, "{} runs as root", process.name);
        assert!(users.insert(process.uid), "{} shares its user", process.name);
        assert!(seen.groups.is_empty(), "{} kept groups {:?}", process.name, seen.groups);
    }
}

pub(crate) fn two_services(site: &Site) {
    let visitor = site.visitor();
    assert_eq!(visitor.load("/zoobar/media/zoobar.css").status, 200);
    visitor.load("/cgi-bin/hello").shows("Hello");
    // What the program service may not run it does not show either; what the static service shows it cannot run.
    assert_eq!(visitor.load("/cgi-bin/not-ours").status, 403);
    for source in ["/zoobar/index.py", "/zoobar/zoodb.py", "/zoobar/db/person/person.db", "/cgi-bin/../zook.conf"] {
        let page = visitor.load(source);
        assert!(matches!(page.status, 400 | 403 | 404), "{source}: {}", page.status);
    }
    let (files, programs) = (site.process(12).expect("static_svc runs"), site.process(13).expect("cgi_svc runs"));
    assert_ne!(files.uid, programs.uid);
}
