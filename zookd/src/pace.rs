//! How long a visitor may take to take an answer: without this, one byte now and then would hold its place for ever.

use std::time::Duration;

use tokio::time::Instant;

use crate::Limits;

/// Of one answer. Only the time in which the visitor is waited for counts, not that in which a service is.
#[derive(Debug)]
pub(crate) struct Pace<'l> {
    limits: &'l Limits,
    left: Duration,
    taken: usize,
}

impl<'l> Pace<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Pace<'l> {
        Pace { limits, left: limits.take_time, taken: 0 }
    }

    /// How long to wait for him now.
    pub(crate) fn left(&self) -> Duration {
        self.left
    }

    /// He took so many bytes after a wait that began then.
    pub(crate) fn took(&mut self, bytes: usize, since: Instant) {
        self.left = self.left.saturating_sub(since.elapsed());
        self.taken += bytes;
        if self.taken >= self.limits.take_bytes {
            (self.taken, self.left) = (0, self.limits.take_time);
        }
    }
}
