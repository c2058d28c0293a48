//! Owners take turns, however many runs one of them asks for.

use std::sync::mpsc::channel;

use sandbox::{Ending, Request};

use crate::fixture::{House, request, said, start};

/// Enough for one lane, so that the order in which runs end is the order in which they began.
const GUESTS: u32 = 12;
const FLOOD: usize = 50;

#[test]
fn whoever_asks_once_waits_for_one_run_of_whoever_floods() {
    let (sandbox, _store) = start(&House::for_guests(GUESTS), |config| (config.cores, config.lanes_per_core) = (1, 1));
    let (tell, ended) = channel();
    let submit = |owner: &'static str, request: Request| {
        let tell = tell.clone();
        sandbox.submit(request, move |outcome| {
            let outcome = outcome.expect("there is room");
            assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
            tell.send(owner).expect("somebody counts");
        });
    };
    let (input, held) = std::io::pipe().expect("pipes can be made");
    submit("holder", Request { input: Some(input.into()), ..request("holder", "import sys\nsys.stdin.read()\n") });
    for _ in 0..FLOOD {
        submit("flood", request("flood", "pass"));
    }
    submit("one", request("one", "pass"));
    submit("two", request("two", "pass"));
    drop(held);
    let order: Vec<_> = ended.iter().take(FLOOD + 3).collect();
    assert_eq!(order[..4], ["holder", "flood", "one", "two"]);
    assert!(order[4..].iter().all(|owner| *owner == "flood"));
}

#[test]
fn a_fault_of_ours_ends_one_run_and_neither_its_owners_turns_nor_its_lane() {
    let (sandbox, _store) = start(&House::for_guests(GUESTS), |config| (config.cores, config.lanes_per_core) = (1, 1));
    for company in ["anna", "bob"] {
        sandbox.submit(request("anna", "pass"), |_| panic!("on purpose"));
        let outcome = sandbox.run(request(company, "pass")).expect("there is room");
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    }
    let outcome = sandbox.run(request("anna", "pass")).expect("there is room");
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
}
