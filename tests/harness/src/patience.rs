//! Waiting for what must happen; how long it takes is not what is tested.

use std::time::{Duration, Instant};

/// Longest wait for a site to come up, for a condition to hold, or for a launcher to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Whether a condition holds before patience ends.
pub(crate) fn holds_in_time(mut condition: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}
