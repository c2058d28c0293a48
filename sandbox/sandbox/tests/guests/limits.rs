//! Every limit bites, and what was printed before is kept.

use std::time::Duration;

use sandbox::{Ending, Limits, Request};

use crate::fixture::{request, said, text};
use crate::visit::{printed, run, sandbox};

fn within(seconds: f64, code: &str) -> sandbox::Outcome {
    let limits = Limits {
        time: Duration::from_secs_f64(seconds),
        processor_time: Duration::from_millis(300),
        ..Limits::default()
    };
    sandbox().run(Request { limits, ..request("limits", code) }).expect("there is room")
}

#[test]
fn an_endless_loop_ends_and_what_it_printed_is_kept() {
    let outcome = within(60.0, "print('before')\nwhile True: pass\n");
    assert!(matches!(outcome.ending, Ending::OutOfTime { of_processor: true, .. }), "{}", said(&outcome));
    assert_eq!(text(&outcome.output), "before\n");
}

#[test]
fn sleeping_ends_with_the_time_of_the_run() {
    let outcome = within(0.2, "print('before')\nimport time\ntime.sleep(3600)\n");
    assert!(matches!(outcome.ending, Ending::OutOfTime { of_processor: false, .. }), "{}", said(&outcome));
    assert_eq!(text(&outcome.output), "before\n");
}

#[test]
fn ignoring_every_signal_prolongs_nothing() {
    let stubborn = "import signal, threading, time\n\
        for number in range(1, 65):\n    \
            try: signal.signal(number, signal.SIG_IGN)\n    \
            except (OSError, ValueError): pass\n\
        threading.Thread(target=time.sleep, args=(3600,)).start()\n\
        print('armed')\n\
        while True:\n    \
            try: time.sleep(3600)\n    \
            except BaseException: pass\n";
    let outcome = within(0.3, stubborn);
    assert!(matches!(outcome.ending, Ending::OutOfTime { .. }), "{}", said(&outcome));
    assert_eq!(text(&outcome.output), "armed\n");
}

#[test]
fn memory_has_an_end_and_less_than_that_is_fine() {
    let outcome = run("limits", "print('before')\nx = [bytearray(1 << 20) for _ in range(4096)]\n");
    assert_eq!(outcome.ending, Ending::OutOfMemory, "{}", said(&outcome));
    assert_eq!(text(&outcome.output), "before\n");
    let caught = "try:\n    x = bytearray(1 << 30)\nexcept MemoryError:\n    print('caught')\n";
    assert_eq!(printed("limits", caught), "caught\n");
    assert_eq!(printed("limits", "x = bytearray(32 << 20)\nprint(len(x))\n"), format!("{}\n", 32 << 20));
}

#[test]
fn output_has_an_end_and_less_than_that_is_kept_whole() {
    for stream in ["stdout", "stderr"] {
        let flood = format!("import sys\nwhile True: print('x' * 1000, file=sys.{stream})\n");
        let outcome = run("limits", &flood);
        assert_eq!(outcome.ending, Ending::OutOfOutput { limit: 256 * 1024 }, "{}", said(&outcome));
    }
    let flood = run("limits", "while True: print('x' * 1000)\n");
    assert_eq!(flood.output.len(), 256 * 1024);
    assert_eq!(printed("limits", "print('x' * 200_000)\n").len(), 200_001);
}

#[test]
fn threads_work_up_to_their_number() {
    let few = "import threading\nt = [threading.Thread(target=print, args=(i,)) for i in range(8)]\n\
        for x in t: x.start()\nfor x in t: x.join()\n";
    assert_eq!(printed("limits", few).lines().count(), 8);
    let many = "import threading, time\ntry:\n    \
        for i in range(50): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n\
        except RuntimeError as error: print(i >= 7, error)\n";
    assert_eq!(printed("limits", many), "True can't start new thread\n");
}

#[test]
fn open_files_have_a_number_and_closing_gives_it_back() {
    let many = "import errno, os\nopen('x', 'w').close()\nfiles = []\ntry:\n    while True: files.append(open('x'))\n\
        except OSError as error: print(errno.errorcode[error.errno], len(files))\n\
        try: open('new', 'w')\nexcept OSError: print(os.path.exists('new'))\n\
        files.clear()\nopen('new', 'w').close()\nprint(os.path.exists('new'))\n";
    // As on Linux, a program without a free number makes no file.
    assert_eq!(printed("limits-files", many), "EMFILE 64\nFalse\nTrue\n");
}

#[test]
fn eight_runs_at_their_limits_at_once_each_get_their_own_outcome() {
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|index| {
                scope.spawn(move || match index % 4 {
                    0 => matches!(within(60.0, "while True: pass").ending, Ending::OutOfTime { .. }),
                    1 => run(&format!("limits{index}"), "x = 'x' * (1 << 40)").ending == Ending::OutOfMemory,
                    2 => matches!(
                        run(&format!("limits{index}"), "while True: print('x' * 9999)").ending,
                        Ending::OutOfOutput { .. }
                    ),
                    _ => printed(&format!("limits{index}"), "print('fine')") == "fine\n",
                })
            })
            .collect();
        assert!(runs.into_iter().all(|run| run.join().expect("no panic")));
    });
}
