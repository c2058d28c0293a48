//! When to start a service again that has ended.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So many ends within [`WINDOW`] are mended at once: a visitor should not notice one crash.
const AT_ONCE: usize = 3;
/// A life as long as this is a good one.
const WINDOW: Duration = Duration::from_secs(10);
/// A service that keeps ending must not keep the machine busy.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The recent ends of one service.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    ends: VecDeque<Instant>,
    delay: Duration,
}

impl Backoff {
    /// How long to wait before the next start, after a life of this length.
    pub(crate) fn ended(&mut self, now: Instant, life: Duration) -> Duration {
        if life >= WINDOW {
            self.delay = Duration::ZERO;
        }
        self.ends.push_back(now);
        self.ends.retain(|end| now.duration_since(*end) < WINDOW);
        if self.delay.is_zero() && self.ends.len() <= AT_ONCE {
            return Duration::ZERO;
        }
        self.delay = (self.delay * 2).clamp(FIRST, LONGEST);
        self.delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(1);

    #[test]
    fn three_ends_are_mended_at_once_and_then_the_pauses_double() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let pause = backoff.ended(now, SHORT);
            pauses.push(pause.as_secs());
            now += pause + SHORT;
        }
        assert_eq!(pauses, [0, 0, 0, 1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_good_life_is_followed_by_a_restart_at_once() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        for _ in 0..5 {
            backoff.ended(now, SHORT);
        }
        assert_eq!(backoff.ended(now + WINDOW, WINDOW), Duration::ZERO);
    }

    #[test]
    fn ends_that_are_far_apart_are_always_mended_at_once() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        for _ in 0..20 {
            assert_eq!(backoff.ended(now, WINDOW / 2), Duration::ZERO);
            now += WINDOW / 2;
        }
    }
}
