//! Attacks with pointers: whoever answers a call reads and writes the caller's memory, which lies.

use libc::*;

use crate::host;
use crate::kernel::{answers, stopped};

#[test]
fn pointers_that_lead_nowhere_are_errors() {
    const OWN: (c_long, &str) = (SYS_open, "'MARK 66 384");
    stopped(&[
        (SYS_open, "0 0", EFAULT, OWN),
        (SYS_open, "0xffff888000000000 0", EFAULT, OWN),
        (SYS_open, "0xffffffffff600000 0", EFAULT, OWN),
        (SYS_open, "-1 0", EFAULT, OWN),
        (SYS_open, "|/tmp/x 0", EFAULT, OWN),
        (SYS_stat, "'/tmp ^", EFAULT, (SYS_stat, "'/tmp *144")),
        (SYS_stat, "'/tmp 0xffff888000000000", EFAULT, (SYS_stat, "'/tmp *144")),
        (SYS_stat, "'/tmp |x", EFAULT, (SYS_stat, "'/tmp *144")),
        (SYS_getcwd, "-8 4096", EFAULT, (SYS_getcwd, "*4096 4096")),
        (SYS_readlink, "'/tmp *9 -1", EINVAL, OWN),
        (SYS_utimensat, "-100 '/tmp 8 0", EFAULT, (SYS_utimensat, "-100 '/tmp 0 0")),
        (SYS_rename, "'MARK 0xffff888000000000", EFAULT, OWN),
    ]);
}

#[test]
fn absurd_vectors_are_errors() {
    let host = host::look();
    // The first file that a guest opens is number 64.
    let open = format!("quiet {SYS_open} 'vector 66 384\n");
    for (attack, errno) in [
        (format!("call {SYS_write} 64 -1 10"), EFAULT),
        (format!("call {SYS_write} 64 |x -1"), EFAULT),
        (format!("call {SYS_read} 64 0xffff888000000000 -1"), 0),
        (format!("call {SYS_writev} 64 #*8,8 -1"), EINVAL),
        (format!("call {SYS_writev} 64 #*8,8 1025"), EINVAL),
        (format!("call {SYS_writev} 64 -16 2"), EFAULT),
        (format!("call {SYS_writev} 64 #-1,-1 1"), EFAULT),
        (format!("call {SYS_preadv} 64 |x 1 0"), EFAULT),
        (format!("call {SYS_pwritev2} 64 #*8,8 1 0 0 -1"), EOPNOTSUPP),
        (format!("call {SYS_getdents64} 64 *64 64"), ENOTDIR),
        (format!("call {SYS_fcntl} 64 6 -1"), EFAULT),
        (format!("call {SYS_fcntl} 64 -1 -1"), EINVAL),
        (format!("call {SYS_fallocate} 64 -1 0 1"), EOPNOTSUPP),
        (format!("call {SYS_fallocate} 64 0 0x7fffffffffffffff 1"), EFBIG),
    ] {
        let got = answers(&format!("{open}{attack}\ncall {SYS_write} 64 'twin 4\n"));
        assert_eq!(got, [-i64::from(errno), 4], "{attack}");
        host.is_unchanged(&attack);
    }
}

#[test]
fn a_path_that_changes_while_it_is_read_opens_nothing_forbidden() {
    let host = host::look();
    let make = format!("quiet {SYS_open} '/tmp/mi 66 384\nquiet {SYS_write} 64 'mine 4\nquiet {SYS_close} 64\n");
    for other in ["/etc/p", "/proc", "/dev/x"] {
        let race = format!("{make}race /tmp/mi {other} 3000\n");
        assert_eq!(answers(&race), [3000], "the native guest itself looks at what it opened");
        host.is_unchanged(&race);
    }
}
