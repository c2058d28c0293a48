//! Run tokens: what a running profile spends with.
//!
//! They live in memory only: a run that outlives a restart of this service can transfer nothing more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use auth_api::{ProgramDigest, RUN_SECONDS, Token};

use crate::secret::{Fingerprint, fresh_run_id, fresh_token};

/// Most runs at a time, far above what the sandbox runs.
const MAX_RUNS: usize = 1024;

/// The runs that have begun and not ended.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    live: Mutex<HashMap<Fingerprint, Run>>,
}

/// A run whose token is valid.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) owner: String,
    pub(crate) program: ProgramDigest,
    /// Its name in the bank's log.
    pub(crate) id: String,
    ends: Instant,
}

impl Runs {
    /// A token for a run; `None` when there are too many.
    pub(crate) fn begin(&self, owner: String, program: ProgramDigest) -> Option<Token> {
        self.begin_at(owner, program, Instant::now())
    }

    /// Makes a run's token worthless.
    pub(crate) fn end(&self, token: &Token) {
        self.lock().remove(&Fingerprint::of(token));
    }

    /// The run of a token.
    pub(crate) fn find(&self, token: &Token) -> Option<Run> {
        self.find_at(token, Instant::now())
    }

    fn find_at(&self, token: &Token, now: Instant) -> Option<Run> {
        self.lock().get(&Fingerprint::of(token)).filter(|run| now < run.ends).cloned()
    }

    fn begin_at(&self, owner: String, program: ProgramDigest, now: Instant) -> Option<Token> {
        let mut live = self.lock();
        if live.len() >= MAX_RUNS {
            live.retain(|_, run| now < run.ends);
        }
        if live.len() >= MAX_RUNS {
            return None;
        }
        let token = fresh_token();
        let run = Run { owner, program, id: fresh_run_id(), ends: now + Duration::from_secs(RUN_SECONDS) };
        live.insert(Fingerprint::of(&token), run);
        Some(token)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Fingerprint, Run>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(runs: &Runs, now: Instant) -> Option<Token> {
        runs.begin_at("anna".to_owned(), ProgramDigest::of("#!python"), now)
    }

    #[test]
    fn a_token_lasts_a_minute_at_most() {
        let (runs, start) = (Runs::default(), Instant::now());
        let token = begin(&runs, start).expect("begins");
        let owner_after = |seconds| runs.find_at(&token, start + Duration::from_secs(seconds)).map(|run| run.owner);
        assert_eq!(owner_after(RUN_SECONDS - 1).as_deref(), Some("anna"));
        assert_eq!(owner_after(RUN_SECONDS), None);
    }

    #[test]
    fn forgotten_runs_do_not_fill_the_memory() {
        let (runs, start) = (Runs::default(), Instant::now());
        for _ in 0..MAX_RUNS {
            begin(&runs, start).expect("begins");
        }
        assert!(begin(&runs, start).is_none());
        let later = start + Duration::from_secs(RUN_SECONDS);
        assert!(begin(&runs, later).is_some());
        assert_eq!(runs.lock().len(), 1);
    }
}
