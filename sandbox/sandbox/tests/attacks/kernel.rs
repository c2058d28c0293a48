//! Attacks on the kernel's interface by a guest that makes any system call that it likes.

use std::sync::atomic::{AtomicU32, Ordering};

use confine::guest::farewell::TOLD;
use libc::*;
use sandbox::{Detail, Ending, Limits, Outcome, Request};

use crate::fixture::{native, said, text};
use crate::host;

/// A script for the native guest, and what came of it. `MARK` in it is the name that must not appear on the host.
pub(crate) fn tell(script: &str) -> Outcome {
    let code = script.replace("MARK", &host::mark());
    // Each finds an empty `/tmp`.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let owner = format!("kernel {}", NEXT.fetch_add(1, Ordering::Relaxed));
    let request = Request { limits: Limits::default(), ..Request::new(owner, code) };
    native().run(request).expect("there is room")
}

/// What each `call` of a script got.
pub(crate) fn answers(script: &str) -> Vec<i64> {
    let outcome = tell(script);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{script}\n{}", said(&outcome));
    let output = text(&outcome.output);
    output.lines().map(|line| line.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a number")).collect()
}

/// A call with its arguments, the error that it must get, and a harmless call that must work.
pub(crate) type Attack = (c_long, &'static str, i32, (c_long, &'static str));

pub(crate) fn stopped(attacks: &[Attack]) {
    let host = host::look();
    for (call, arguments, errno, (twin, with)) in attacks {
        let got = answers(&format!("call {call} {arguments}\ncall {twin} {with}\n"));
        assert_eq!(got[0], -i64::from(*errno), "{call} {arguments}");
        assert!(got[1] >= 0, "the twin {twin} {with}: {}", got[1]);
        host.is_unchanged(&format!("{call} {arguments}"));
    }
}

const PID: (c_long, &str) = (SYS_getpid, "");
const LOCK: (c_long, &str) = (SYS_futex, "*4 129 1 0 0 0");
const MAP: (c_long, &str) = (SYS_mmap, "0 4096 3 0x22 -1 0");

#[test]
fn the_machine_cannot_be_changed_or_looked_into() {
    stopped(&[
        (SYS_bpf, "5 *128 128", EPERM, PID),
        (SYS_io_uring_setup, "8 *120", EPERM, PID),
        (SYS_io_uring_enter, "3 1 0 0 0", ENOSYS, PID),
        (SYS_userfaultfd, "1", EPERM, PID),
        (SYS_perf_event_open, "*112 0 -1 -1 0", EPERM, (SYS_getrusage, "0 *144")),
        (SYS_keyctl, "0 -3 1", ENOSYS, PID),
        (SYS_add_key, "'user 'MARK 'x 1 -3", ENOSYS, PID),
        (SYS_request_key, "'user 'MARK 0 -3", ENOSYS, PID),
        (SYS_kexec_load, "0 0 0 0", ENOSYS, PID),
        (SYS_init_module, "*64 64 '", ENOSYS, PID),
        (SYS_finit_module, "0 ' 0", ENOSYS, PID),
        (SYS_mount, "'none '/tmp 'tmpfs 0 0", EPERM, (SYS_mkdir, "'MARK 448")),
        (SYS_pivot_root, "'. '.", EPERM, (SYS_chdir, "'/usr")),
        (SYS_open_by_handle_at, "-100 *64 0", ENOSYS, (SYS_open, "'MARK 66 384")),
        (SYS_name_to_handle_at, "-100 '/ *64 *8 0", ENOSYS, (SYS_open, "'MARK 66 384")),
        (SYS_fanotify_init, "0 0", ENOSYS, PID),
        (SYS_swapon, "'MARK 0", ENOSYS, PID),
        (SYS_reboot, "0xfee1dead 0x28121969 0x1234567", ENOSYS, PID),
        (SYS_sethostname, "'MARK 4", ENOSYS, (SYS_uname, "*390")),
        (SYS_settimeofday, "*16 0", ENOSYS, (SYS_gettimeofday, "*16 0")),
        (SYS_syslog, "3 *64 64", ENOSYS, PID),
        (SYS_quotactl, "0 '/ 0 0", ENOSYS, PID),
        (SYS_iopl, "3", ENOSYS, PID),
        (SYS_modify_ldt, "1 *16 16", ENOSYS, PID),
        (SYS_personality, "0x400000", ENOSYS, PID),
        (SYS_arch_prctl, "0x1003 *8", ENOSYS, PID),
    ]);
}

#[test]
fn walls_cannot_be_taken_down_and_namespaces_not_entered() {
    stopped(&[
        (SYS_unshare, "0x10000000", EPERM, PID),
        (SYS_setns, "0 0", EPERM, PID),
        (SYS_clone, "0x10000011 0 0 0 0", EAGAIN, PID),
        (SYS_clone, "17 0 0 0 0", EAGAIN, PID),
        (SYS_clone3, "*88 88", ENOSYS, PID),
        (SYS_vfork, "", EAGAIN, PID),
        (SYS_prctl, "1 0 0 0 0", EPERM, PID),
        (SYS_prctl, "4 1 0 0 0", EPERM, PID),
        (SYS_prctl, "22 0 0 0 0", EPERM, PID),
        (SYS_seccomp, "0 0 0", EPERM, PID),
        (SYS_landlock_create_ruleset, "0 0 1", ENOSYS, PID),
        (SYS_capset, "*8 *24", ENOSYS, PID),
        (SYS_setresuid, "0 0 0", EPERM, (SYS_getuid, "")),
        (SYS_prlimit64, "0 9 *16 0", EPERM, (SYS_prlimit64, "0 9 0 *16")),
        (SYS_prlimit64, "1 9 0 *16", EPERM, (SYS_prlimit64, "0 7 0 *16")),
        (SYS_execveat, "0 ' 0 0 0x1000", EACCES, PID),
    ]);
}

#[test]
fn nobody_else_can_be_read_measured_or_hurt() {
    stopped(&[
        (SYS_ptrace, "16 1 0 0", EPERM, PID),
        (SYS_process_vm_readv, "1 #*64,64 1 #*64,64 1 0", EPERM, PID),
        (SYS_process_vm_writev, "1 #*64,64 1 #*64,64 1 0", EPERM, PID),
        (SYS_process_madvise, "0 #*64,64 1 4 0", ENOSYS, (SYS_madvise, "0 0 4")),
        (SYS_pidfd_getfd, "0 0 0", ENOSYS, (SYS_dup, "1")),
        (SYS_kcmp, "1 1 0 0 0", ENOSYS, PID),
        (SYS_move_pages, "1 0 0 0 0 0", ENOSYS, PID),
        // Whoever waits at an address of a file that all guests have mapped; and locks with a priority, of each kind.
        (SYS_futex, "^ 1 1 0 0 0", ENOSYS, LOCK),
        (SYS_futex, "*4 6 0 0 0 0", ENOSYS, LOCK),
        (SYS_futex, "*4 134 0 0 0 0", ENOSYS, LOCK),
        (SYS_futex, "*4 139 0 0 *4 0", ENOSYS, LOCK),
        (SYS_futex, "*4 140 1 1 *4 0", ENOSYS, LOCK),
        (SYS_rt_sigqueueinfo, "1 9 *128", ENOSYS, PID),
        (SYS_tkill, "1 9", EPERM, PID),
        (SYS_tgkill, "1 1 9", EPERM, PID),
        (SYS_get_robust_list, "1 *8 *8", ENOSYS, PID),
        (SYS_ioprio_set, "1 0 0", ENOSYS, PID),
        // The processor time of process 1, which tells how busy the other guests are.
        (SYS_clock_gettime, "-14 *16", EINVAL, (SYS_clock_gettime, "2 *16")),
        (SYS_clock_getres, "-14 *16", EINVAL, (SYS_clock_getres, "1 *16")),
        (SYS_clock_nanosleep, "-14 0 *16 0", EINVAL, (SYS_clock_nanosleep, "1 0 *16 0")),
    ]);
}

#[test]
fn no_object_is_left_in_the_kernel() {
    stopped(&[
        (SYS_shmget, "0 4096 0x3b6", ENOSYS, MAP),
        (SYS_semget, "0 1 0x3b6", ENOSYS, LOCK),
        (SYS_msgget, "0 0x3b6", ENOSYS, PID),
        (SYS_mq_open, "'MARK 66 384 0", ENOSYS, (SYS_open, "'MARK 66 384")),
        (SYS_memfd_create, "'MARK 0", ENOSYS, MAP),
        (SYS_memfd_secret, "0", ENOSYS, MAP),
        (SYS_timer_create, "0 0 *8", ENOSYS, (SYS_setitimer, "0 *32 0")),
        (SYS_timerfd_create, "0 0", ENOSYS, PID),
        (SYS_signalfd4, "-1 *8 8 0", ENOSYS, PID),
        (SYS_inotify_init1, "0", ENOSYS, PID),
        (SYS_epoll_create1, "0", ENOSYS, (SYS_poll, "0 0 0")),
        (SYS_eventfd2, "0 0", ENOSYS, PID),
        (SYS_pipe2, "*8 0x4000", EINVAL, (SYS_pipe2, "*8 0")),
        (SYS_io_setup, "8 *8", ENOSYS, PID),
    ]);
}

#[test]
fn memory_stays_private_and_without_machine_code() {
    stopped(&[
        (SYS_mmap, "0 4096 7 0x22 -1 0", EACCES, MAP),
        (SYS_mmap, "0 4096 1 2 1 0", ENODEV, MAP),
        // One page of shared memory that stays mapped keeps all of it, and no limit of this process counts the others.
        (SYS_mmap, "0 4096 3 0x21 -1 0", ENODEV, MAP),
        (SYS_mmap, "0 4096 3 0x23 -1 0", ENODEV, MAP),
        (SYS_mmap, "0 4096 3 0x28 -1 0", ENODEV, MAP),
        (SYS_mprotect, "^ 4096 7", EACCES, (SYS_mprotect, "0 0 1")),
        (SYS_pkey_mprotect, "^ 4096 7 0", ENOSYS, (SYS_mprotect, "0 0 1")),
        (SYS_remap_file_pages, "0 4096 0 0 0", ENOSYS, MAP),
        (SYS_shmat, "0 0 0", ENOSYS, MAP),
        (SYS_mlockall, "3", ENOSYS, MAP),
        (SYS_mlock, "^ 4096", ENOSYS, MAP),
        // Pages merged with equal ones of others tell, by the time that a write takes, what others hold.
        (SYS_madvise, "0 0 12", ENOSYS, (SYS_madvise, "0 0 4")),
        // Huge pages come from a pool of the whole host.
        (SYS_mmap, "0 0x200000 3 0x40022 -1 0", ENODEV, MAP),
        (SYS_mmap, "0 4096 3 0x2022 -1 0", EPERM, MAP),
    ]);
}

#[test]
fn calls_in_another_convention_are_the_end() {
    let host = host::look();
    for script in ["int80 20\n", "int80 5\n", "call 0x40000002 '/etc/passwd 0\n", "call 0x40000208\n", "call -1\n"] {
        let outcome = tell(script);
        assert_eq!(outcome.ending, Ending::Denied, "{script}\n{}", said(&outcome));
        assert!(outcome.output.is_empty(), "{script}");
        host.is_unchanged(script);
    }
    assert_eq!(answers("call 39\n").len(), 1, "the twin");
}

#[test]
fn a_program_without_its_first_thread_still_ends() {
    let host = host::look();
    let limits = Limits { processor_time: std::time::Duration::from_millis(200), ..Limits::default() };
    let request = Request { limits, ..Request::new("kernel", "orphan\n") };
    let outcome = native().run(request).expect("there is room");
    assert!(matches!(outcome.ending, Ending::OutOfTime { .. }), "{}", said(&outcome));
    host.is_unchanged("orphan");
}

#[test]
fn a_run_that_lies_about_its_memory_deceives_no_account() {
    const LIE: u64 = 1 << 40;
    let told = |detail, kib: u64| {
        let code = format!("quiet {SYS_exit_group} 0 {TOLD} {kib}\n");
        let outcome = native().run(Request { detail, ..Request::new("liar", code) }).expect("there is room");
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
        outcome.usage.peak_memory
    };
    assert_eq!(told(Detail::Outcome, LIE >> 10), Some(LIE), "its own word");
    assert_eq!(told(Detail::Outcome, u64::MAX), None, "what nobody can have had");
    assert!(told(Detail::Account, LIE >> 10).is_some_and(|memory| (1..LIE).contains(&memory)), "the kernel's");
}
