//! The file system as a program sees it: calls and their answers, in the order of pjdfstest. The same Python program does the
//! same tables inside and, as an ordinary user, on a tmpfs of Linux: what Linux does not say is not asked of us.

#[path = "../common/fixture.rs"]
mod fixture;

use std::process::Command;

use sandbox::{Ending, Request};

use fixture::{House, said, text};

const SHELL: &str = include_str!("shell.py");
const TABLES: [&str; 8] = [
    include_str!("cases/rename.txt"),
    include_str!("cases/unlink.txt"),
    include_str!("cases/rmdir.txt"),
    include_str!("cases/mkdir.txt"),
    include_str!("cases/symlink.txt"),
    include_str!("cases/truncate.txt"),
    include_str!("cases/open.txt"),
    include_str!("cases/enospc.txt"),
];

/// Nobody in particular.
const USER: u32 = 62_690;

/// What the program says when every answer is as it stands in the tables.
fn agreement() -> String {
    let lines = || TABLES.iter().flat_map(|table| table.lines());
    let cases = lines().filter(|line| line.starts_with("# ")).count();
    let calls = lines().filter(|line| line.contains("->")).count();
    format!("{cases} cases, {calls} calls\n")
}

#[test]
fn inside_every_call_is_answered_as_the_tables_say() {
    let (sandbox, _store) = fixture::start(&House::for_guests(20), |_| ());
    let arguments = TABLES.map(str::to_owned).into();
    let outcome = sandbox.run(Request { arguments, ..fixture::request("posix", SHELL) }).expect("there is room");
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    assert_eq!(text(&outcome.output), agreement());
}

#[test]
fn the_tables_say_what_linux_says() {
    let place = tempfile::tempdir().expect("a temporary directory");
    // As large as the guests' /tmp; it is gone with the namespace that it is mounted in.
    let mount = format!(
        "mount -t tmpfs -o size=16m,nr_inodes=1003,mode=755,uid={USER},gid={USER} none \"$0\" && cd \"$0\" && \
         exec setpriv --reuid {USER} --regid {USER} --clear-groups /usr/bin/python3 -I -S -c \"$@\""
    );
    let done = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", &mount])
        .arg(place.path())
        .arg(SHELL)
        .args(TABLES)
        .output()
        .expect("unshare can be started");
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert_eq!(text(&done.stdout), agreement());
}
