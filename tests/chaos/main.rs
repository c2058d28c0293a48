//! Profiles run while the processes that take part in it are killed at random moments: supervisor, nursery, zygotes, guests,
//! the API server, the profile service. Each visitor gets a page; owners' files are old or new and never half; what a
//! page has shown is never forgotten; what was paid for was made durable first; no zoobar is lost or made; nothing is left
//! behind.
//!
//! `CHAOS_RUNS=1000` runs longer than usual, `CHAOS_SEED=17` chooses the same victims again, as far as time allows.

#![forbid(unsafe_code)]

mod killer;
mod owner;
mod promise;
mod random;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use harness::{Process, Site};

use self::killer::{ALL, Killer};
use self::owner::Owner;
use self::random::Random;

/// Runs in a usual test.
const RUNS: u64 = 60;
/// Owners, each of whom has a guest.
const OWNERS: usize = 4;
/// Of each kind of process at least one is killed in so many runs.
const RUNS_PER_KILL: u64 = 100;
/// Visits between which a guest gives back what it was paid.
const VISITS: u64 = 4;

#[test]
fn whatever_is_killed_every_run_has_an_outcome_and_nothing_is_lost() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let wanted = number("CHAOS_RUNS").unwrap_or(RUNS);
    let seed = number("CHAOS_SEED").unwrap_or_else(random::seed);
    println!("CHAOS_SEED={seed}");

    let site = Site::start();
    let mut owners: Vec<Owner> = (0..OWNERS).map(|number| Owner::new(&site, number)).collect();
    let mut killer = Killer::new(&site, Random::new(seed));
    let (runs, over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let visits: Vec<_> = owners
            .iter_mut()
            .map(|owner| {
                let (runs, over) = (&runs, &over);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        (0..VISITS).for_each(|_| owner.visit());
                        runs.fetch_add(VISITS, Ordering::Relaxed);
                        owner.give_back();
                    }
                })
            })
            .collect();
        let enough = wanted.div_ceil(RUNS_PER_KILL);
        let all_hit =
            |killer: &Killer<'_>| ALL.iter().all(|kind| killer.killed.get(kind).is_some_and(|count| *count >= enough));
        while runs.load(Ordering::Relaxed) < wanted || !all_hit(&killer) {
            // One that failed has ended its thread.
            if visits.iter().any(|visit| visit.is_finished()) {
                break;
            }
            killer.strike();
        }
        over.store(true, Ordering::Relaxed);
    });

    owners.iter_mut().for_each(|owner| owner.settle(&site));
    let everybody = site.uid(0)..site.guest_users().end;
    site.wait_until("nothing outlives what started it", || {
        let ours = site.processes();
        Process::of_users(everybody.clone()).iter().all(|process| ours.iter().any(|one| one.pid == process.pid))
    });
    let sum = |of: fn(&Owner) -> u64| owners.iter().map(of).sum::<u64>();
    println!(
        "chaos: {} runs, {} of them counted, {} pages with an excuse; killed {:?}",
        runs.into_inner(),
        sum(|owner| owner.counted),
        sum(|owner| owner.sorry),
        killer.killed
    );
}
