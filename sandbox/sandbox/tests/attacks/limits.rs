//! Each limit bites, alone and with eight runs at a time; and just below it there is room.

use std::time::Duration;

use sandbox::{Limits, Request};

use crate::fixture::{Attack, attack, said, verdict};
use crate::host;

/// What uses more than it may, what comes of it, and what uses nearly as much.
const LIMITS: &[(&str, Attack)] = &[
    ("time", ("import time; time.sleep(60)", "out of time", "import time; time.sleep(0.01)")),
    ("processor time", ("while True: pass", "out of processor time", "sum(range(99999))")),
    ("memory", ("x = bytearray(70 << 20)", "MemoryError", "x = bytearray(48 << 20)")),
    (
        "memory, grown",
        ("x = []\nwhile True: x.append(bytes(1 << 20))", "MemoryError", "x = [bytes(1 << 20) for _ in range(40)]"),
    ),
    ("output", ("while True: print('x' * 999)", "out of output", "print('x\\n' * 120_000)")),
    (
        "open files",
        ("x = [open(f'f{i}', 'w') for i in range(65)]", "EMFILE", "x = [open(f'f{i}', 'w') for i in range(64)]"),
    ),
    (
        "open library files",
        (
            "import os; x = [os.open(os.__file__, 0) for _ in range(99)]",
            "EMFILE",
            "import os; x = [os.open(os.__file__, 0) for _ in range(50)]",
        ),
    ),
    (
        "pipes",
        ("import os; x = [os.pipe() for _ in range(33)]", "EMFILE", "import os; x = [os.pipe() for _ in range(28)]"),
    ),
    (
        "pairs of sockets",
        (
            "import socket; x = [socket.socketpair() for _ in range(33)]",
            "EMFILE",
            "import socket; x = [socket.socketpair() for _ in range(28)]",
        ),
    ),
    ("processes", ("import os; os.fork()", "EAGAIN", "import os; os.getpid()")),
    (
        "threads",
        (
            "import threading, time\nfor _ in range(9): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
            "RuntimeError",
            "import threading, time\nfor _ in range(8): threading.Thread(target=time.sleep, args=(0.01,)).start()",
        ),
    ),
    (
        "bytes",
        (
            "[open(n, 'wb').write(bytes(9 << 20)) for n in 'ab']",
            "ENOSPC",
            "[open(n, 'wb').write(bytes(7 << 20)) for n in 'ab']",
        ),
    ),
    (
        "bytes of a file",
        (
            "f = open('a', 'wb'); f.write(bytes((16 << 20) + 1)); f.close()",
            "EFBIG",
            "open('a', 'wb').write(bytes(16 << 20))",
        ),
    ),
    ("entries", ("for i in range(1001): open(f'f{i}', 'w')", "ENOSPC", "for i in range(1000): open(f'f{i}', 'w')")),
    ("depth", ("import os; os.makedirs('d/' * 65)", "ENAMETOOLONG", "import os; os.makedirs('d/' * 63)")),
    ("name", ("open('n' * 256, 'w')", "ENAMETOOLONG", "open('n' * 255, 'w')")),
    ("path", ("open('./' * 2050 + 'x', 'w')", "ENAMETOOLONG", "open('./' * 2040 + 'x', 'w')")),
    (
        "links in a path",
        ("import os; os.symlink('l', 'l'); open('l')", "ELOOP", "import os; os.symlink('x', 'l'); open('l', 'w')"),
    ),
];

fn bites(owner: &str, (program, expected, twin): &Attack) {
    let mut limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    match *expected {
        "out of time" => limits.time = Duration::from_millis(200),
        "out of processor time" => limits.processor_time = Duration::from_millis(100),
        _ => {}
    }
    let (word, outcome) = verdict(Request { limits, ..attack(owner, program) });
    assert_eq!(word, *expected, "{program}\n{}", said(&outcome));
    let (word, outcome) = verdict(attack(&format!("{owner}, the twin"), twin));
    assert_eq!(word, "succeeded", "the twin {twin}\n{}", said(&outcome));
}

#[test]
fn each_limit_bites_alone() {
    let host = host::look();
    for (name, limit) in LIMITS {
        bites(&format!("limit of {name}"), limit);
        host.is_unchanged(name);
    }
}

#[test]
fn each_limit_bites_eight_runs_at_a_time() {
    let host = host::look();
    for (name, limit) in LIMITS {
        std::thread::scope(|scope| {
            for index in 0..8 {
                scope.spawn(move || bites(&format!("limit of {name}, {index}"), limit));
            }
        });
        host.is_unchanged(name);
    }
}

#[test]
fn different_limits_bite_at_the_same_time_and_each_run_has_its_own_outcome() {
    let host = host::look();
    std::thread::scope(|scope| {
        for (name, limit) in LIMITS {
            scope.spawn(move || bites(&format!("mixed limit of {name}"), limit));
        }
    });
    host.is_unchanged("all limits at once");
}
