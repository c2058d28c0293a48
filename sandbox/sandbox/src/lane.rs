//! A lane: one thread that makes a spare, gives it the next run, and answers it until its end.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use vfs::Tree;
use vfs::store::Store;
use zygote::Birth;

use crate::native::{Commits, Family, Library, Program, Spare, run};
use crate::queue::{Job, Queue, Wishes};
use crate::stores::Stores;
use crate::{Ending, Outcome, Request, words};

/// After a spare that could not be made, how long until the next try.
const PAUSE: Duration = Duration::from_millis(100);

/// Spares that are tried for one run, and zygotes for one spare.
const TRIES: usize = 3;

/// What all lanes share.
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) stores: Stores,
    pub(crate) library: Arc<Library>,
}

/// One lane.
pub(crate) struct Lane {
    pub(crate) shared: Arc<Shared>,
    pub(crate) family: Arc<Family>,
    pub(crate) birth: Birth,
    pub(crate) core: usize,
}

impl Lane {
    /// Until the queue is closed.
    pub(crate) fn serve(self) {
        let mut core = rustix::thread::CpuSet::new();
        core.set(self.core);
        // For speed alone: where it is refused, calls are answered all the same.
        let _ = rustix::thread::sched_setaffinity(None, &core);
        let mut spare = self.spare();
        loop {
            let (job, wishes) = match self.shared.queue.next() {
                Ok(Some(next)) => next,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "a run could not begin");
                    std::thread::sleep(PAUSE);
                    continue;
                }
            };
            // What failed when nobody waited for it may work now.
            let ready = spare.or_else(|_| self.spare());
            let owner = job.request.owner.clone();
            self.one(job, wishes, ready);
            self.shared.queue.over(&owner);
            spare = self.spare();
        }
    }

    fn one(&self, job: Job, wishes: Wishes, spare: Result<Spare, String>) {
        let outcome = match spare {
            Ok(spare) => self.run(job.request, wishes, spare).unwrap_or_else(|why| Outcome::not_started(words(&*why))),
            Err(why) => Outcome::not_started(why),
        };
        if let Ending::NotStarted { why } = &outcome.ending {
            tracing::error!(why, "a run came to nothing");
        }
        (job.done)(Ok(outcome));
    }

    fn run(&self, request: Request, wishes: Wishes, spare: Spare) -> Result<Outcome, Box<dyn std::error::Error>> {
        let Request { owner, code, arguments, api, limits } = request;
        let (mut store, tree) = self.shared.stores.load(&owner)?;
        let api = match api {
            Some(api) => api,
            None => nobody()?,
        };
        let program = Program { code, arguments, api, limits };
        let mut committer = Committer { wishes, store: &mut store };
        let (mut tree, mut outcome) = self.begin(spare, tree, program, &mut committer)?;
        if let Err(why) = store.commit(&mut tree) {
            // What was printed is kept all the same.
            outcome.ending = Ending::NotStarted { why: words(&why) };
        }
        Ok(outcome)
    }

    /// Runs a program. A spare that died while it waited is replaced.
    fn begin(
        &self,
        mut spare: Spare,
        mut tree: Tree,
        program: Program,
        commits: &mut Committer<'_>,
    ) -> Result<(Tree, Outcome), String> {
        for _ in 0..TRIES {
            match run(spare, self.shared.library.clone(), tree, &program, commits) {
                (tree, Some(outcome)) => return Ok((tree, outcome)),
                (untouched, None) => tree = untouched,
            }
            spare = self.spare()?;
        }
        Err("guests die before they begin".into())
    }

    /// Has a spare made. A zygote that cannot is given up for a new one.
    fn spare(&self) -> Result<Spare, String> {
        let mut failed = String::new();
        for _ in 0..TRIES {
            let zygote = self.family.zygote().map_err(|why| words(&why))?;
            match Spare::make(zygote.clone(), &self.birth) {
                Ok(spare) => return Ok(spare),
                Err(why) => failed = words(&why),
            }
            tracing::warn!(why = failed, "no spare");
            self.family.give_up(&zygote);
        }
        Err(failed)
    }
}

/// A connection with nobody at the other end.
fn nobody() -> io::Result<OwnedFd> {
    Ok(std::os::unix::net::UnixStream::pair()?.0.into())
}

struct Committer<'a> {
    wishes: Wishes,
    store: &'a mut Store,
}

impl Commits for Committer<'_> {
    fn bell(&self) -> &OwnedFd {
        &self.wishes.bell
    }

    fn fulfil(&mut self, tree: &mut Tree) {
        while let Some(wish) = self.wishes.next() {
            let done = self.store.commit(tree).map(drop).map_err(|error| words(&error));
            // Whoever asked may have given up.
            let _ = wish.try_send(done);
        }
    }
}
