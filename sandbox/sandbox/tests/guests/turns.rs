//! Owners take turns, however many runs one of them asks for.

use std::io::PipeWriter;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use sandbox::{CommitError, Ending, Request, Sandbox};

use crate::fixture::{House, request, said, start};

/// Enough for two lanes. With one, the order in which runs end is the order in which they began.
const GUESTS: u32 = 12;
const FLOOD: usize = 50;
/// Whoever had a run so lately is company.
const LATELY: Duration = Duration::from_secs(1);
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

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

#[test]
fn in_company_a_turn_is_not_over_when_its_outcome_is_told() {
    let (sandbox, _store) = start(&House::for_guests(GUESTS), |config| (config.cores, config.lanes_per_core) = (1, 2));
    let alone = commit_while_the_first_of_two_is_told(&sandbox, || ());
    assert!(!matches!(alone, Err(CommitError::Over)), "whoever is alone has his next turn at once");
    loop {
        let begun = Instant::now();
        let in_company = commit_while_the_first_of_two_is_told(&sandbox, || {
            sandbox.run(request("somebody else", "pass")).expect("there is room");
        });
        if begun.elapsed() < LATELY {
            assert!(matches!(in_company, Err(CommitError::Over)), "{in_company:?}");
            break;
        }
    }
}

/// Asks for two runs of one owner, and for a commit of his while the first one's outcome is told: the first answers, that it is
/// over, as long as its turn lasts; then the second, if it has begun. `meanwhile` happens during the first.
fn commit_while_the_first_of_two_is_told(sandbox: &Sandbox, meanwhile: impl FnOnce()) -> Result<(), CommitError> {
    let (first, first_told) = held(sandbox);
    let (second, second_told) = held(sandbox);
    meanwhile();
    drop(first);
    let told = first_told.recv().expect("the first run ends");
    let committed = sandbox.commit("flood", PATIENCE);
    drop(told);
    drop(second);
    second_told.recv().expect("the second run ends");
    committed
}

/// A run that goes on until the writer is dropped. Whoever is told of its outcome holds up the lane that tells him until he
/// drops what he is told.
fn held(sandbox: &Sandbox) -> (PipeWriter, Receiver<Sender<()>>) {
    let (input, hold) = std::io::pipe().expect("pipes can be made");
    let (tell, told) = channel();
    let request = Request { input: Some(input.into()), ..request("flood", "import sys\nsys.stdin.read()\n") };
    sandbox.submit(request, move |outcome| {
        let outcome = outcome.expect("there is room");
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
        let (release, released) = channel();
        tell.send(release).expect("somebody waits for it");
        // Its end.
        let _ = released.recv();
    });
    (hold, told)
}
