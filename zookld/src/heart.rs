//! Finds the service that hangs or was stopped: it is alive for the kernel, but answers no heartbeat.

use std::time::Duration;

/// Time between two beats.
pub(crate) const PERIOD: Duration = Duration::from_secs(2);
/// Dead after so many beats without an answer.
const MISSED: u64 = 3;

/// The beats of one process. Counted, not timed: a launcher that was itself stopped for a minute condemns nobody.
#[derive(Debug, Default)]
pub(crate) struct Heart {
    sent: u64,
    answered: u64,
}

/// A process that answers no more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Silent;

impl Heart {
    /// The number of the next beat to send.
    pub(crate) fn beat(&mut self) -> Result<u64, Silent> {
        if self.sent - self.answered >= MISSED {
            return Err(Silent);
        }
        self.sent += 1;
        Ok(self.sent)
    }

    /// Takes an answer. `false` if it answers nothing that was asked: a service that says more than it is asked could keep
    /// the launcher busy.
    pub(crate) fn answer(&mut self, beat: u64) -> bool {
        let awaited = beat > self.answered && beat <= self.sent;
        if awaited {
            self.answered = beat;
        }
        awaited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_missed_beats_are_death() {
        let mut heart = Heart::default();
        for beat in 1..=3 {
            assert_eq!(heart.beat(), Ok(beat));
        }
        assert_eq!(heart.beat(), Err(Silent));
    }

    #[test]
    fn a_late_answer_to_the_last_beat_counts() {
        let mut heart = Heart::default();
        for _ in 0..3 {
            heart.beat().expect("alive");
        }
        assert!(heart.answer(3));
        assert_eq!(heart.beat(), Ok(4));
    }

    #[test]
    fn an_answer_that_was_not_asked_for_does_not_count() {
        let mut heart = Heart::default();
        assert!(!heart.answer(1));
        heart.beat().expect("alive");
        assert!(heart.answer(1));
        assert!(!heart.answer(1));
    }
}
