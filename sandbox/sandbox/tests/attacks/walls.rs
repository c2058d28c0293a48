//! What the other walls hold where the filter holds nothing: a guest without one, and with all the rest.

use libc::*;

use crate::asked::by_a_listening_test;
use crate::host;

/// A call, the error that it gets from a wall, and which wall that is.
type Attack = (c_long, &'static str, i32, &'static str);

const ATTACKS: &[Attack] = &[
    (SYS_open, "'/etc/passwd 0", ENOENT, "the root is empty"),
    (SYS_open, "'../../../etc/passwd 0", ENOENT, "the root is empty"),
    (SYS_open, "'/usr/lib 0", ENOENT, "the root is empty"),
    (SYS_open, "'/ 0", EACCES, "Landlock"),
    (SYS_open, "'/MARK 66 384", EROFS, "the root is read-only"),
    (SYS_mkdir, "'/MARK 448", EROFS, "the root is read-only"),
    (SYS_chroot, "'/", EPERM, "no capabilities"),
    (SYS_mount, "'none '/ 'tmpfs 0 0", EPERM, "no capabilities; Landlock"),
    (SYS_unshare, "0x10000000", EPERM, "whoever is in a root of his own makes no user namespace"),
    (SYS_unshare, "0x40000000", EPERM, "no capabilities"),
    (SYS_sethostname, "'MARK 4", EPERM, "no capabilities"),
    (SYS_setresuid, "0 0 0", EPERM, "an own uid"),
    (SYS_setgroups, "1 *4", EPERM, "no capabilities"),
    (SYS_kill, "1 9", EPERM, "an own uid; a PID namespace; Landlock"),
    (SYS_kill, "-1 0", ESRCH, "a PID namespace"),
    (SYS_ptrace, "16 1 0 0", EPERM, "an own uid; Landlock"),
    (SYS_process_vm_readv, "1 #*64,64 1 #*64,64 1 0", EPERM, "an own uid"),
    (SYS_prlimit64, "0 9 #-1,-1 0", EPERM, "no capabilities"),
    (SYS_prlimit64, "1 9 0 *16", EPERM, "an own uid"),
    (SYS_socket, "17 3 0", EPERM, "no capabilities: raw packets"),
    (SYS_mmap, "0 0x10000000000 3 0x22 -1 0", ENOMEM, "the limit of memory"),
    (SYS_mlock, "^ 4096", EPERM, "the limit of locked memory"),
    (SYS_dup2, "1 64", EBADF, "the limit of descriptors"),
    (SYS_bpf, "5 *128 128", EPERM, "no capabilities"),
    (SYS_settimeofday, "*16 0", EPERM, "no capabilities"),
    (SYS_reboot, "0xfee1dead 0x28121969 0x1234567", EPERM, "no capabilities"),
];

/// There is no network: this address, of the network 127.0.0.0 or not, leads nowhere. AF_INET, port 80, 127.0.0.1.
const NOWHERE: &str = "0x0100007f50000002";

#[test]
fn without_the_filter_the_other_walls_still_stand() {
    let host = host::look();
    let calls = ATTACKS.iter().map(|(call, arguments, ..)| format!("call {call} {arguments}\n"));
    let script: String = calls.collect::<String>().replace("MARK", &host::mark());
    let (asked, got) = by_a_listening_test(&script, &["no filter"]);
    assert!(asked.is_empty(), "there is no filter: {asked:?}");
    assert_eq!(got.len(), ATTACKS.len());
    for ((call, arguments, errno, wall), got) in ATTACKS.iter().zip(got) {
        assert_eq!(got, -i64::from(*errno), "{call} {arguments}: {wall}");
    }
    host.is_unchanged("a guest without a filter");
}

#[test]
fn without_the_filter_there_is_still_no_network() {
    let host = host::look();
    // 3 is the first free descriptor; the address stands in the first half of the vector.
    let script = format!("call {SYS_socket} 2 1 0\ncall {SYS_connect} 3 #{NOWHERE},0 16\ncall {SYS_getpid}\n");
    let (_, got) = by_a_listening_test(&script, &["no filter"]);
    assert_eq!(got[0], 3, "a socket by itself is nothing yet");
    assert!([-i64::from(ENETUNREACH), -i64::from(EACCES)].contains(&got[1]), "{}", got[1]);
    assert!(got[2] > 0, "the twin");
    host.is_unchanged("a guest without a filter");
}
