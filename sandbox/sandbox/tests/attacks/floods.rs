//! Floods: of memory, of output, and of words for whoever reads them.

use crate::fixture::{Attack, attack, said, stopped, text, verdict};

#[test]
fn memory_cannot_be_exhausted() {
    const ATTACKS: &[Attack] = &[
        ("x = bytearray(1 << 40)", "MemoryError", "x = bytearray(16 << 20)"),
        (
            "x = []\nwhile True: x.append(bytearray(1 << 16))",
            "MemoryError|out of memory",
            "x = [bytearray(1 << 16) for _ in range(99)]",
        ),
        ("x = 'x'\nwhile True: x += x", "MemoryError|out of memory", "x = 'x' * (1 << 20)"),
        (
            "x = {}\nfor i in range(1 << 40): x[i] = str(i)",
            "MemoryError|out of memory",
            "x = {i: str(i) for i in range(9999)}",
        ),
        (
            "x = []\nfor i in range(1 << 40): x = [x, x]",
            "MemoryError|out of memory|crashed",
            "x = []\nfor i in range(999): x = [x, x]",
        ),
        ("def f(): f()\nf()", "RecursionError", "def f(n): n and f(n - 1)\nf(500)"),
        (
            "import sys; sys.setrecursionlimit(1 << 30)\ndef f(): f()\nf()",
            // Filling its memory with frames takes nearly all of its processor time.
            "MemoryError|out of memory|crashed|SystemError|out of processor time",
            "import sys; sys.setrecursionlimit(5000)",
        ),
        (
            "import json; json.loads('[' * 10**6)",
            "RecursionError",
            "json = __import__('json'); json.loads('[' * 99 + ']' * 99)",
        ),
        (
            "import zlib; zlib.decompress(zlib.compress(bytes(40 << 20)) ) * 9",
            "MemoryError|out of memory",
            "import zlib; zlib.decompress(zlib.compress(bytes(1 << 20)))",
        ),
        ("'%999999999d' % 1 * 9", "MemoryError|out of memory", "'%999d' % 1"),
        ("[0] * (1 << 60)", "MemoryError|OverflowError", "[0] * (1 << 20)"),
        (
            "
            import threading
            def eat():
                mine = []
                while True: mine.append(bytearray(1 << 16))
            threads = [threading.Thread(target=eat) for _ in range(7)]
            for t in threads: t.start()
            for t in threads: t.join()
            raise LookupError
            ",
            "LookupError|MemoryError|out of memory|out of output|out of time|crashed|RuntimeError",
            "
            import threading
            threads = [threading.Thread(target=bytearray, args=(1 << 16,)) for _ in range(7)]
            for t in threads: t.start()
            for t in threads: t.join()
            ",
        ),
        (
            "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
            "RuntimeError",
            "import threading; threading.Thread(target=print).start()",
        ),
    ];
    stopped("memory", ATTACKS);
}

#[test]
fn pipes_and_pairs_of_sockets_hold_no_more_than_their_few_descriptors_can() {
    // As many as there are numbers for, each filled to the brim: how many MiB the kernel keeps.
    const FILL: &str = "
        import os, socket
        def pipe(): return os.pipe()
        def pair(): return [end.detach() for end in socket.socketpair()]
        def fill(make, ways):
            held = 0
            try:
                while True:
                    ends = make()
                    for end in ends[-ways:]:
                        os.set_blocking(end, False)
                        try:
                            while True: held += os.write(end, bytes(4096))
                        except BlockingIOError: pass
            except OSError as error: assert error.errno == 24, error
            return held
        held = fill(KIND)
        assert held <= MOST << 20, held
        assert held > 1 << 20, held
        ";
    for (kind, most) in [("pipe, 1", "4"), ("pair, 2", "16")] {
        let program = FILL.replace("KIND", kind).replace("MOST", most);
        std::thread::scope(|scope| {
            for index in 0..8 {
                let request = attack(&format!("{kind} {index}"), &program);
                scope.spawn(move || {
                    let (word, outcome) = verdict(request);
                    assert_eq!(word, "succeeded", "{}", said(&outcome));
                });
            }
        });
    }
}

#[test]
fn whoever_reads_the_output_is_not_flooded() {
    const FINE: &str = "print('x' * 9999)";
    const ATTACKS: &[Attack] = &[
        ("while True: print('x' * 999)", "out of output", FINE),
        ("import sys\nwhile True: sys.stderr.write('x' * 999)", "out of output", FINE),
        (
            "import os\nwhile True: os.write(1, bytes(1 << 20))",
            "out of output",
            "import os; os.write(1, bytes(99) + b'\\n')",
        ),
        ("import os\nos.dup2(1, 50)\nwhile True: os.write(50, b'x' * 999)", "out of output", FINE),
        ("import os\nwhile True: os.writev(2, [b'x' * 999] * 9)", "out of output", FINE),
        ("print('x' * (1 << 20))", "out of output", FINE),
        (
            "
            import threading
            def flood():
                while True: print('x' * 99)
            for _ in range(7): threading.Thread(target=flood).start()
            ",
            "out of output",
            FINE,
        ),
        ("raise Exception('x' * (1 << 20))", "Exception", FINE),
    ];
    stopped("output", ATTACKS);
}

#[test]
fn what_an_author_is_told_is_short_and_plain() {
    let program = "
        for i in range(20_000):
            try: open('/etc' + '/\\n\\x1b[31m<b>' * 300 + str(i))
            except FileNotFoundError: pass
        ";
    let (word, outcome) = verdict(attack("explained", program));
    assert_eq!(word, "succeeded", "{}", said(&outcome));
    assert_eq!(outcome.denials.len(), 50, "the first of them and no more");
    for denial in &outcome.denials {
        assert!(!denial.chars().any(char::is_control), "{denial:?}");
        assert!(denial.len() < 1000, "{} bytes: {denial:?}", denial.len());
    }
    let (_, outcome) = verdict(attack("explained", "try: open('/etc/passwd')\nexcept FileNotFoundError: pass"));
    assert_eq!(outcome.denials.len(), 1, "the twin");
    let (_, outcome) = verdict(attack("explained", "import os, sys; os.write(2, b'x\\x1b[31m'); os._exit(1)"));
    assert_eq!(text(&outcome.errors), "x\x1b[31m", "errors are bytes, for whoever shows them to make harmless");
    assert_eq!(outcome.remark().as_deref(), Some("The program ended with exit code 1."));
}
