//! The thread that makes a pool's spares.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::{Keep, Maker, Pool, State};

/// After a spare that could not be made, how long until the next try, unless somebody waits; after each further one twice as
/// long, up to this.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// With fewer spares than these the next one is made even while runs go on, and takes processor time from them.
const FEW: usize = 2;
/// Spares and zygotes that are no longer what they should be are noticed at least this often.
const LOOK: Duration = Duration::from_secs(10);
/// And an id that has become free while somebody waits.
const CLOSE_LOOK: Duration = Duration::from_millis(100);

impl<S> State<S> {
    /// How long it is no use to try again; nobody who waits is held up by that.
    fn pause_left(&self) -> Option<Duration> {
        let left = self.not_before?.checked_duration_since(Instant::now())?;
        (self.waiting == 0).then_some(left)
    }
}

impl<M: Maker> Pool<M> {
    /// Makes spares until the pool is closed.
    pub(crate) fn keep_full(&self) {
        while self.until_wanted() {
            let made = self.maker.make();
            let mut state = self.state();
            state.making = false;
            match made {
                Ok(spare) => {
                    state.ready.push_back(spare);
                    state.made += 1;
                    state.pause = Duration::ZERO;
                }
                Err(why) => {
                    tracing::warn!(why, python = self.python, "no spare");
                    state.failures += 1;
                    state.why = why;
                    state.pause = (state.pause * 2).clamp(PAUSE, LONGEST_PAUSE);
                    state.not_before = Some(Instant::now() + state.pause);
                }
            }
            self.made.notify_all();
        }
    }

    /// `false` at the end. Spares of a zygote that has served its time are given up for new ones, and all where nobody wants
    /// any.
    fn until_wanted(&self) -> bool {
        let mut state = self.state();
        loop {
            if state.closed {
                return false;
            }
            if !self.is_in_use(&state) {
                let unused = std::mem::take(&mut state.ready);
                drop(state);
                drop(unused);
                self.maker.rest();
                state = self.state();
                if !self.is_in_use(&state) && !state.closed {
                    state = self.wanted.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                continue;
            }
            let is_no_more = |spare| !self.maker.is_alive(spare) || self.maker.is_old(spare);
            if let Some(old) = state.ready.iter().position(is_no_more) {
                let old = state.ready.remove(old);
                drop(state);
                drop(old);
                state = self.state();
                continue;
            }
            if self.wants_more(&state) {
                state.making = true;
                return true;
            }
            let look_again = self.look_again(&state);
            state = self.wanted.wait_timeout(state, look_again).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether one more is to be made now.
    pub(super) fn wants_more(&self, state: &State<M::Spare>) -> bool {
        let few = state.ready.len() < FEW.min(self.most) || state.ready.len() < state.waiting;
        let wanted = few || state.running == 0 && state.ready.len() < self.most;
        wanted && state.pause_left().is_none() && self.maker.can_make()
    }

    /// Whether there should be spares.
    pub(super) fn is_in_use(&self, state: &State<M::Spare>) -> bool {
        match self.keep {
            Keep::Always => true,
            Keep::AfterUse(time) => state.waiting > 0 || state.last_wanted.is_some_and(|last| last.elapsed() < time),
        }
    }

    /// How long until something may be otherwise that nobody tells.
    fn look_again(&self, state: &State<M::Spare>) -> Duration {
        let unused = match self.keep {
            Keep::Always => LOOK,
            Keep::AfterUse(time) => time,
        };
        let waiting = if state.waiting > 0 { CLOSE_LOOK } else { LOOK };
        let times = [self.maker.lifetime(), unused, waiting, state.pause_left().unwrap_or(LOOK)];
        times.into_iter().fold(LOOK, Duration::min)
    }
}
