//! Runs that wait for a lane. Those of one owner follow each other; different owners take turns.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::company::Company;
use crate::native::Bell;
use crate::processor::Processor;
use crate::turns::Turns;
use crate::{Outcome, Request};

/// Nobody is more patient.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
    /// Until when it is of any use to begin.
    pub(crate) begin_by: Instant,
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
        Self { state: Mutex::default(), most, most_per_owner, patience: patience.min(A_DAY) }
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
            return turn_away(done);
        }
        let (owner, since) = (request.owner.clone(), Instant::now());
        let begin_by = since + self.patience;
        state.turns.add(&owner, Job { request, python, done, since, begin_by });
        self.distribute(state, since);
    }

    /// Waits for the next run whose owner has no other going on; from then on it has this one. `None` at the end.
    pub(crate) fn next(&self, processor: &Arc<Processor>) -> Option<Job> {
        let (lane, runs) = sync_channel(1);
        let mut state = self.state();
        if state.closed {
            return None;
        }
        state.idle.push(Idle { processor: processor.clone(), lane });
        self.distribute(state, Instant::now());
        runs.recv().ok()
    }

    /// Gives runs that can begin to lanes that wait. Nobody waits longer than is any use to him, and hears that when the queue
    /// is free for whatever he does then.
    fn distribute(&self, mut state: MutexGuard<'_, State>, now: Instant) {
        let in_vain = state.turns.give_up(|job| now > job.begin_by);
        while state.begin_one().is_some() {}
        drop(state);
        in_vain.into_iter().for_each(|job| turn_away(job.done));
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
        self.distribute(state, Instant::now());
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
        waiting.into_iter().for_each(|job| turn_away(job.done));
    }
}

impl State {
    /// Gives the next run, if it can begin, to the lane whose processor core has the least to do. `None` if there is no such
    /// run, or no lane that waits.
    fn begin_one(&mut self) -> Option<()> {
        let python = self.turns.first()?.python;
        let lane = (0..self.idle.len()).min_by_key(|index| self.idle[*index].processor.pool(python).burden())?;
        let (owner, job) = self.turns.begin()?;
        self.company.note(&owner, Instant::now());
        // The lane waits for exactly this.
        let _ = self.idle.swap_remove(lane).lane.send(job);
        Some(())
    }
}

/// A fault of whoever is told is none of the thread that tells him, which may be another's.
fn turn_away(done: Done) {
    let _ = catch_unwind(AssertUnwindSafe(|| done(Err(Busy))));
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

    /// Adds a run whose owner looks, when it is turned away, whether anybody else could use the queue meanwhile, and then has a
    /// fault.
    fn add_faulty(queue: &Arc<Queue>) -> Receiver<bool> {
        let (tell, told) = channel();
        let of_his = queue.clone();
        let done = move |_| {
            tell.send(of_his.state.try_lock().is_ok()).expect("somebody counts");
            panic!("on purpose");
        };
        queue.add(Request::new("faulty", ""), 0, Box::new(done));
        told
    }

    #[test]
    fn whoever_is_turned_away_finds_the_queue_free_and_his_fault_is_nobody_elses() {
        let ways: [fn(&Queue); 3] = [|queue| drop(add(queue, "b")), |queue| queue.over("b"), Queue::close];
        for way in ways {
            let queue = Arc::new(Queue::new(5, 2, Duration::ZERO));
            let told = add_faulty(&queue);
            std::thread::sleep(Duration::from_millis(2));
            way(&queue);
            assert_eq!(told.try_recv(), Ok(true));
        }
        let full = Arc::new(Queue::new(0, 0, Duration::ZERO));
        assert_eq!(add_faulty(&full).try_recv(), Ok(true));
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
        for (patience, turned_away) in [(Duration::ZERO, true), (Duration::MAX, false)] {
            let queue = Queue::new(5, 2, patience);
            let first = add(&queue, "a");
            std::thread::sleep(Duration::from_millis(2));
            let _second = add(&queue, "b");
            assert_eq!(first.try_recv().is_ok_and(|busy| busy), turned_away);
        }
    }
}
