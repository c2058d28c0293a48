//! The spares of one Python on one processor core: made in the background, so that nobody who wants a run waits for a fork.

mod births;
mod filling;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use births::Births;

/// How many tries a run waits for.
const TRIES: u64 = 3;

/// Makes spares, and knows them.
pub(crate) trait Maker {
    type Spare;
    /// Whether one can be made now.
    fn can_make(&self) -> bool;
    /// Makes one; or says why there is none.
    fn make(&self) -> Result<Self::Spare, String>;
    /// Whether one can still be given a run.
    fn is_alive(&self, spare: &Self::Spare) -> bool;
    /// Whether one has to make place for a new one.
    fn is_old(&self, spare: &Self::Spare) -> bool;
    /// How soon one can be old.
    fn lifetime(&self) -> Duration;
    /// For now nobody wants any.
    fn rest(&self);
}

/// Spares that wait for a run.
pub(crate) struct Pool<M: Maker = Births> {
    /// The name of its Python.
    python: String,
    maker: M,
    most: usize,
    keep: Keep,
    state: Mutex<State<M::Spare>>,
    /// Heard by whoever makes spares: there may be one to make. Not by those who wait for one: each of them says it when he
    /// begins to wait, and they would keep each other awake, and him from the processor.
    wanted: Condvar,
    /// Heard by those who wait: there is one more, or one could not be made.
    made: Condvar,
}

/// How long spares and their zygote stay when nobody takes any.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// There are always some.
    Always,
    /// They are made when the first is wanted, and given up so long after the last.
    AfterUse(Duration),
}

struct State<S> {
    ready: VecDeque<S>,
    /// Lanes that wait for a spare.
    waiting: usize,
    /// When a lane wanted one last.
    last_wanted: Option<Instant>,
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

impl<S> Default for State<S> {
    fn default() -> Self {
        Self {
            ready: VecDeque::new(),
            waiting: 0,
            last_wanted: None,
            running: 0,
            making: false,
            made: 0,
            failures: 0,
            pause: Duration::ZERO,
            not_before: None,
            why: String::new(),
            closed: false,
        }
    }
}

impl<M: Maker> Pool<M> {
    pub(crate) fn new(python: String, maker: M, most: usize, keep: Keep) -> Self {
        let (wanted, made) = (Condvar::new(), Condvar::new());
        Self { python, maker, most, keep, state: Mutex::default(), wanted, made }
    }

    fn state(&self) -> MutexGuard<'_, State<M::Spare>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How little this core suits the next run: without a spare last, and with much to do later than with little.
    pub(crate) fn burden(&self) -> (bool, usize) {
        let state = self.state();
        (state.ready.len() <= state.waiting, state.running + usize::from(state.making))
    }

    /// Says that a lane has a run, until that is over.
    pub(crate) fn occupied(&self) -> Occupied<'_, M> {
        self.state().running += 1;
        Occupied(self)
    }

    /// A spare, at once where there is one. Fails when several could not be made, and at the deadline.
    pub(crate) fn take(&self, deadline: Instant) -> Result<M::Spare, String> {
        let mut state = self.state();
        let failures = state.failures;
        state.waiting += 1;
        state.last_wanted = Some(Instant::now());
        let taken = loop {
            let spare = state.ready.pop_front();
            // Whoever makes spares shares the core with the run that is about to begin, and is woken only if he has to make one.
            if spare.is_none() || self.wants_more(&state) {
                self.wanted.notify_one();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match spare {
                Some(spare) if self.maker.is_alive(&spare) => break Ok(spare),
                Some(dead) => {
                    drop(state);
                    drop(dead);
                    state = self.state();
                }
                None if state.failures >= failures + TRIES => break Err(state.why.clone()),
                None if state.closed => break Err("the sandbox is closed".into()),
                None if left.is_zero() => break Err(self.late()),
                None => state = self.made.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            }
        };
        state.waiting -= 1;
        taken
    }

    /// Why nobody can wait any longer.
    fn late(&self) -> String {
        let why = if self.maker.can_make() { "none was born in time" } else { "those that are dead do not go" };
        format!("there is no guest for the run: {why}")
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
            state = self.made.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// No further spares; those that wait end.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let ready = std::mem::take(&mut state.ready);
        drop(state);
        self.wanted.notify_one();
        self.made.notify_all();
        drop(ready);
    }
}

/// A lane that has a run.
pub(crate) struct Occupied<'a, M: Maker = Births>(&'a Pool<M>);

impl<M: Maker> Drop for Occupied<'_, M> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        if self.0.is_in_use(&state) {
            drop(state);
            self.0.wanted.notify_one();
        }
    }
}
