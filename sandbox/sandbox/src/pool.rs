//! The spares of one Python on one processor core: made in the background, so that nobody who wants a run waits for a fork.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use zygote_api::Birth;

use crate::native::{Family, Ids, Spare};
use crate::words;

/// After a spare that could not be made, how long until the next try, unless somebody waits; after each further one twice as
/// long, up to this.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How many tries a run waits for.
const TRIES: u64 = 3;
/// With fewer spares than these the next one is made even while runs go on, and takes processor time from them.
const FEW: usize = 2;

/// Spares that wait for a run.
pub(crate) struct Pool {
    /// The name of its Python.
    python: String,
    family: Family,
    ids: Arc<Ids>,
    birth: Birth,
    most: usize,
    keep: Keep,
    state: Mutex<State>,
    changed: Condvar,
}

/// How long spares and their zygote stay when nobody takes any.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// There are always some.
    Always,
    /// They are made when the first is wanted, and given up so long after the last.
    AfterUse(Duration),
}

#[derive(Default)]
struct State {
    ready: VecDeque<Spare>,
    /// Lanes that wait for a spare.
    waiting: usize,
    /// When a lane wanted one last.
    wanted: Option<Instant>,
    /// Lanes of this core that have a run.
    running: usize,
    making: bool,
    made: u64,
    failures: u64,
    /// The pause after the last failure, and its end.
    pause: Duration,
    not_before: Option<Instant>,
    why: String,
    closed: bool,
}

impl State {
    /// How long it is no use to try again; nobody who waits is held up by that.
    fn pause_left(&self) -> Option<Duration> {
        let left = self.not_before?.checked_duration_since(Instant::now())?;
        (self.waiting == 0).then_some(left)
    }
}

impl Pool {
    pub(crate) fn new(python: String, family: Family, ids: Arc<Ids>, birth: Birth, most: usize, keep: Keep) -> Self {
        Self { python, family, ids, birth, most, keep, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How little this core suits the next run: without a spare last, and with much to do later than with little.
    pub(crate) fn burden(&self) -> (bool, usize) {
        let state = self.state();
        (state.ready.len() <= state.waiting, state.running + usize::from(state.making))
    }

    /// Says that a lane has a run, until that is over.
    pub(crate) fn occupied(&self) -> Occupied<'_> {
        self.state().running += 1;
        Occupied(self)
    }

    /// A spare, at once where there is one. Fails when several could not be made.
    pub(crate) fn take(&self) -> Result<Spare, String> {
        let mut state = self.state();
        let (failures, mut said) = (state.failures, false);
        state.waiting += 1;
        state.wanted = Some(Instant::now());
        let taken = loop {
            let spare = state.ready.pop_front();
            // Whoever makes spares shares the core with the run that is about to begin, and is woken only if he has to make one.
            // Said once: those who wait hear it too, and would keep each other awake, and him from the processor.
            if !said && (spare.is_none() || self.wants_more(&state)) {
                said = true;
                self.changed.notify_all();
            }
            match spare {
                Some(spare) if spare.is_alive() => break Ok(spare),
                Some(dead) => {
                    drop(state);
                    drop(dead);
                    state = self.state();
                }
                None if state.failures >= failures + TRIES => break Err(state.why.clone()),
                None if state.closed => break Err("the sandbox is closed".into()),
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        };
        state.waiting -= 1;
        taken
    }

    /// Waits for one more spare, if any is going to be made.
    pub(crate) fn make_up(&self, patience: Duration) {
        let mut state = self.state();
        let (made, deadline) = (state.made, Instant::now() + patience);
        while !state.closed && state.made == made && (state.making || self.wants_more(&state)) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Makes spares until the pool is closed.
    pub(crate) fn keep_full(&self) {
        while self.until_wanted() {
            let made = self.make();
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
            self.changed.notify_all();
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
            let family = &self.family;
            if !self.is_in_use(&state) {
                let unused = std::mem::take(&mut state.ready);
                drop(state);
                drop(unused);
                family.rest();
                state = self.state();
                if !self.is_in_use(&state) && !state.closed {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                continue;
            }
            if let Some(old) = state.ready.iter().position(|spare| !spare.is_alive() || family.is_old(spare.zygote())) {
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
            let look_again = self.look_again().min(state.pause_left().unwrap_or(LOOK));
            state = self.changed.wait_timeout(state, look_again).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether one more is to be made now.
    fn wants_more(&self, state: &State) -> bool {
        let few = state.ready.len() < FEW.min(self.most) || state.ready.len() < state.waiting;
        let wanted = few || state.running == 0 && state.ready.len() < self.most;
        wanted && state.pause_left().is_none() && self.ids.any()
    }

    /// Whether there should be spares.
    fn is_in_use(&self, state: &State) -> bool {
        match self.keep {
            Keep::Always => true,
            Keep::AfterUse(time) => state.waiting > 0 || state.wanted.is_some_and(|last| last.elapsed() < time),
        }
    }

    /// How long until something may be too old.
    fn look_again(&self) -> Duration {
        let patience = self.family.recycle_after().min(LOOK);
        match self.keep {
            Keep::Always => patience,
            Keep::AfterUse(time) => patience.min(time),
        }
    }

    fn make(&self) -> Result<Spare, String> {
        let id = self.ids.take().ok_or("all ids of guests are taken")?;
        let zygote = self.family.zygote().map_err(|why| words(&why))?;
        Spare::make(zygote.clone(), id, &self.birth).map_err(|why| {
            self.family.give_up(&zygote);
            words(&why)
        })
    }

    /// No further spares; those that wait end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let ready = std::mem::take(&mut state.ready);
        drop(state);
        self.changed.notify_all();
        drop(ready);
    }
}

/// Spares and zygotes that are no longer what they should be are noticed at least this often.
const LOOK: Duration = Duration::from_secs(10);

/// A lane that has a run.
pub(crate) struct Occupied<'a>(&'a Pool);

impl Drop for Occupied<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        if self.0.is_in_use(&state) {
            drop(state);
            self.0.changed.notify_all();
        }
    }
}
