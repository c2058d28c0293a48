//! The sandbox as others use it.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use confine::guest::nursery::Nursery;
use zygote_api::{Birth, Settings};

use crate::lane::{Lane, Shared, stay_on};
use crate::native::{Family, Ids, Library, Recycling};
use crate::pool::{Births, Keep, Pool};
use crate::processor::Processor;
use crate::queue::Queue;
use crate::stores::Stores;
use crate::{Busy, Config, DEFAULT, Ending, Limits, Outcome, Python, Request};

/// Processor time of a guest in seconds, beyond what a run may use, after which the kernel ends it even if nobody watches.
const PROCESSOR_BACKSTOP: u64 = 60;

/// A running sandbox. Dropping it ends the runs that wait, waits for those that go on, and ends its zygotes.
pub struct Sandbox {
    shared: Arc<Shared>,
    /// The Pythons, by their numbers.
    names: Vec<String>,
    processors: Vec<Arc<Processor>>,
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
         `set.cores`, `set.lanes`, `set.spares` or the number of Pythons"
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
    /// The owner has no run that goes on.
    #[error("there is no such run")]
    NoRun,
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
}

impl Sandbox {
    /// Starts the lanes, and has spares made for them.
    pub fn start(nursery: Nursery, config: &Config) -> Result<Self, StartError> {
        let libraries = config.pythons.values().map(|python| Library::look_through(&python.library()).map(Arc::new));
        let libraries = libraries.collect::<Result<_, _>>().map_err(StartError::Library)?;
        let stores = Stores::open(config.store.as_deref(), config.quota).map_err(StartError::Store)?;
        let needed = Self::ids_needed(config).map_err(StartError::Threads)?;
        let alone = config.ids == 1;
        if needed > config.ids && !alone {
            return Err(StartError::Ids { needed, given: config.ids });
        }
        let queue = Queue::new(config.waiting, config.waiting_per_owner, config.patience);
        let limits = config.limits.within(&Limits::WIDE);
        let shared = Arc::new(Shared { queue, stores, libraries, limits });
        let ids = if alone { Ids::one() } else { Ids::new(1..u32::try_from(needed).unwrap_or(u32::MAX)) };
        let names = config.pythons.keys().cloned().collect();
        let mut sandbox = Self { shared: shared.clone(), names, processors: Vec::new(), threads: Vec::new() };
        let birth = Birth {
            id: None,
            memory: limits.memory,
            cpu_seconds: limits.processor_time.as_secs() + PROCESSOR_BACKSTOP,
            threads: limits.threads,
        };
        let house = House { nursery: Arc::new(Mutex::new(nursery)), ids, birth };
        for number in cores().map_err(StartError::Threads)?.into_iter().take(config.cores) {
            let pools = config.pythons.iter().map(|(name, python)| Arc::new(house.pool(config, number, name, python)));
            let processor = Arc::new(Processor { number, pools: pools.collect() });
            sandbox.processors.push(processor.clone());
            for _ in 0..config.lanes_per_core {
                let lane = Lane { shared: shared.clone(), processor: processor.clone() };
                sandbox.spawn("lane", number, || lane.serve())?;
            }
            for pool in &processor.pools {
                let pool = pool.clone();
                sandbox.spawn("pool", number, move || {
                    stay_on(number);
                    pool.keep_full();
                })?;
            }
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
        // On each core one for each run, and of each Python one for each spare and for the one that is just being made.
        let spares = config.pythons.len() * (config.spares_per_core.max(1) + 1);
        Ok(1 + cores()?.len().min(config.cores) * (config.lanes_per_core + spares))
    }

    /// Runs a program. `done` is called once, from a thread of the sandbox, or from this one where nothing is run.
    pub fn submit(&self, request: Request, done: impl FnOnce(Result<Outcome, Busy>) + Send + 'static) {
        match self.names.iter().position(|name| *name == request.python) {
            Some(python) => self.shared.queue.add(request, python, Box::new(done)),
            None => {
                done(Ok(Outcome::nothing(Ending::NoPython { wanted: request.python, there_are: self.names.clone() })))
            }
        }
    }

    /// Runs a program and waits for its outcome.
    pub fn run(&self, request: Request) -> Result<Outcome, Busy> {
        let (done, outcome) = sync_channel(1);
        self.submit(request, move |result| {
            let _ = done.send(result);
        });
        outcome.recv().unwrap_or(Err(Busy))
    }

    /// Makes durable what the owner's current run has written so far. That of one that has ended may be nowhere: whoever relies
    /// on it must not take that for a success.
    pub fn commit(&self, owner: &str, patience: Duration) -> Result<(), CommitError> {
        let answer = self.shared.queue.wish(owner).ok_or(CommitError::NoRun)?;
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
        for pool in self.processors.iter().flat_map(|processor| &processor.pools) {
            pool.close();
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// What all pools share.
struct House {
    nursery: Arc<Mutex<Nursery>>,
    ids: Arc<Ids>,
    birth: Birth,
}

impl House {
    /// The spares of one Python on one processor core.
    fn pool(&self, config: &Config, core: usize, name: &str, python: &Python) -> Pool {
        let Python { installation, preimport } = python.clone();
        let recycling = Recycling { births: config.recycle_births, after: config.recycle_after };
        let family = Family::new(self.nursery.clone(), Settings { installation, core, preimport }, recycling);
        let keep = if name == DEFAULT { Keep::Always } else { Keep::AfterUse(config.keep_unused) };
        let births = Births { family, ids: self.ids.clone(), birth: self.birth.clone() };
        Pool::new(name.to_owned(), births, config.spares_per_core.max(1), keep)
    }
}

/// The processor cores that this process may use.
fn cores() -> std::io::Result<Vec<usize>> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    let cores: Vec<usize> = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    if cores.is_empty() { Err(std::io::Error::other("no processor core may be used")) } else { Ok(cores) }
}
