//! A lane: one thread that takes a run, gives it to a spare, and answers it until its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use vfs::Tree;
use vfs::store::Store;

use crate::native::{Bell, Commits, Ended, Library, Program, Remains, run};
use crate::processor::Processor;
use crate::queue::{Job, Queue, Wishes};
use crate::stores::Stores;
use crate::{Ending, Limits, Outcome, Request, words};

/// Spares that are tried for one run: one may die between the last look at it and its program.
const TRIES: usize = 3;
/// Longest wait for a spare in the place of one that was used.
const MAKE_UP: Duration = Duration::from_millis(100);

/// From an outcome to the guest's death. What the kernel then clears away, and the birth that follows, keep this core busy for
/// two or three milliseconds; whoever was told, and has something to do with it, would go on only after that.
const HEAD_START: Duration = Duration::from_millis(1);

/// What all lanes share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) stores: Stores,
    /// What programs see of each Python, by its number.
    pub(crate) libraries: Vec<Arc<Library>>,
    pub(crate) limits: Limits,
}

/// One lane.
pub(crate) struct Lane {
    pub(crate) shared: Arc<Shared>,
    pub(crate) processor: Arc<Processor>,
}

impl Lane {
    /// Until the queue is closed.
    pub(crate) fn serve(self) {
        stay_on(self.processor.number);
        while let Some(job) = self.shared.queue.next(&self.processor) {
            // A fault of ours is the end of one run, and of no lane: what it leaves behind is dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| self.one(job)));
        }
    }

    fn one(&self, job: Job) {
        let occupied = self.processor.occupied();
        let queue = &self.shared.queue;
        let (turn, python) = (Turn { queue, owner: job.request.owner.clone() }, job.python);
        let (outcome, remains) = match self.run(job.request, python, (job.since, job.begin_by)) {
            Ok((outcome, remains)) => (outcome, Some(remains)),
            Err(why) => (Outcome::nothing(Ending::NotStarted { why: words(&*why) }), None),
        };
        if let Ending::NotStarted { why } = &outcome.ending {
            tracing::error!(why, "a run came to nothing");
        }
        let in_company = queue.has_company(&turn.owner);
        let turn = in_company.then_some(turn);
        (job.done)(Ok(outcome));
        // Nobody waits while the kernel clears the guest away; its id is free only then.
        if let Some(remains) = remains {
            std::thread::sleep(HEAD_START);
            drop(remains);
        }
        drop(occupied);
        if turn.is_some() {
            // Burial and birth cost as much as the run. Another run of the same owner meanwhile would take the time from
            // others.
            self.processor.pool(python).make_up(MAKE_UP);
        }
    }

    fn run(
        &self,
        request: Request,
        python: usize,
        (since, begin_by): (Instant, Instant),
    ) -> Result<(Outcome, Remains), Box<dyn std::error::Error>> {
        let Request { owner, name, code, python: _, arguments, input, api, limits, detail } = request;
        let (mut store, tree) = self.shared.stores.load(&owner)?;
        let limits = limits.within(&self.shared.limits);
        let program = Program { name, code, arguments, input, api, limits, detail };
        let mut committer = Committer { queue: &self.shared.queue, owner: &owner, wishes: None, store: store.as_mut() };
        let waited = since.elapsed();
        let Ended { mut tree, mut outcome, remains } = self.begin(python, begin_by, tree, &program, &mut committer)?;
        outcome.usage.waited = waited;
        let begun = Instant::now();
        if let Some(Err(why)) = store.as_mut().map(|store| store.commit(&mut tree)) {
            // What was printed is kept all the same.
            outcome.ending = Ending::NotStarted { why: words(&why) };
        }
        outcome.usage.commit += begun.elapsed();
        if let Some(store) = store {
            self.shared.stores.keep(&owner, store, tree);
        }
        Ok((outcome, remains))
    }

    /// Runs a program. A spare that died while it waited is replaced.
    fn begin(
        &self,
        python: usize,
        by: Instant,
        mut tree: Tree,
        program: &Program,
        commits: &mut Committer<'_>,
    ) -> Result<Ended, String> {
        let (pool, library) = (self.processor.pool(python), &self.shared.libraries[python]);
        for _ in 0..TRIES {
            match run(pool.take(by)?, library.clone(), tree, program, commits) {
                Ok(ended) => return Ok(ended),
                Err(untouched) => tree = *untouched,
            }
        }
        Err("guests die before they begin".into())
    }
}

/// For speed alone: where it is refused, calls are answered all the same.
pub(crate) fn stay_on(core: usize) {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(core);
    let _ = rustix::thread::sched_setaffinity(None, &cores);
}

/// An owner's turn, which is over when this is dropped.
struct Turn<'a> {
    queue: &'a Queue,
    owner: String,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.queue.over(&self.owner);
    }
}

struct Committer<'a> {
    queue: &'a Queue,
    owner: &'a str,
    /// Those of the run that has begun.
    wishes: Option<Wishes>,
    store: Option<&'a mut Store>,
}

impl Commits for Committer<'_> {
    fn begin(&mut self, bell: &Arc<Bell>) {
        self.wishes = Some(self.queue.begin(self.owner, bell));
    }

    fn fulfil(&mut self, tree: &mut Tree) {
        for wish in self.wishes.iter().flat_map(Wishes::try_iter) {
            let done = self.store.as_mut().map_or(Ok(()), |store| store.promise(tree).map(drop));
            let done = done.map_err(|error| words(&error));
            // Whoever asked may have given up.
            let _ = wish.try_send(done);
        }
    }
}
