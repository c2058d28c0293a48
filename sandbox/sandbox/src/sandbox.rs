//! The sandbox as others use it.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use confine::guest::nursery::Nursery;
use zygote::{Birth, Settings};

use crate::lane::{Lane, Shared, stay_on};
use crate::native::{Family, Ids, Library, Recycling};
use crate::pool::Pool;
use crate::queue::Queue;
use crate::stores::Stores;
use crate::{Busy, Config, Limits, Outcome, Request};

/// Processor time of a guest in seconds, its warm-up included, after which the kernel ends it even if nobody watches.
const PROCESSOR_BACKSTOP: u64 = 60;

/// A running sandbox. Dropping it ends the runs that wait, waits for those that go on, and ends its zygotes.
pub struct Sandbox {
    shared: Arc<Shared>,
    pools: Vec<Arc<Pool>>,
    threads: Vec<JoinHandle<()>>,
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The Python library could not be looked through.
    #[error("cannot read the Python library; is it named in `reads`?")]
    Library(#[source] std::io::Error),
    /// The owners' files could not be opened.
    #[error("cannot open the directory of the owners' files")]
    Store(#[source] std::io::Error),
    /// Not enough ids for all guests that there may be at a time.
    #[error(
        "the guests' namespace has {given} ids and {needed} are needed: raise the second number of `userns`, or lower \
         `set.cores`, `set.lanes` or `set.spares`"
    )]
    Ids {
        /// With the zygotes' own.
        needed: usize,
        /// As [`Config::ids`] has it.
        given: usize,
    },
    /// No thread, or none of the processor cores may be used.
    #[error("cannot start the sandbox's threads")]
    Threads(#[source] std::io::Error),
}

/// Why a commit is not known to have happened.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The run did not answer in time.
    #[error("the run did not commit in time")]
    Late,
    /// The run ended meanwhile, and what it wished for with it.
    #[error("the run has ended")]
    Over,
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
}

impl Sandbox {
    /// Starts the lanes, and has spares made for them.
    pub fn start(nursery: Nursery, config: &Config) -> Result<Self, StartError> {
        let library = Library::look_through(&config.python.library).map_err(StartError::Library)?;
        let stores = Stores::open(&config.store, config.quota).map_err(StartError::Store)?;
        let needed = Self::ids_needed(config).map_err(StartError::Threads)?;
        let alone = config.ids == 1;
        if needed > config.ids && !alone {
            return Err(StartError::Ids { needed, given: config.ids });
        }
        let queue = Queue::new(config.waiting, config.waiting_per_owner, config.patience);
        let limits = Limits { memory: config.limits.memory.min(config.memory), ..config.limits };
        let shared = Arc::new(Shared { queue, stores, library: Arc::new(library), limits });
        let nursery = Arc::new(Mutex::new(nursery));
        let ids = if alone { Ids::one() } else { Ids::new(1..u32::try_from(needed).unwrap_or(u32::MAX)) };
        let mut sandbox = Self { shared: shared.clone(), pools: Vec::new(), threads: Vec::new() };
        for core in cores().map_err(StartError::Threads)?.into_iter().take(config.cores) {
            let settings = Settings {
                libpython: config.python.libpython.clone(),
                core,
                preimport: config.python.preimport.clone(),
            };
            let recycling = Recycling { births: config.recycle_births, after: config.recycle_after };
            let family = Family::new(nursery.clone(), settings, recycling);
            let birth =
                Birth { id: None, memory: config.memory, cpu_seconds: PROCESSOR_BACKSTOP, threads: config.threads };
            let pool = Arc::new(Pool::new(family, ids.clone(), birth, config.spares_per_core.max(1)));
            sandbox.pools.push(pool.clone());
            for _ in 0..config.lanes_per_core {
                let lane = Lane { shared: shared.clone(), pool: pool.clone(), core };
                sandbox.spawn("lane", core, || lane.serve())?;
            }
            sandbox.spawn("pool", core, move || {
                stay_on(core);
                pool.keep_full();
            })?;
        }
        Ok(sandbox)
    }

    fn spawn(&mut self, what: &str, core: usize, work: impl FnOnce() + Send + 'static) -> Result<(), StartError> {
        let thread = Builder::new().name(format!("{what}-{core}")).spawn(work);
        self.threads.push(thread.map_err(StartError::Threads)?);
        Ok(())
    }

    /// Ids that guests need inside the user namespace, the zygotes' included, on this machine.
    pub fn ids_needed(config: &Config) -> std::io::Result<usize> {
        // On each core one for each run, one for each spare, and one for the spare that is just being made.
        Ok(1 + cores()?.len().min(config.cores) * (config.lanes_per_core + config.spares_per_core.max(1) + 1))
    }

    /// Runs a program. `done` is called once, from a thread of the sandbox.
    pub fn submit(&self, request: Request, done: impl FnOnce(Result<Outcome, Busy>) + Send + 'static) {
        self.shared.queue.add(request, Box::new(done));
    }

    /// Runs a program and waits for its outcome.
    pub fn run(&self, request: Request) -> Result<Outcome, Busy> {
        let (done, outcome) = sync_channel(1);
        self.submit(request, move |result| {
            let _ = done.send(result);
        });
        outcome.recv().unwrap_or(Err(Busy))
    }

    /// Makes durable what the owner's current run, if there is one, has written so far.
    pub fn commit(&self, owner: &str, patience: Duration) -> Result<(), CommitError> {
        let Some(answer) = self.shared.queue.wish(owner) else { return Ok(()) };
        match answer.recv_timeout(patience) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(CommitError::Store(why)),
            Err(RecvTimeoutError::Timeout) => Err(CommitError::Late),
            Err(RecvTimeoutError::Disconnected) => Err(CommitError::Over),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.queue.close();
        for pool in &self.pools {
            pool.close();
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// The processor cores that this process may use.
fn cores() -> std::io::Result<Vec<usize>> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    let cores: Vec<usize> = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    if cores.is_empty() { Err(std::io::Error::other("no processor core may be used")) } else { Ok(cores) }
}
