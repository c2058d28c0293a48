//! Runs that wait for a lane. Those of one owner follow each other; different owners take turns.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::company::Company;
use crate::native::Bell;
use crate::processor::Processor;
use crate::turns::Turns;
use crate::{Outcome, Request};

/// Too many runs are waiting, or this one has waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many runs are waiting")]
pub struct Busy;

/// Told once, when a run has come to its end or will never begin.
pub(crate) type Done = Box<dyn FnOnce(Result<Outcome, Busy>) + Send>;

/// One waiting run.
pub(crate) struct Job {
    pub(crate) request: Request,
    /// The number of its Python.
    pub(crate) python: usize,
    pub(crate) done: Done,
    pub(crate) since: Instant,
}

/// The answer to the wish for a commit.
pub(crate) type Committed = Result<(), String>;

/// The queue.
pub(crate) struct Queue {
    state: Mutex<State>,
    most: usize,
    most_per_owner: usize,
    patience: Duration,
}

#[derive(Default)]
struct State {
    turns: Turns<Job>,
    running: HashMap<String, Running>,
    company: Company,
    idle: Vec<Idle>,
    closed: bool,
}

/// A lane that waits for a run.
struct Idle {
    processor: Arc<Processor>,
    lane: SyncSender<Job>,
}

/// How others reach a run that goes on.
struct Running {
    wishes: Sender<SyncSender<Committed>>,
    bell: Arc<Bell>,
}

/// A run's end of the same: what others wish for, each with where it is to be answered.
pub(crate) type Wishes = Receiver<SyncSender<Committed>>;

impl Queue {
    pub(crate) fn new(most: usize, most_per_owner: usize, patience: Duration) -> Self {
        Self { state: Mutex::default(), most, most_per_owner, patience }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a run. It is told in any case, at once if there is no place.
    pub(crate) fn add(&self, request: Request, python: usize, done: Done) {
        let mut state = self.state();
        let (all, of_owner) = (state.turns.waiting(), state.turns.waiting_of(&request.owner));
        if state.closed || all >= self.most || of_owner >= self.most_per_owner {
            drop(state);
            return done(Err(Busy));
        }
        let owner = request.owner.clone();
        state.turns.add(&owner, Job { request, python, done, since: Instant::now() });
        self.distribute(&mut state);
    }

    /// Waits for the next run whose owner has no other going on; from then on it has this one. `None` at the end.
    pub(crate) fn next(&self, processor: &Arc<Processor>) -> Option<Job> {
        let (lane, runs) = sync_channel(1);
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.idle.push(Idle { processor: processor.clone(), lane });
        self.distribute(&mut state);
        drop(state);
        runs.recv().ok()
    }

    /// Gives runs that can begin to lanes that wait, each to the one whose processor core has the least to do.
    fn distribute(&self, state: &mut State) {
        self.turn_away(state);
        while let Some(python) = state.turns.first().map(|job| job.python) {
            let lane = (0..state.idle.len()).min_by_key(|index| state.idle[*index].processor.pool(python).burden());
            let Some(lane) = lane else { return };
            let Some((owner, job)) = state.turns.begin() else { return };
            state.company.note(&owner, Instant::now());
            // The lane waits for exactly this.
            let _ = state.idle.swap_remove(lane).lane.send(job);
        }
    }

    /// Nobody waits longer than is any use to him.
    fn turn_away(&self, state: &mut State) {
        for job in state.turns.give_up(|job| job.since.elapsed() > self.patience) {
            (job.done)(Err(Busy));
        }
    }

    /// Whether somebody beside this owner has runs, too.
    pub(crate) fn has_company(&self, owner: &str) -> bool {
        self.state().company.of(owner, Instant::now())
    }

    /// The owner's run begins and hears, by this bell, what others wish for.
    pub(crate) fn begin(&self, owner: &str, bell: &Arc<Bell>) -> Wishes {
        let (wishes, waiting) = channel();
        self.state().running.insert(owner.to_owned(), Running { wishes, bell: bell.clone() });
        waiting
    }

    /// The owner's turn is over: his next run can begin.
    pub(crate) fn over(&self, owner: &str) {
        let mut state = self.state();
        state.running.remove(owner);
        state.turns.over(owner);
        self.distribute(&mut state);
    }

    /// Asks the owner's run to commit. `None` if there is none.
    pub(crate) fn wish(&self, owner: &str) -> Option<Receiver<Committed>> {
        let state = self.state();
        let running = state.running.get(owner)?;
        let (answer, answered) = sync_channel(1);
        // To a run that is just ending nobody listens: whoever wished hears that, by the end of the channel.
        let _ = running.wishes.send(answer);
        running.bell.ring();
        Some(answered)
    }

    /// No further runs; those that wait are told.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let waiting = state.turns.give_up(|_| true);
        // Lanes learn it by the end of their channels.
        state.idle.clear();
        drop(state);
        for job in waiting {
            (job.done)(Err(Busy));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds a run, which no lane ever takes; hears whether it was turned away.
    fn add(queue: &Queue, owner: &str) -> Receiver<bool> {
        let (tell, told) = channel();
        queue.add(Request::new(owner, ""), 0, Box::new(move |done| tell.send(done == Err(Busy)).unwrap_or(())));
        told
    }

    #[test]
    fn so_many_runs_wait_and_so_many_of_one_owner() {
        let queue = Queue::new(5, 2, Duration::from_secs(3600));
        let waiting = |owner| add(&queue, owner).try_recv().is_err();
        assert_eq!([waiting("a"), waiting("a"), waiting("a")], [true, true, false]);
        assert_eq!([waiting("b"), waiting("b"), waiting("c"), waiting("d")], [true, true, true, false]);
    }

    #[test]
    fn whoever_has_waited_too_long_is_turned_away_when_somebody_comes() {
        for (patience, turned_away) in [(Duration::ZERO, true), (Duration::from_secs(3600), false)] {
            let queue = Queue::new(5, 2, patience);
            let first = add(&queue, "a");
            std::thread::sleep(Duration::from_millis(2));
            let _second = add(&queue, "b");
            assert_eq!(first.try_recv().is_ok_and(|busy| busy), turned_away);
        }
    }
}
