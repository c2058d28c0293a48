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
