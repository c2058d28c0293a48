//! The two clocks of a run.

use rustix::fs::Timespec;
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// The time that files get.
pub(crate) fn now() -> Timespec {
    clock_gettime(ClockId::Realtime)
}

/// How long to wait for something that should have happened by `deadline`.
pub(crate) fn until(deadline: Instant) -> Timespec {
    timespec(deadline.saturating_duration_since(Instant::now()))
}

pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
