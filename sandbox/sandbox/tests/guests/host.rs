//! Nothing of the host is there.

use crate::visit::{printed, refused};

#[test]
fn the_root_holds_four_names_and_none_of_the_hosts() {
    assert_eq!(printed("host", "import os; print(sorted(os.listdir('/')))"), "['data', 'dev', 'tmp', 'usr']\n");
    for path in ["/etc/passwd", "/proc/self/maps", "/root", "/home", "/sys", "/store", "/run", "/usr/bin", "/dev/tty"] {
        let (answer, outcome) = refused("host", &format!("open({path:?})"));
        assert_eq!(answer, "ENOENT", "{path}");
        assert_eq!(
            outcome.denials,
            [format!("open('{path}'): there is no such file inside the sandbox")],
            "the author is told"
        );
    }
    assert_eq!(printed("host", "open('x', 'w').write('twin'); print(open('/tmp/x').read())"), "twin\n");
}

#[test]
fn no_way_up_leads_out() {
    for path in ["../../../../etc/passwd", "/tmp/../etc/passwd", "/data/../../etc/passwd", "/usr/lib/../../etc/passwd"]
    {
        assert_eq!(refused("host", &format!("open({path:?})")).0, "ENOENT", "{path}");
    }
    let link = "os.symlink('/etc/passwd', 'way-out'); open('way-out')";
    assert_eq!(refused("host-link", link).0, "ENOENT");
    let up = "import os\nos.symlink('..', 'up')\nprint(sorted(os.listdir('up/../..')))\n";
    assert_eq!(printed("host-up", up), "['data', 'dev', 'tmp', 'usr']\n");
}

#[test]
fn the_library_can_be_read_and_not_changed() {
    assert_eq!(printed("host", "import os; print('def' in open(os.__file__).read())"), "True\n");
    for attempt in ["open(os.__file__, 'a')", "os.unlink(os.__file__)", "os.mkdir('/usr/x')", "open('/x', 'w')"] {
        assert_eq!(refused("host", attempt).0, "EROFS", "{attempt}");
    }
}

#[test]
fn late_imports_of_pure_modules_work_and_of_machine_code_do_not() {
    assert_eq!(printed("host", "import fractions, sched, plistlib; print(sched.__name__)"), "sched\n");
    let native = "try:\n    import _ctypes\nexcept ImportError: print('no')\n";
    assert_eq!(printed("host", native), "no\n");
}

#[test]
fn the_environment_holds_a_home_alone_and_the_name_of_the_host_is_not_the_hosts() {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("readable");
    assert_ne!(host.trim(), "sandbox", "or this test proves nothing");
    assert_eq!(
        printed("host", "import pathlib; print(pathlib.Path.home(), pathlib.Path('~/x').expanduser())"),
        "/tmp /tmp/x\n"
    );
    assert_eq!(
        printed("host", "import os; print(dict(os.environ), os.uname().nodename)"),
        "{'HOME': '/tmp'} sandbox\n"
    );
}
