//! Attacks that corrupt the interpreter's own memory, or look for what others left in it.

use std::collections::BTreeSet;

use crate::fixture::{Attack, attack, recycling, said, stopped, text, verdict};
use crate::host;

#[test]
fn a_corrupted_interpreter_ends_and_reaches_nothing() {
    const FINE: &str = "exec((lambda: 0).__code__.replace(co_name='renamed'))";
    const ATTACKS: &[Attack] = &[
        // Loads a constant beyond the end of an empty tuple, and calls it.
        ("exec((lambda: 0).__code__.replace(co_consts=(), co_code=b'\\x64\\xff' * 64))", "crashed|SystemError", FINE),
        (
            "f = lambda: 0; f.__code__ = f.__code__.replace(co_stacksize=0, co_code=b'\\x01\\x00' * 999); f()",
            "crashed|SystemError",
            FINE,
        ),
        (
            "f = lambda: 0; f.__code__ = f.__code__.replace(co_code=b'\\x6e\\xff' * 99); f()",
            "crashed|SystemError|out of processor time|out of memory",
            FINE,
        ),
        (
            "import marshal; exec(marshal.loads(b'c' + b'\\x00' * 200))",
            "crashed|ValueError|TypeError|EOFError|SystemError",
            "import marshal; marshal.loads(marshal.dumps(1))",
        ),
        (
            "import faulthandler; faulthandler._read_null()",
            "crashed",
            "import faulthandler; faulthandler.dump_traceback()",
        ),
        (
            "import faulthandler; faulthandler._stack_overflow()",
            "crashed",
            "import faulthandler; faulthandler.enable(file=2)",
        ),
        ("import faulthandler; faulthandler._fatal_error_c_thread()", "crashed", FINE),
        (
            "
            import sys
            sys.setrecursionlimit(1 << 30)
            x = ()
            for _ in range(10 ** 6): x = (x,)
            hash(x)
            ",
            "crashed|MemoryError|out of memory|RecursionError",
            "x = ()\nfor _ in range(99): x = (x,)\nhash(x)",
        ),
        (
            "import threading; threading.stack_size(1 << 40); threading.Thread(target=print).start()",
            "ValueError|RuntimeError|MemoryError",
            "import threading; threading.stack_size(1 << 18)",
        ),
    ];
    stopped("corrupted", ATTACKS);
}

#[test]
fn modules_that_reach_under_the_interpreter_are_not_there() {
    const FINE: &str = "import math, struct, array; struct.pack('<Q', 1)";
    const ATTACKS: &[Attack] = &[
        ("import ctypes", "ImportError|ModuleNotFoundError", FINE),
        ("import _ctypes", "ImportError|ModuleNotFoundError", FINE),
        ("import _testcapi", "ImportError|ModuleNotFoundError", FINE),
        ("import _testinternalcapi", "ImportError|ModuleNotFoundError", FINE),
        ("import _xxsubinterpreters", "ImportError|ModuleNotFoundError", FINE),
        ("import _posixshmem", "ImportError|ModuleNotFoundError", FINE),
        (
            "from multiprocessing import shared_memory; shared_memory.SharedMemory(MARK, True, 9)",
            "ImportError|ENOSYS|ENOENT|ModuleNotFoundError",
            FINE,
        ),
        (
            "import importlib.machinery as m; m.ExtensionFileLoader('x', '/usr/lib/python3.11/lib-dynload/_ctypes.cpython-311-x86_64-linux-gnu.so').load_module()",
            "ImportError",
            FINE,
        ),
    ];
    stopped("modules below", ATTACKS);
}

#[test]
fn what_one_run_held_no_other_can_find() {
    let host = host::look();
    let secret = "secret = 'the-word-' + 'nobody-knows'; import sys; sys.intern(secret); sys.kept = secret";
    let search = "
        import gc, sys
        word = '-'.join(['the', 'word', 'nobody', 'knows'])
        for thing in gc.get_objects() + [vars(m) for m in list(sys.modules.values()) if hasattr(m, '__dict__')]:
            if isinstance(thing, dict) and thing is not globals() and word in thing.values(): raise LookupError
        assert not hasattr(sys, 'kept')
        ";
    for round in 0..10 {
        assert_eq!(verdict(attack("who knows", secret)).0, "succeeded");
        let (word, outcome) = verdict(attack(&format!("who asks {round}"), search));
        assert_eq!(word, "succeeded", "{}", said(&outcome));
    }
    let both = format!("{secret}\n{}", search.replace("\n        ", "\n"));
    assert_eq!(verdict(attack("the twin", &both)).0, "LookupError");
    host.is_unchanged("a search for what others left");
}

#[test]
fn how_busy_others_are_cannot_be_told() {
    const OWN: &str =
        "import time; time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID); time.process_time(); time.thread_time()";
    const ATTACKS: &[Attack] = &[
        ("import time; [time.clock_gettime(~pid << 3 | 2) for pid in range(1, 99)]", "EINVAL", OWN),
        ("import time; time.clock_getres(~1 << 3)", "EINVAL", OWN),
        ("import os; os.getloadavg()", "EPERM|OSError|ENOENT|ENOSYS|EIO", "import os; os.times()"),
        (
            "import os; os.sysconf('SC_AVPHYS_PAGES') and open('/proc/meminfo')",
            "ENOENT",
            "import os; os.sysconf('SC_PAGE_SIZE')",
        ),
    ];
    stopped("busy", ATTACKS);
    let own = "import time, threading; time.clock_gettime(time.pthread_getcpuclockid(threading.get_ident()))";
    assert_eq!(verdict(attack("busy, the twin", own)).0, "succeeded");
}

#[test]
fn hash_seeds_and_addresses_differ_from_zygote_to_zygote() {
    let host = host::look();
    let sandbox = recycling(1);
    let mut seen: [BTreeSet<String>; 2] = Default::default();
    for _ in 0..6 {
        // The seed, and an address of what is mapped: the heap and the libraries. The interpreter's program itself, as Debian
        // builds it, stands at the same address everywhere.
        let outcome = sandbox.run(attack("seeds", "print(hash('x'), id([]))")).expect("there is room");
        let output = text(&outcome.output);
        let words: Vec<&str> = output.lines().next().unwrap_or_default().split(' ').collect();
        assert_eq!(words.len(), seen.len(), "{}", said(&outcome));
        for (seen, word) in seen.iter_mut().zip(words) {
            seen.insert(word.to_owned());
        }
    }
    drop(sandbox);
    assert!(seen.iter().all(|seen| seen.len() >= 3), "{seen:?}");
    host.is_unchanged("six runs of several zygotes");
}
