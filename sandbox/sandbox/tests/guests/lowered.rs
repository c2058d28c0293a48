//! A run can be given less than any run may have, and never more.

use std::time::Duration;

use sandbox::{Ending, Limits, Outcome, Request};

use crate::fixture::{House, request, said, start};
use crate::visit::sandbox;

/// Enough for one lane.
const GUESTS: u32 = 12;

/// What leaves less of one thing than is usual, a program that uses it up, and what is said of that.
type Less = (fn(&mut Limits), &'static str, &'static str);

const LIMITS: &[Less] = &[
    (
        |limits| limits.time = Duration::from_millis(300),
        "import time; time.sleep(1)",
        "The program was stopped after 0.3 seconds.",
    ),
    (
        |limits| limits.processor_time = Duration::from_millis(300),
        "import time\nwhile time.process_time() < 0.6: pass\n",
        "The program was stopped after 0.3 seconds of processor time.",
    ),
    (|limits| limits.output = 1024, "print('x' * 1024)", "The program printed more than 1 KiB and was stopped."),
    (|limits| limits.memory = 16 << 20, "x = bytearray(20 << 20)", "The program ran out of memory."),
    (
        |limits| limits.threads = 3,
        "import threading, time\n\
         for _ in range(3): threading.Thread(target=time.sleep, args=(0.1,), daemon=True).start()\n",
        "The program ended with an error: RuntimeError: can't start new thread",
    ),
    (
        |limits| limits.open_files = 3,
        "x = [open(name, 'w') for name in 'abcd']",
        "The program ended with an error: OSError: [Errno 24] Too many open files: 'd'",
    ),
    (
        |limits| limits.open_files = 3,
        "import os; x = [os.open(os.__file__, 0) for _ in range(4)]",
        "The program ended with an error: OSError: [Errno 24] Too many open files: ",
    ),
    (
        |limits| limits.open_files = 3,
        "import os; x = [os.pipe() for _ in range(2)]",
        "The program ended with an error: OSError: [Errno 24] Too many open files",
    ),
];

/// The usual ones but for one.
fn but_for(lower: fn(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    lower(&mut limits);
    limits
}

fn is_told(outcome: &Outcome, expected: &str) {
    assert!(outcome.remark().is_some_and(|remark| remark.starts_with(expected)), "{expected}\n{}", said(outcome));
}

#[test]
fn each_limit_can_be_lowered_for_one_run() {
    for (lower, program, expected) in LIMITS {
        let lowered = Request { limits: but_for(*lower), ..request("lowered", program) };
        is_told(&sandbox().run(lowered).expect("there is room"), expected);
        let usual = sandbox().run(request("lowered", program)).expect("there is room");
        assert_eq!(usual.ending, Ending::Finished { exit_code: 0 }, "{program}\n{}", said(&usual));
    }
}

#[test]
fn no_run_gets_more_than_its_sandbox_gives_to_any() {
    let house = House::for_guests(GUESTS);
    for (lower, program, expected) in LIMITS {
        let (sandbox, _store) = start(&house, |config| {
            (config.cores, config.lanes_per_core, config.limits) = (1, 1, but_for(*lower));
        });
        let greedy = Request { limits: Limits::WIDE, ..request("greedy", program) };
        is_told(&sandbox.run(greedy).expect("there is room"), expected);
    }
}

#[test]
fn a_run_that_is_given_nothing_has_an_outcome_all_the_same_and_the_next_one_its_own() {
    let nothing: [fn(&mut Limits); 6] = [
        |limits| limits.time = Duration::ZERO,
        |limits| limits.processor_time = Duration::ZERO,
        |limits| limits.output = 0,
        |limits| limits.memory = 0,
        |limits| limits.threads = 0,
        |limits| limits.open_files = 0,
    ];
    for take in nothing {
        let poor = Request { limits: but_for(take), ..request("poor", "print('x')") };
        let outcome = sandbox().run(poor).expect("there is room");
        assert!(!matches!(outcome.ending, Ending::NotStarted { .. }), "{}", said(&outcome));
        let next = sandbox().run(request("poor", "print('x')")).expect("there is room");
        assert_eq!(next.ending, Ending::Finished { exit_code: 0 }, "{}", said(&next));
    }
}
