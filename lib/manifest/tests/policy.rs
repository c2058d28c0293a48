//! What `zookld --check` prints.

use manifest::{Interface, Interfaces, Manifest};

const TABLE: &str = r"[zook]
    http_svcs = static_svc
    extra_svcs = auth_svc, bank_svc
    operator_calls = bank_svc.Open
[zookd]
    cmd = zookd
    uid = 61011
    gid = 61011
[static_svc]
    cmd = zookfs
    uid = 61012
    gid = 61012
    url = /zoobar/media/.*
    answers = descriptor
    reads = /srv/static
[auth_svc]
    cmd = auth
    uid = 61016
    gid = 61016
    interface = auth
    calls = bank_svc.Open
    owns = /db 0700
[bank_svc]
    cmd = bank
    uid = 61017
    gid = 61017
    interface = bank
    calls = auth_svc.Check
    memory_mb = 64
    set.initial_balance = 10
";

const POLICY: &str = r"zookd            zookd as 61011:61011 in /jail/zookd
    listens on   127.0.0.1:8080
    may call     static_svc
    called by    nobody
    at most      256 MiB, 1024 files, 32 processes

static_svc       zookfs as 61012:61012 in /jail/static
    answers      /zoobar/media/.* with a descriptor
    reads        /srv/static
    may call     nobody
    called by    zookd
    at most      256 MiB, 1024 files, 32 processes

auth_svc         auth as 61016:61016 in /jail/auth
    answers      org.zoobar.Auth
    owns         /db (0700)
    may call     bank_svc     Open
    called by    bank_svc     Check
    at most      256 MiB, 1024 files, 32 processes

bank_svc         bank as 61017:61017 in /jail/bank
    answers      org.zoobar.Bank
    may call     auth_svc     Check
    called by    auth_svc     Open
                 root         Open
    at most      64 MiB, 1024 files, 32 processes
    set          initial_balance = 10

";

#[test]
fn the_policy_is_a_table_that_a_person_can_read_and_diff() {
    let mut interfaces = Interfaces::default();
    for (file, text) in [
        ("auth", "interface org.zoobar.Auth\nmethod Check(token: string) -> ()"),
        ("bank", "interface org.zoobar.Bank\nmethod Open(username: string) -> ()"),
    ] {
        interfaces.insert(file, Interface::scan(text).expect("is an interface"));
    }
    let manifest = Manifest::parse(TABLE, &interfaces).expect("is a good table");
    assert_eq!(manifest.policy().to_string(), POLICY);
}

#[test]
fn the_pythons_of_a_sandbox_are_in_its_block_with_what_is_shown_for_them() {
    let table = "[zook]\n extra_svcs = sandbox_svc\n[zookd]\n cmd = zookd\n uid = 61011\n gid = 61011\n\
        [sandbox_svc]\n cmd = sandboxd\n uid = 61019\n gid = 61019\n starts = zygote\n executes = /usr/lib:/usr/lib\n\
        [zygote:default]\n python = /usr/bin/python3\n\
        [zygote:science]\n venv = /srv/science\n preimport = numpy, numpy.random\n\
        [zygote:old]\n python = /opt/bin/python3\n venv = /srv/old\n";
    let mut manifest = Manifest::parse(table, &Interfaces::default()).expect("is a good table");
    for place in ["/usr/lib/python3.11", "/srv/science/lib", "/srv/science/lib"] {
        manifest.show(place.as_ref()).expect("lies over nothing");
    }
    let policy = manifest.policy().to_string();
    let block = policy.split("\n\n").nth(1).expect("two services");
    let expected = "\
sandbox_svc      sandboxd as 61019:61019 in /jail/sandbox
    executes     /usr/lib (the host's)
                 /srv/science/lib (the host's)
    starts       zygote
    pythons      default      /usr/bin/python3
                 science      the Python of /srv/science, imports numpy, numpy.random
                 old          /opt/bin/python3 with /srv/old
    may call     nobody
    called by    nobody
    at most      256 MiB, 1024 files, 32 processes";
    assert_eq!(block, expected);
    for place in ["/usr", "/log/venv"] {
        assert!(manifest.show(place.as_ref()).is_err(), "{place}");
    }
}
