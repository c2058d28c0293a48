//! What an author is told of a call that was refused: which one, and by which rule.

use crate::fixture::said;
use crate::visit::run;

/// What a program tries, the exception it gets, and the sentence in the outcome.
const REFUSED: &[(&str, &str, &str)] = &[
    ("open('/etc/passwd')", "FileNotFoundError", "open('/etc/passwd'): there is no such file inside the sandbox"),
    (
        "open('/usr/lib/note', 'w')",
        "OSError",
        "open('/usr/lib/note'): only files in /tmp can be written inside the sandbox",
    ),
    ("os.listdir('/proc/self')", "FileNotFoundError", "open('/proc/self'): there is no such file inside the sandbox"),
    (
        "os.chown('f', 0, 0)",
        "PermissionError",
        "chown('f'): all files in /tmp belong to the program, and cannot be given away",
    ),
    (
        "os.posix_fallocate(os.open('f', os.O_CREAT | os.O_RDWR), 0, 1 << 30)",
        "OSError",
        "fallocate(): one file in /tmp may hold 16777216 bytes",
    ),
    ("os.mkfifo('pipe')", "PermissionError", "mknod(): the sandbox has files, directories and symbolic links only"),
    ("__import__('socket').socket()", "PermissionError", "socket(): the sandbox has no network"),
    (
        "__import__('socket').socketpair(type=2)",
        "PermissionError",
        "socketpair(): the sandbox has no network, and of pairs only streams",
    ),
    ("os.fork()", "BlockingIOError", "fork(): the sandbox allows one process, and no other program"),
    ("os.pipe2(os.O_DIRECT)", "OSError", "pipe2(): pipes inside the sandbox carry bytes, not packets"),
    (
        "__import__('subprocess').run(['ls'])",
        "BlockingIOError",
        "fork(): the sandbox allows one process, and no other program",
    ),
    (
        "__import__('signal').pthread_kill(__import__('threading').get_ident(), 9)",
        "PermissionError",
        "kill(): a program inside the sandbox ends itself by sys.exit or os.abort",
    ),
    (
        "os.execv('/bin/ls', ['ls'])",
        "PermissionError",
        "execve(): the sandbox allows one process, and no other program",
    ),
    ("os.kill(1, 9)", "PermissionError", "kill(): there is nobody else in the sandbox"),
    (
        "os.chroot('/tmp')",
        "PermissionError",
        "chroot(): the sandbox does not let a program change or look into the machine",
    ),
    (
        "__import__('time').clock_settime(0, 0)",
        "PermissionError",
        "clock_settime(): the sandbox does not let a program change or look into the machine",
    ),
    (
        "os.nice(5)",
        "PermissionError",
        "setpriority(): the sandbox does not let a program change or look into the machine",
    ),
    ("os.memfd_create('x')", "OSError", "memfd_create(): the sandbox does not offer it"),
    (
        "__import__('ctypes')",
        "ImportError",
        "mmap(): a module in machine code can be imported only if it is among the preimported ones",
    ),
    (
        "__import__('mmap').mmap(os.open('f', os.O_RDWR), 0)",
        "OSError",
        "mmap(): files cannot be mapped into memory inside the sandbox",
    ),
    ("open('large', 'wb').truncate(1 << 30)", "OSError", "truncate(): one file in /tmp may hold 16777216 bytes"),
];

#[test]
fn each_refused_call_is_told_with_its_rule_and_nothing_else_is() {
    for (attempt, exception, sentence) in REFUSED {
        let code = format!(
            "import os\nopen('f', 'w').write('x')\ntry: {attempt}\nexcept Exception as error:\n    \
             assert type(error).__name__ == '{exception}', repr(error)\nelse: raise SystemExit('nothing happened')\n"
        );
        let outcome = run("inside-refusals", &code);
        assert_eq!(outcome.ending, sandbox::Ending::Finished { exit_code: 0 }, "{attempt}: {}", said(&outcome));
        assert_eq!(outcome.denials, [*sentence], "{attempt}");
    }
}

#[test]
fn what_any_linux_would_have_refused_is_told_to_nobody() {
    let code = "import os\nopen('f', 'w').close()\n\
        for attempt in (lambda: open('none'), lambda: os.mkdir('f'), lambda: os.rmdir('f'), lambda: open('f/x'),\n    \
            lambda: open(os.path.dirname(os.__file__) + '/none.py'),\n    \
            lambda: os.close(99), lambda: os.ttyname(1), lambda: os.getxattr('f', 'user.x')):\n    \
            try: attempt()\n    \
            except OSError: pass\n    \
            else: raise SystemExit('nothing happened')\n";
    let outcome = run("inside-ordinary", code);
    assert_eq!(outcome.ending, sandbox::Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    assert!(outcome.denials.is_empty(), "{:?}", outcome.denials);
}
