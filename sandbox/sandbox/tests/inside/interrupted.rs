//! A program's own signals come between its calls, as on Linux, and into those alone that Linux interrupts, too.

use sandbox::Ending;

use crate::fixture::said;
use crate::visit::{printed, run};

#[test]
fn signals_interrupt_no_call_on_files() {
    assert_eq!(printed("inside-interrupted-calls", include_str!("interrupted.py")), "heard\n");
}

#[test]
fn signals_interrupt_what_waits() {
    let code = "import os, signal, time\n\
        def stop(*_): raise TimeoutError\n\
        signal.signal(signal.SIGALRM, stop)\n\
        way_out, way_in = os.pipe()\n\
        for wait in (lambda: os.read(way_out, 1)), (lambda: time.sleep(60)), signal.pause:\n    \
            signal.setitimer(signal.ITIMER_REAL, 0.01)\n    \
            try: wait()\n    \
            except TimeoutError: print('stopped')\n";
    assert_eq!(printed("inside-interrupted-waits", code), "stopped\n".repeat(3));
}

/// As many as it takes for signals to come before that call.
#[test]
fn a_program_ends_when_it_says_so_whatever_its_signals_and_threads() {
    let code = "import os, signal, threading, time\n\
        threading.Thread(target=lambda: time.sleep(60), daemon=True).start()\n\
        signal.signal(signal.SIGALRM, lambda *_: None)\n\
        signal.setitimer(signal.ITIMER_REAL, 0.00003, 0.00003)\n\
        os._exit(3)\n";
    for _ in 0..40 {
        let outcome = run("inside-interrupted-end", code);
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 3 }, "{}", said(&outcome));
    }
}
