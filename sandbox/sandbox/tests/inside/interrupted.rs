//! A program's own signals come between its calls, as on Linux, and into those alone that Linux interrupts, too.

use crate::visit::printed;

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
