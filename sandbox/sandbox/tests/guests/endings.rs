//! How runs end, and what is kept of them.

use sandbox::{Detail, Ending, Request};

use crate::fixture::{request, said, text};
use crate::visit::{printed, run, sandbox};

fn exit_code(code: &str) -> (i32, String) {
    let outcome = run("endings", code);
    let Ending::Finished { exit_code } = outcome.ending else { panic!("{}", said(&outcome)) };
    (exit_code, text(&outcome.output))
}

#[test]
fn a_program_ends_with_its_own_exit_code_and_all_that_it_printed() {
    for (code, expected) in [
        ("print('x')", 0),
        ("import sys; print('x'); sys.exit()", 0),
        ("import sys; print('x'); sys.exit(7)", 7),
        ("import sys; print('x'); sys.exit(True)", 1),
        ("import sys; print('x'); sys.exit('a sentence')", 1),
        ("import sys; print('x'); raise SystemExit(300)", 44),
        ("import os; print('x', flush=True); os._exit(9)", 9),
        ("print('x'); 1/0", 1),
        ("import atexit; atexit.register(print, 'x')", 0),
        ("import sys; sys.stdout.write('x\\n')", 0),
    ] {
        assert_eq!(exit_code(code), (expected, "x\n".into()), "{code}");
    }
}

#[test]
fn an_exception_tells_its_author_the_line_and_everybody_the_kind() {
    let outcome = run("endings", "print('before')\ndef f():\n    return missing\nf()\n");
    let errors = text(&outcome.errors);
    assert!(errors.contains("line 3, in f") && errors.contains("return missing"), "{errors}");
    assert!(!errors.contains("runner"), "the author sees nothing of ours: {errors}");
    assert_eq!(
        outcome.remark().as_deref(),
        Some("The program ended with an error: NameError: name 'missing' is not defined")
    );
    assert_eq!(text(&outcome.output), "before\n");
}

#[test]
fn a_program_that_is_no_python_prints_nothing_and_says_where() {
    let outcome = run("endings", "print('x')\nif True print('y')\n");
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 1 });
    assert!(outcome.output.is_empty());
    let errors = text(&outcome.errors);
    assert!(errors.contains("line 2") && errors.contains("SyntaxError"), "{errors}");
}

#[test]
fn a_crash_is_told_by_its_signal() {
    let outcome = run("endings", "import os\nprint('before', flush=True)\nos.abort()\n");
    assert_eq!(outcome.ending, Ending::Crashed { signal: 6 }, "{}", said(&outcome));
    assert_eq!(text(&outcome.output), "before\n");
}

#[test]
fn hand_made_bytecode_crashes_its_own_interpreter_and_nothing_else() {
    let outcome = run("endings", "exec((lambda: 0).__code__.replace(co_code=b'\\x64\\xff' * 64, co_consts=()))");
    assert!(!matches!(outcome.ending, Ending::NotStarted { .. }), "{}", said(&outcome));
    assert_eq!(printed("endings", "print('twin')"), "twin\n");
}

#[test]
fn binary_output_arrives_as_it_is() {
    let outcome = run("endings", "import sys; sys.stdout.buffer.write(bytes(range(256)))");
    assert_eq!(outcome.output, (0..=255).collect::<Vec<u8>>());
}

#[test]
fn closing_standard_output_is_no_way_to_escape_the_end() {
    let outcome =
        run("endings", "import os, sys\nprint('before', flush=True)\nos.close(1)\nos.close(2)\nsys.exit(3)\n");
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 3 }, "{}", said(&outcome));
    assert_eq!(text(&outcome.output), "before\n");
}

#[test]
fn a_thread_that_is_waited_for_is_waited_for_and_a_daemon_is_not() {
    let waited = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()\n";
    assert_eq!(printed("endings", waited), "late\n");
    let daemon =
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint(1)";
    assert_eq!(printed("endings", daemon), "1\n");
}

#[test]
fn a_program_that_leaves_its_threads_behind_is_told_its_processor_time_too() {
    let code = "import os, threading, time\n\
        def work():\n    \
            while True: os.stat('/tmp')\n\
        for _ in range(8): threading.Thread(target=work, daemon=True).start()\n\
        time.sleep(0.05)\n";
    for _ in 0..8 {
        let outcome = run("endings-threads", code);
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
        assert_ne!(outcome.usage.processor_time, std::time::Duration::ZERO);
    }
}

/// In bytes.
fn peak_memory(detail: Detail, code: &str) -> u64 {
    let outcome = sandbox().run(Request { detail, ..request("endings-memory", code) }).expect("there is room");
    outcome.usage.peak_memory.unwrap_or_else(|| panic!("{code}: {}", said(&outcome)))
}

#[test]
fn each_run_tells_the_most_memory_that_it_had_however_it_ended() {
    const MUCH: u64 = 32 << 20;
    let little = peak_memory(Detail::Outcome, "pass");
    for detail in [Detail::Outcome, Detail::Account] {
        for end in ["pass", "1/0", "import os; os._exit(1)", "import sys; sys.exit('no')", "import os; os.abort()"] {
            let much = peak_memory(detail, &format!("x = b'x' * {MUCH}; del x\n{end}"));
            assert!((little + MUCH / 2..little + 2 * MUCH).contains(&much), "{detail:?} {end}: {much}, not {little}");
        }
    }
}
