//! What a guest asks of the kernel beyond its files.

use crate::visit::{printed, refused};

#[test]
fn there_is_one_process_and_no_other_program() {
    for (attempt, expected) in [
        ("os.fork()", "EAGAIN"),
        ("os.forkpty()", "ENOENT"),
        ("os.execv('/usr/bin/id', ['id'])", "EACCES"),
        ("os.posix_spawn('/usr/bin/id', ['id'], {})", "EAGAIN"),
        ("__import__('subprocess').run(['id'])", "EAGAIN"),
        ("os.system('id') == 0 or (_ for _ in ()).throw(OSError(11, ''))", "EAGAIN"),
    ] {
        assert_eq!(refused("kernel", attempt).0, expected, "{attempt}");
    }
    assert_eq!(printed("kernel", "import threading\nt = threading.Thread(target=print, args=(1,))\nt.start()"), "1\n");
}

#[test]
fn there_is_no_network() {
    for attempt in [
        "__import__('socket').socket()",
        "__import__('socket').create_connection(('127.0.0.1', 80))",
        "__import__('socket').socket(1, 1)",
        "__import__('socket').socketpair(2)",
    ] {
        let (answer, outcome) = refused("kernel", attempt);
        assert_eq!(answer, "EACCES", "{attempt}");
        assert!(
            outcome.denials.iter().any(|told| told.contains("the sandbox has no network")),
            "{:?}",
            outcome.denials
        );
    }
}

#[test]
fn nobody_else_can_be_seen_or_hurt() {
    let survey = "import os\nprint(os.getuid(), os.getgid(), os.getgroups(), os.getppid())\n\
        for pid in range(1, 400):\n    \
            if pid == os.getpid(): continue\n    \
            try: os.kill(pid, 9)\n    \
            except PermissionError: continue\n    \
            print('hurt', pid)\n";
    assert_eq!(printed("kernel", survey), "1000 1000 [] 0\n");
    assert_eq!(refused("kernel", "os.kill(-1, 9)").0, "EPERM");
    assert_eq!(refused("kernel", "os.pidfd_open(1)").0, "EPERM");
    let twin = "import signal\nsignal.signal(10, lambda *_: print('twin'))\nsignal.raise_signal(10)";
    assert_eq!(printed("kernel", twin), "twin\n");
}

#[test]
fn power_cannot_be_had_back() {
    for attempt in [
        "os.setuid(0)",
        "os.setresuid(0, 0, 0)",
        "os.setgroups([0])",
        "os.chroot('/tmp')",
        "os.mknod('null', 0o20666, os.makedev(1, 3))",
    ] {
        assert_eq!(refused("kernel", attempt).0, "EPERM", "{attempt}");
    }
    assert_eq!(refused("kernel", "os.chown('/tmp', 0, 0)").0, "EPERM");
    assert_eq!(refused("kernel", "os.chown('/tmp', 1000, 1000); raise OSError(0x55, '')").0, "ERESTART", "the twin");
}

#[test]
fn descriptors_that_were_not_given_are_not_there() {
    let survey = "import os\nfound = []\n\
        for number in range(200):\n    \
            try: os.fstat(number); found.append(number)\n    \
            except OSError: pass\n\
        print(found)\n";
    // Standard input and output, and the connection to the host's services.
    assert_eq!(printed("kernel", survey), "[0, 1, 2, 3]\n");
}

#[test]
fn the_connection_is_no_way_to_pass_descriptors() {
    let attempt = "__import__('socket').socket(fileno=3).sendmsg([b'x'])";
    assert_ne!(refused("kernel", attempt).0, "succeeded");
}
