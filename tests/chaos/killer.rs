//! Kills, at random moments, whatever takes part in a run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use harness::{Process, Site};
use rustix::process::{Pid, Signal, kill_process};

use crate::random::Random;

/// Longest pause between two kills.
const LONGEST_PAUSE: u64 = 60;
/// A service that dies more often than three times in ten seconds is made to wait by the launcher, and longer each time until
/// it has lived for ten seconds: that is not what is tried here.
const REST: Duration = Duration::from_secs(5);
const LONG_REST: Duration = Duration::from_secs(15);

/// Whom it may hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    /// A guest, waiting or running.
    Guest,
    Zygote,
    /// The root of the guests' namespace; the supervisor ends with it.
    Nursery,
    Supervisor,
    ApiServer,
    ProfileService,
}

pub(crate) const ALL: [Victim; 6] =
    [Victim::Guest, Victim::Zygote, Victim::Nursery, Victim::Supervisor, Victim::ApiServer, Victim::ProfileService];

/// Guests more often than others, as there are more of them.
const DRAWN: [Victim; 8] = [
    Victim::Guest,
    Victim::Guest,
    Victim::Guest,
    Victim::Zygote,
    Victim::Nursery,
    Victim::Supervisor,
    Victim::ApiServer,
    Victim::ProfileService,
];

pub(crate) struct Killer<'a> {
    site: &'a Site,
    random: Random,
    rests: BTreeMap<u32, Instant>,
    /// How many of each it has killed.
    pub(crate) killed: BTreeMap<Victim, u64>,
}

impl<'a> Killer<'a> {
    pub(crate) fn new(site: &'a Site, random: Random) -> Self {
        Self { site, random, rests: BTreeMap::new(), killed: BTreeMap::new() }
    }

    /// Waits for a moment and kills somebody, if one of his kind is there and his service has rested.
    pub(crate) fn strike(&mut self) {
        std::thread::sleep(Duration::from_millis(self.random.below(LONGEST_PAUSE)));
        let victim = self.choose();
        let resting = |service| self.rests.get(&service).is_some_and(|until| Instant::now() < *until);
        if service(victim).is_some_and(resting) {
            return;
        }
        let candidates: Vec<Process> = self.site.processes().into_iter().filter(|one| self.is(one, victim)).collect();
        if let Some(service) = service(victim) {
            let rest = if candidates.is_empty() { LONG_REST } else { REST };
            self.rests.insert(service, Instant::now() + rest);
        }
        if candidates.is_empty() {
            return;
        }
        let one = &candidates[self.random.below(candidates.len() as u64) as usize];
        // It may have ended by itself meanwhile.
        if Pid::from_raw(one.pid.cast_signed()).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok()) {
            *self.killed.entry(victim).or_default() += 1;
        }
    }

    /// Anybody; of two with the same service, which cannot be hit often, the one that was hit less.
    fn choose(&mut self) -> Victim {
        let drawn = DRAWN[self.random.below(DRAWN.len() as u64) as usize];
        let hit = |victim: &Victim| self.killed.get(victim).copied().unwrap_or_default();
        let alike =
            |victim: &Victim| *victim == drawn || service(drawn).is_some() && service(*victim) == service(drawn);
        ALL.into_iter().filter(alike).min_by_key(hit).unwrap_or(drawn)
    }

    fn is(&self, process: &Process, victim: Victim) -> bool {
        let nursery = self.site.guest_users().start;
        match victim {
            Victim::Guest => self.site.guest_users().contains(&process.uid) && process.uid != nursery,
            Victim::Zygote => process.uid == nursery && process.name == "zygote",
            Victim::Nursery => process.uid == nursery && process.name != "zygote",
            Victim::Supervisor => process.uid == self.site.user_of("sandbox_svc"),
            Victim::ApiServer => process.uid == self.site.user_of("api_svc"),
            Victim::ProfileService => process.uid == self.site.user_of("profile_svc"),
        }
    }
}

/// Which service the launcher has to start again, by any number.
fn service(victim: Victim) -> Option<u32> {
    match victim {
        Victim::Guest | Victim::Zygote => None,
        Victim::Nursery | Victim::Supervisor => Some(0),
        Victim::ApiServer => Some(1),
        Victim::ProfileService => Some(2),
    }
}
