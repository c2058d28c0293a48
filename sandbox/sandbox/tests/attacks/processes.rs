//! Attacks with processes: there is one, it can make no other, and it reaches nobody.

use crate::fixture::{Attack, stopped, stopped_within};
use sandbox::Limits;
use std::time::Duration;

const THREAD: &str = "import threading; t = threading.Thread(target=print); t.start(); t.join()";
const RAISE: &str = "import signal; signal.signal(10, lambda *_: 0); signal.raise_signal(10)";

#[test]
fn no_other_process_can_be_made() {
    const ATTACKS: &[Attack] = &[
        ("import os; os.fork()", "EAGAIN", THREAD),
        ("import os; os.forkpty()", "ENOENT", THREAD),
        ("import os; os.posix_spawn('/bin/sh', ['sh'], {})", "EAGAIN", THREAD),
        ("import os; os.spawnv(os.P_NOWAIT, '/bin/sh', ['sh'])", "EAGAIN", THREAD),
        ("import subprocess; subprocess.run(['/bin/sh', '-c', 'id'])", "EAGAIN", THREAD),
        ("import subprocess; subprocess.Popen('id', shell=True, close_fds=False)", "EAGAIN|EACCES", THREAD),
        ("import os; os.popen('id').read()", "EAGAIN", THREAD),
        ("import os; assert os.system('id') == 0", "AssertionError", "import os; assert os.getpid() > 1"),
        (
            "import os; os.execv('/usr/bin/id', ['id'])",
            "EACCES",
            "import runpy; open('m.py', 'w'); runpy.run_path('m.py')",
        ),
        (
            "import os; os.execve(os.open(os.__file__, 0), ['x'], {})",
            "EACCES",
            "import runpy, os; open('m.py', 'w'); runpy.run_path('m.py')",
        ),
        ("import pty; pty.spawn('/bin/sh')", "ENOENT|EPERM|termios|ModuleNotFoundError|ImportError", THREAD),
        ("import multiprocessing as m; m.Process(target=print).start()", "EAGAIN|ImportError|EPERM", THREAD),
        (
            "import concurrent.futures as c; c.ProcessPoolExecutor(1).submit(print).result()",
            "EAGAIN|ImportError|EPERM|ENOENT|NotImplementedError",
            "import concurrent.futures as c; c.ThreadPoolExecutor(1).submit(print).result()",
        ),
        ("import os; os.waitpid(-1, 0)", "ECHILD", "import os; os.times()"),
    ];
    stopped("new processes", ATTACKS);
}

#[test]
fn nobody_else_can_be_reached() {
    const ATTACKS: &[Attack] = &[
        ("import os; os.kill(1, 9)", "EPERM", RAISE),
        ("import os; os.kill(-1, 9)", "EPERM", RAISE),
        ("import os; os.kill(0, 9)", "EPERM", RAISE),
        ("import os; os.killpg(1, 15)", "EPERM", RAISE),
        ("import os; os.pidfd_open(1)", "EPERM", RAISE),
        ("import signal; signal.pidfd_send_signal(0, 9)", "ENOSYS|EPERM", RAISE),
        ("import os; [os.sched_setaffinity(p, {0}) for p in (1, 0)]", "EPERM", "import os; os.sched_getaffinity(0)"),
        (
            "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
            "ENOSYS|EPERM",
            "import os; os.sched_yield()",
        ),
        ("import os; os.setpriority(os.PRIO_PROCESS, 0, -20)", "ENOSYS|EPERM", "import os; os.times()"),
        ("import os; os.nice(-20)", "ENOSYS|EPERM", "import os; os.times()"),
        ("import os; os.setsid()", "ENOSYS|EPERM", "import os; os.getsid(0)"),
        ("import os; os.setpgid(0, 1)", "ENOSYS|EPERM", "import os; os.getpgid(0)"),
        ("import os; os.tcsetpgrp(0, 1)", "ENOTTY", "import os; os.isatty(0)"),
    ];
    stopped("others", ATTACKS);
}

#[test]
fn power_cannot_be_had_back() {
    const ATTACKS: &[Attack] = &[
        ("import os; os.setuid(0)", "EPERM", "import os; os.getuid()"),
        ("import os; os.setreuid(-1, 0)", "EPERM|ENOSYS", "import os; os.geteuid()"),
        ("import os; os.setresgid(0, 0, 0)", "EPERM", "import os; os.getgid()"),
        ("import os; os.setgroups([0])", "EPERM", "import os; os.getgroups()"),
        ("import os; os.initgroups('root', 0)", "EPERM", "import os; os.getgroups()"),
        (
            "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
            "EPERM|ValueError|ImportError|ModuleNotFoundError",
            "import os; os.times()",
        ),
        ("import time; time.clock_settime(time.CLOCK_REALTIME, 0)", "EPERM|ENOSYS", "import time; time.time()"),
        ("import socket; socket.sethostname('mine')", "EPERM|ENOSYS", "import socket; assert socket.gethostname()"),
    ];
    stopped("power", ATTACKS);
}

#[test]
fn no_signal_to_itself_looks_like_an_end_by_others() {
    const ATTACKS: &[Attack] = &[(
        "import signal, threading; signal.pthread_kill(threading.get_ident(), 9)",
        "EPERM",
        "import signal, threading; signal.pthread_kill(threading.get_ident(), 0)",
    )];
    stopped("sigkill", ATTACKS);
}

// Whatever is not stopped by its limit of time has no place here: it may need longer on a machine that is busy.
#[test]
fn signals_to_itself_prolong_nothing() {
    const ATTACKS: &[Attack] = &[
        ("import signal, threading; signal.pthread_kill(threading.get_ident(), 19)", "out of time", RAISE),
        (
            "
            import signal, time
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
            time.sleep(1000)
            ",
            "out of time",
            RAISE,
        ),
        ("import signal; signal.sigwait({10})", "out of time", RAISE),
        ("import signal; signal.pause()", "out of time", RAISE),
        (
            "
            import os, signal
            inside = False
            def again(*_):
                global inside
                # Not within itself, or it could be as deep as Python goes.
                if not inside:
                    inside = True
                    os.stat('/tmp')
                    inside = False
            signal.signal(signal.SIGALRM, again)
            signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
            while True: os.listdir('/tmp')
            ",
            // An interrupted call may also fail before anybody has heard of it.
            "out of time|out of processor time|EINTR",
            RAISE,
        ),
    ];
    let limits = Limits { time: Duration::from_millis(400), ..Limits::default() };
    stopped_within(limits, "signals", ATTACKS);
}
