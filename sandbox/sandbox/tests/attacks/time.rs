//! Attacks on time: a run ends, whatever it does about it.

use std::time::Duration;

use sandbox::Limits;

use crate::fixture::{Attack, stopped_within};

#[test]
fn time_cannot_be_stolen() {
    // Where others are busy too, wall time may run out first: here it only matters that one of them does.
    const ANY_TIME: &str = "out of processor time|out of time";
    const FINE: &str = "import time; time.sleep(0.001)";
    const ATTACKS: &[Attack] = &[
        ("while True: pass", ANY_TIME, FINE),
        ("9 ** 9 ** 9", "out of processor time|out of time|MemoryError|out of memory", "9 ** 999"),
        ("import re; re.match('(a+)+$', 'a' * 99 + 'b')", ANY_TIME, "import re; re.match('(a+)+$', 'aaa')"),
        ("sum(range(1 << 60))", ANY_TIME, "sum(range(999))"),
        ("import time; time.sleep(1e9)", "out of time|OverflowError", FINE),
        ("import threading; threading.Event().wait()", "out of time", FINE),
        ("import threading; l = threading.Lock(); l.acquire(); l.acquire()", "out of time", FINE),
        ("import threading, time; threading.Thread(target=time.sleep, args=(999,)).start()", "out of time", FINE),
        (
            "import atexit, time; atexit.register(time.sleep, 999)",
            "out of time",
            "import atexit; atexit.register(len, ())",
        ),
        (
            "
            while True:
                try:
                    while True: pass
                except BaseException: pass
                finally: continue
            ",
            ANY_TIME,
            FINE,
        ),
        (
            "
            class Stubborn:
                def __del__(self):
                    while True: pass
            Stubborn()
            ",
            ANY_TIME,
            FINE,
        ),
        (
            "
            import threading
            def burn():
                while True: pass
            for _ in range(4): threading.Thread(target=burn).start()
            ",
            "out of processor time|out of time",
            FINE,
        ),
        ("import os, time; os.close(1); os.close(2); time.sleep(999)", "out of time", "import os; os.close(2)"),
        (
            "
            import fcntl
            a, b = open('l', 'w'), open('l', 'w')
            fcntl.flock(a, fcntl.LOCK_EX); fcntl.flock(b, fcntl.LOCK_EX)
            ",
            "EDEADLK|EDEADLOCK",
            "import fcntl; fcntl.flock(open('l', 'w'), fcntl.LOCK_EX)",
        ),
        ("import os\nwhile True: os.stat('/tmp')", "out of time|out of processor time", "import os; os.stat('/tmp')"),
        (
            "import os; f = os.open('/dev/urandom', 0)\nwhile True: os.read(f, 1 << 20)",
            "out of time|out of processor time",
            "import os; os.read(os.open('/dev/urandom', 0), 9)",
        ),
        (
            "import sys; sys.stdin.read(); import select; select.select([], [], [])",
            "out of time",
            "import sys; sys.stdin.read()",
        ),
        ("import os; os.read(3, 1)", "out of time|EBADF|succeeded|ECONNRESET", "import os; os.fstat(3)"),
    ];
    let limits =
        Limits { time: Duration::from_millis(300), processor_time: Duration::from_millis(100), ..Limits::default() };
    stopped_within(limits, "time", ATTACKS);
}
