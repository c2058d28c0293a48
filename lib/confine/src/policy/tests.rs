//! The tables as a whole: what the roles have in common, and what none of them may do.

use super::*;
use crate::filter::interpreter::{Call, decide};
use crate::filter::tests::agree;

const ROLES: [Role; 5] = [Role::Service, Role::Dispatcher, Role::Files, Role::Pages, Role::Supervisor];

fn decision(role: Role, number: libc::c_long, arguments: [u64; 6]) -> Action {
    let architecture = crate::filter::ARCHITECTURE;
    decide(&program(role).expect("assembles"), &Call { architecture, number: number as u32, arguments }).0
}

#[test]
fn every_roles_tree_decides_as_its_tables_say_and_in_few_steps() {
    for role in ROLES {
        let (tables, otherwise) = tables(role);
        assert!(agree(&tables, otherwise) < 32, "{role:?}");
    }
}

#[test]
fn no_line_is_hidden_behind_an_earlier_one_of_its_own_table() {
    for table in ROLES.iter().flat_map(|role| tables(*role).0) {
        for (index, line) in table.iter().enumerate() {
            let hidden = table[..index].iter().any(|earlier| earlier.call == line.call && earlier.checks.is_empty());
            assert!(!hidden, "call {}: {}", line.call, line.reason);
            assert!(!line.reason.is_empty(), "call {} has no reason", line.call);
        }
    }
}

#[test]
fn no_role_gets_what_a_hostile_call_asks_for() {
    let hostile = [
        libc::SYS_ptrace,
        libc::SYS_mount,
        libc::SYS_bpf,
        libc::SYS_keyctl,
        libc::SYS_init_module,
        libc::SYS_kexec_load,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_chroot,
        libc::SYS_setresuid,
        libc::SYS_setgroups,
        libc::SYS_io_uring_setup,
        libc::SYS_userfaultfd,
        libc::SYS_perf_event_open,
        libc::SYS_open_by_handle_at,
    ];
    for role in ROLES {
        for number in hostile {
            assert_eq!(decision(role, number, [0; 6]), Action::Kill, "{role:?} {number}");
        }
    }
}

/// Calls that most roles make, with arguments that are others' business; and who may all the same.
#[test]
fn no_role_gets_what_a_hostile_argument_asks_for() {
    use Role::{Dispatcher, Files, Supervisor};
    type Asked = (libc::c_long, [i64; 3], &'static [Role]);
    let address = 4096;
    let socket = libc::SOL_SOCKET.into();
    let asked: &[Asked] = &[
        (libc::SYS_prctl, [libc::PR_SET_DUMPABLE.into(), 1, 0], &[]),
        (libc::SYS_prctl, [libc::PR_SET_PTRACER.into(), 1, 0], &[]),
        (libc::SYS_prctl, [libc::PR_SET_MM.into(), 1, 0], &[]),
        (libc::SYS_prctl, [libc::PR_SET_SECCOMP.into(), 2, address], &[]),
        (libc::SYS_prctl, [libc::PR_SET_PDEATHSIG.into(), 0, 0], &[Files]),
        (libc::SYS_prlimit64, [0, libc::RLIMIT_NOFILE.into(), address], &[Files, Supervisor]),
        (libc::SYS_fcntl, [3, libc::F_SETOWN.into(), 1], &[Files]),
        (libc::SYS_fcntl, [3, libc::F_NOTIFY.into(), 1], &[Files]),
        (libc::SYS_fcntl, [3, libc::F_SETLEASE.into(), 0], &[Files]),
        (libc::SYS_ioctl, [0, libc::TIOCSTI as i64, address], &[]),
        (libc::SYS_ioctl, [0, libc::FIOASYNC as i64, address], &[]),
        (libc::SYS_ioctl, [3, libc::SIOCGIFCONF as i64, address], &[]),
        (libc::SYS_ioctl, [3, libc::SECCOMP_IOCTL_NOTIF_SEND as i64, address], &[Supervisor]),
        (libc::SYS_setsockopt, [3, socket, libc::SO_ATTACH_FILTER.into()], &[]),
        (libc::SYS_setsockopt, [3, socket, libc::SO_PASSCRED.into()], &[]),
        (libc::SYS_setsockopt, [3, libc::IPPROTO_TCP.into(), libc::TCP_ULP.into()], &[]),
        (libc::SYS_setsockopt, [3, libc::IPPROTO_TCP.into(), libc::TCP_NODELAY.into()], &[Dispatcher]),
        (libc::SYS_setsockopt, [3, libc::IPPROTO_IP.into(), libc::TCP_NODELAY.into()], &[]),
        (libc::SYS_getsockopt, [3, libc::IPPROTO_TCP.into(), libc::TCP_INFO.into()], &[]),
        (libc::SYS_socketpair, [libc::AF_INET.into(), 1, 0], &[]),
        (libc::SYS_socketpair, [libc::AF_TIPC.into(), 1, 0], &[]),
    ];
    for (number, [first, second, third], may) in asked {
        let arguments = [*first as u64, *second as u64, *third as u64, 0, 0, 0];
        for role in ROLES {
            let allowed = decision(role, *number, arguments) == Action::Allow;
            assert_eq!(allowed, may.contains(&role), "{role:?} {number} {arguments:?}");
        }
    }
}

#[test]
fn only_the_file_service_runs_programs_and_none_makes_a_tcp_socket() {
    for role in ROLES {
        let runs = decision(role, libc::SYS_execve, [0; 6]) == Action::Allow;
        assert_eq!(runs, role == Role::Files, "{role:?}");
        for family in [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET, libc::AF_VSOCK] {
            let refused = Action::Errno(libc::EPERM as u16);
            assert_eq!(decision(role, libc::SYS_socket, [family as u64, 0, 0, 0, 0, 0]), refused, "{role:?} {family}");
        }
    }
}

#[test]
fn a_process_or_a_namespace_is_no_thread() {
    let fork = [libc::SIGCHLD as u64, 0, 0, 0, 0, 0];
    assert_eq!(decision(Role::Service, libc::SYS_clone, fork), Action::Kill);
    assert_eq!(decision(Role::Files, libc::SYS_clone, fork), Action::Allow);
    let namespace = [(libc::SIGCHLD | libc::CLONE_NEWUSER) as u64, 0, 0, 0, 0, 0];
    assert_ne!(decision(Role::Files, libc::SYS_clone, namespace), Action::Allow);
}

#[test]
fn only_a_dynamic_program_may_make_code() {
    let code = [0, 4096, (libc::PROT_READ | libc::PROT_EXEC) as u64, 0, 0, 0];
    for role in ROLES {
        assert_eq!(decision(role, libc::SYS_mmap, code) == Action::Allow, role == Role::Files, "{role:?}");
        assert_eq!(decision(role, libc::SYS_mprotect, code) == Action::Allow, role == Role::Files, "{role:?}");
    }
}

#[test]
fn no_message_dials() {
    let refused = Action::Errno(libc::EPERM as u16);
    let (plain, fast) = (libc::MSG_NOSIGNAL as u64, (libc::MSG_NOSIGNAL | libc::MSG_FASTOPEN) as u64);
    for role in ROLES {
        assert_eq!(decision(role, libc::SYS_sendto, [0, 0, 0, plain, 0, 0]), Action::Allow, "{role:?}");
        assert_eq!(decision(role, libc::SYS_sendto, [0, 0, 0, fast, 0, 0]), refused, "{role:?}");
        assert_eq!(decision(role, libc::SYS_sendmsg, [0, 0, plain, 0, 0, 0]), Action::Allow, "{role:?}");
        assert_eq!(decision(role, libc::SYS_sendmsg, [0, 0, fast, 0, 0, 0]), refused, "{role:?}");
        assert_ne!(decision(role, libc::SYS_sendmmsg, [0; 6]), Action::Allow, "{role:?}");
    }
}

#[test]
fn there_is_no_memory_that_the_limit_does_not_count() {
    let memory = |flags: i32| [0, 4096, (libc::PROT_READ | libc::PROT_WRITE) as u64, flags as u64, 0, 0];
    let (private, shared) = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    for role in ROLES.into_iter().filter(|role| *role != Role::Files) {
        for (flags, allowed) in [
            (private, true),
            (private | libc::MAP_STACK | libc::MAP_NORESERVE, true),
            (libc::MAP_SHARED, true),
            (shared, false),
            (libc::MAP_SHARED_VALIDATE | libc::MAP_ANONYMOUS, false),
            (private | libc::MAP_GROWSDOWN, false),
        ] {
            let decided = decision(role, libc::SYS_mmap, memory(flags));
            assert_eq!(decided == Action::Allow, allowed, "{role:?} {flags:#x}");
        }
    }
}
