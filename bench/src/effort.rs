//! How long everything takes: enough rounds for a spread, short enough to be run often.

use std::time::Duration;

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Turns of each of those who are compared.
    pub(crate) rounds: usize,
    /// One turn of a load over HTTP; wrk counts in whole seconds.
    pub(crate) http_seconds: u64,
    /// One turn of a load that this program makes itself.
    pub(crate) turn: Duration,
    /// Programs or pages started one by one, in one turn.
    pub(crate) runs: usize,
    /// Calls from process to process, in one turn.
    pub(crate) calls: usize,
}

impl Effort {
    pub(crate) const USUAL: Effort =
        Effort { rounds: 5, http_seconds: 2, turn: Duration::from_secs(1), runs: 100, calls: 20_000 };
    pub(crate) const QUICK: Effort =
        Effort { rounds: 3, http_seconds: 1, turn: Duration::from_millis(300), runs: 20, calls: 5_000 };
}
