//! A number of attempts for each key, which come back one by one.
//!
//! What is kept for a key is one moment: when all of its attempts will be back (the generic cell rate algorithm).

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Most keys that are remembered. More of them at a time is an attack that this limit cannot stop.
const REMEMBERED: usize = 16 * 1024;

/// The attempts of all keys of one kind.
#[derive(Debug)]
pub(super) struct Meter<K> {
    pause: Duration,
    allowance: Duration,
    /// When all attempts of a key will be back.
    whole_again: HashMap<K, Instant>,
}

impl<K: Hash + Eq + Clone> Meter<K> {
    pub(super) fn new(attempts: u32, pause: Duration) -> Self {
        Self { pause, allowance: pause * attempts, whole_again: HashMap::new() }
    }

    /// Says how long to wait for an attempt, if there is none.
    pub(super) fn look(&self, key: &K, now: Instant) -> Result<(), Duration> {
        self.next(key, now).map(drop)
    }

    /// Takes an attempt, or says how long to wait for one.
    pub(super) fn take(&mut self, key: K, now: Instant) -> Result<(), Duration> {
        let then = self.next(&key, now)?;
        self.make_room(now);
        self.whole_again.insert(key, then);
        Ok(())
    }

    /// When all attempts will be back after one more.
    fn next(&self, key: &K, now: Instant) -> Result<Instant, Duration> {
        let then = self.whole_again.get(key).map_or(now, |then| now.max(*then)) + self.pause;
        let missing = then - now;
        if missing > self.allowance { Err(missing - self.allowance) } else { Ok(then) }
    }

    pub(super) fn give_back(&mut self, key: &K) {
        if let Some(then) = self.whole_again.get_mut(key) {
            *then -= self.pause;
        }
    }

    /// Forgets whoever has all attempts back; if that is nobody, whoever has most of them back.
    fn make_room(&mut self, now: Instant) {
        if self.whole_again.len() < REMEMBERED {
            return;
        }
        self.whole_again.retain(|_, then| *then > now);
        if self.whole_again.len() >= REMEMBERED
            && let Some(first) = self.whole_again.iter().min_by_key(|(_, then)| **then).map(|(key, _)| key.clone())
        {
            self.whole_again.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_of_keys_does_not_fill_the_memory() {
        let (mut meter, start) = (Meter::new(2, Duration::from_secs(1)), Instant::now());
        for key in 0..REMEMBERED + 10 {
            meter.take(key, start).expect("an attempt");
        }
        assert_eq!(meter.whole_again.len(), REMEMBERED);
        meter.take(0, start + Duration::from_secs(1)).expect("an attempt");
        assert_eq!(meter.whole_again.len(), 1, "all others have their attempts back");
    }
}
