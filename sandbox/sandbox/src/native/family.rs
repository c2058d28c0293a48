//! The zygote of one processor core: started when it is needed, replaced when it is gone or has served its time.
//!
//! Hash seeds and addresses are the same in all children of a zygote: what one guest can find out about them holds for those
//! after it, so no zygote lives for ever. One that is replaced stays as long as a child of it, so that no run is lost.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use confine::guest::nursery::{Interpreter, Nursery, NurseryError};
use confine::guest::record;
use cpython::Installation;
use rustix::event::{PollFd, PollFlags, poll};
use zygote_api::{Awake, Birth, Settings, decode, encode};

use super::clock;

/// How long a zygote may take to wake up.
const PATIENCE: Duration = Duration::from_secs(20);
/// After a zygote that did not wake up, how long until the next try.
const PAUSE: Duration = Duration::from_millis(500);

/// Starts zygotes for one core.
#[derive(Debug)]
pub(crate) struct Family {
    nursery: Arc<Mutex<Nursery>>,
    settings: Settings,
    recycling: Recycling,
    current: Mutex<Current>,
}

/// When a zygote has served its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recycling {
    pub(crate) births: u64,
    pub(crate) after: Duration,
}

#[derive(Debug, Default)]
struct Current {
    zygote: Option<Arc<Zygote>>,
    births: u64,
    not_before: Option<Instant>,
}

/// One zygote. When nobody holds it any more it ends, after its children.
#[derive(Debug)]
pub(crate) struct Zygote {
    control: OwnedFd,
    process: OwnedFd,
    since: Instant,
}

/// Why there is no zygote.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ZygoteError {
    #[error(transparent)]
    Nursery(#[from] NurseryError),
    #[error("the zygote does not wake up: {0}")]
    Asleep(String),
    #[error("the zygote is not heard")]
    Line(#[source] io::Error),
}

impl Family {
    pub(crate) fn new(nursery: Arc<Mutex<Nursery>>, settings: Settings, recycling: Recycling) -> Self {
        Self { nursery, settings, recycling, current: Mutex::default() }
    }

    /// How long a zygote lives.
    pub(crate) fn recycle_after(&self) -> Duration {
        self.recycling.after
    }

    /// Whether a zygote has lived long enough, with all its spares.
    pub(crate) fn is_old(&self, zygote: &Zygote) -> bool {
        zygote.since.elapsed() >= self.recycling.after
    }

    /// The zygote to ask for the next spare.
    pub(crate) fn zygote(&self) -> Result<Arc<Zygote>, ZygoteError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let served = current.births >= self.recycling.births;
        current.zygote.take_if(|zygote| served || self.is_old(zygote));
        if let Some(zygote) = &current.zygote {
            let zygote = zygote.clone();
            current.births += 1;
            return Ok(zygote);
        }
        if let Some(time) = current.not_before {
            std::thread::sleep(time.saturating_duration_since(Instant::now()));
        }
        current.not_before = Some(Instant::now() + PAUSE);
        let zygote = Arc::new(self.start()?);
        *current = Current { zygote: Some(zygote.clone()), births: 1, not_before: None };
        Ok(zygote)
    }

    /// Lets the zygote go until one is asked for again.
    pub(crate) fn rest(&self) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).zygote = None;
    }

    /// Forgets a zygote that has failed, if it is still the current one.
    pub(crate) fn give_up(&self, failed: &Arc<Zygote>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.zygote.as_ref().is_some_and(|zygote| Arc::ptr_eq(zygote, failed)) {
            current.zygote = None;
        }
    }

    fn start(&self) -> Result<Zygote, ZygoteError> {
        let (control, theirs) = record::pair().map_err(ZygoteError::Line)?;
        let nursery = self.nursery.lock().unwrap_or_else(PoisonError::into_inner);
        let Installation { program, libpython, .. } = &self.settings.installation;
        let interpreter = Interpreter { program, libraries: libpython.as_deref().and_then(Path::parent) };
        let process = nursery.start_zygote(theirs.as_fd(), interpreter)?;
        drop(nursery);
        drop(theirs);
        record::send(&control, &encode(&self.settings), &[]).map_err(|why| self.unheard(why))?;
        if !readable(control.as_fd(), Instant::now() + PATIENCE).map_err(ZygoteError::Line)? {
            return Err(ZygoteError::Asleep(format!("no word in {} seconds", PATIENCE.as_secs())));
        }
        match record::receive(&control).map_err(|why| self.unheard(why))? {
            None => Err(self.ended()),
            Some((word, _)) => match decode(&word) {
                Ok(Awake::Ready { version }) => {
                    tracing::debug!(core = self.settings.core, version, "a zygote is awake");
                    Ok(Zygote { control, process, since: Instant::now() })
                }
                Ok(Awake::Failed { why }) => Err(ZygoteError::Asleep(why)),
                Err(why) => Err(ZygoteError::Asleep(why.to_string())),
            },
        }
    }

    /// Why a zygote that was just started is not heard: one that could not begin has left its line.
    fn unheard(&self, why: io::Error) -> ZygoteError {
        match why.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => self.ended(),
            _ => ZygoteError::Line(why),
        }
    }

    fn ended(&self) -> ZygoteError {
        let program = self.settings.installation.program.display();
        ZygoteError::Asleep(format!(
            "it ended at once; {program} has to be a CPython that is linked to glibc, and readable for everybody with its libraries"
        ))
    }
}

impl Zygote {
    /// Asks for a spare, with its output, its error output, and the line on which its life is told.
    pub(crate) fn order(&self, birth: &Birth, descriptors: [BorrowedFd<'_>; 3]) -> io::Result<()> {
        record::send(&self.control, &encode(birth), &descriptors)
    }

    /// What tells its end, for whoever does not keep it from ending.
    pub(super) fn end(&self) -> io::Result<OwnedFd> {
        self.process.try_clone()
    }

    /// Waits for its end, and so for that of all its children.
    pub(super) fn is_gone(&self, deadline: Instant) -> io::Result<bool> {
        readable(self.process.as_fd(), deadline)
    }
}

/// Waits until something can be read, or its end seen.
pub(super) fn readable(descriptor: BorrowedFd<'_>, deadline: Instant) -> io::Result<bool> {
    loop {
        let mut watched = [PollFd::new(&descriptor, PollFlags::IN)];
        match poll(&mut watched, Some(&clock::until(deadline))) {
            Ok(0) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
