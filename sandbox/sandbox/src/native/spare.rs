//! A guest before it has a program: walled in, warm, and waiting for the answer to a read.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use confine::guest::filter::FIRST_VIRTUAL;
use confine::guest::{Listener, Notification, leave_descriptors, leave_threads, memory, record, take_memory};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};
use zygote_api::{API, Birth, LISTENER, Life, RUN, WALLS_STAND, decode};

use super::bell::Bell;
use super::clock;
use super::events::{self, Events};
use super::family::{Zygote, readable};
use super::guest::{FUNERAL, Guest};
use super::ids::Id;
use super::mourning;
use super::output::Stream;
use super::run::Program;
use crate::Limits;

/// How long a birth may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Number of the standard input.
const INPUT: u32 = 0;
/// The kernel's descriptors that each run has: its standard streams and its connection.
const STANDING: usize = API as usize + 1;

/// A guest that waits for its program.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(super) guest: Guest,
    pub(super) listener: Listener,
    output: OwnedFd,
    errors: OwnedFd,
    /// Rung by whoever wishes for something while its run goes on.
    pub(super) bell: Arc<Bell>,
    /// All of these, for whoever waits for them.
    pub(super) events: Events,
    /// The read that its program is the answer to.
    pub(super) waiting: Notification,
    /// Memory above the zygote's own that it was born with, in bytes.
    memory: u64,
    /// Threads that it may have, the first included.
    threads: u64,
}

/// Why there is no spare.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpareError {
    #[error("cannot {step} for a guest")]
    Step {
        step: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the zygote is gone")]
    ZygoteGone,
    #[error("the zygote could not fork: {0}")]
    NotBorn(String),
    #[error("a guest did not come up: {0}")]
    Walls(String),
    #[error("a guest did not come up in {} seconds", PATIENCE.as_secs())]
    Slow,
}

impl Spare {
    /// Has a guest made, and waits until it waits.
    pub(crate) fn make(zygote: Arc<Zygote>, id: Id, birth: &Birth) -> Result<Self, SpareError> {
        let step = |step| move |error: Errno| SpareError::Step { step, source: error.into() };
        let deadline = Instant::now() + PATIENCE;
        let (output, to_output) = pipe_with(PipeFlags::CLOEXEC).map_err(step("make a pipe"))?;
        let (errors, to_errors) = pipe_with(PipeFlags::CLOEXEC).map_err(step("make a pipe"))?;
        let (life, told) = record::pair().map_err(|source| SpareError::Step { step: "make a line", source })?;
        let birth = Birth { id: id.number, ..birth.clone() };
        zygote
            .order(&birth, [to_output.as_fd(), to_errors.as_fd(), told.as_fd()])
            .map_err(|_| SpareError::ZygoteGone)?;
        drop((to_output, to_errors, told));

        let guest = match born(&life, deadline) {
            Ok(process) => Guest::new(process, life, zygote, id),
            Err(why @ SpareError::NotBorn(_)) => return Err(why),
            Err(why) => {
                if !matches!(zygote.is_gone(Instant::now() + FUNERAL), Ok(true)) {
                    // It may have a child that nobody here knows.
                    match zygote.end() {
                        Ok(end) => mourning::until_the_end(vec![end], id),
                        Err(_) => std::mem::forget(id),
                    }
                }
                return Err(why);
            }
        };
        wait_for_walls(&output, &errors, deadline)?;
        let listener =
            pidfd_getfd(&guest.process, LISTENER, PidfdGetfdFlags::empty()).map_err(step("take the listener"))?;
        let listener = Listener::new(listener);
        // The first read asks whether the listener is in our hands.
        let first = wait_for_read(&listener, &guest.life, deadline)?;
        listener.answer(first.id, Ok(0)).map_err(|source| SpareError::Step { step: "answer", source })?;
        let waiting = wait_for_read(&listener, &guest.life, deadline)?;
        let bell = Bell::new().map_err(|source| SpareError::Step { step: "make a bell", source })?;
        let events = watched(&listener, &output, &errors, &guest.life, &bell)
            .map_err(|source| SpareError::Step { step: "watch it", source })?;
        let (memory, threads) = (birth.memory, birth.threads);
        Ok(Self { guest, listener, output, errors, bell: bell.into(), events, waiting, memory, threads })
    }

    /// Whether it still waits.
    pub(crate) fn is_alive(&self) -> bool {
        self.listener.is_waiting(self.waiting.id)
    }

    /// Where it comes from.
    pub(crate) fn zygote(&self) -> &Zygote {
        &self.guest.zygote
    }

    /// Where it prints to.
    pub(super) fn pipe(&self, stream: Stream) -> &OwnedFd {
        match stream {
            Stream::Output => &self.output,
            Stream::Errors => &self.errors,
        }
    }

    /// Gives it its program. `false` if it died while it waited: then nothing has happened.
    pub(super) fn begin(&self, run: &[u8], program: &Program) -> io::Result<bool> {
        let [_, address, room, ..] = self.waiting.arguments;
        // It ends with a zero byte, which stands there already.
        if run.len() as u64 >= room {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the program is too long"));
        }
        if !self.lower(&program.limits)? {
            return Ok(false);
        }
        if let Some(input) = &program.input
            && !self.listener.put(self.waiting.id, input.as_fd(), INPUT)?
        {
            return Ok(false);
        }
        if memory::write(self.waiting.thread, address, run).ok() != Some(run.len()) {
            return Ok(false);
        }
        match &program.api {
            // In one step with the answer: putting a descriptor wakes the guest, which would have to wait once more.
            Some(api) => self.listener.answer_with(self.waiting.id, api.as_fd(), API),
            None => self.listener.answer(self.waiting.id, Ok(run.len() as i64)),
        }
    }

    /// Less than it was born with, where its run may have less. `false` if it died.
    fn lower(&self, limits: &Limits) -> io::Result<bool> {
        let guest = self.waiting.thread;
        let memory = self.memory.checked_sub(limits.memory).filter(|less| *less > 0);
        let threads = Some(limits.threads).filter(|most| *most < self.threads);
        let descriptors = Some((STANDING + limits.open_files) as u64).filter(|most| *most < u64::from(FIRST_VIRTUAL));
        let lowered = memory
            .map_or(Ok(()), |less| take_memory(guest, less))
            .and_then(|()| threads.map_or(Ok(()), |most| leave_threads(guest, most)))
            .and_then(|()| descriptors.map_or(Ok(()), |most| leave_descriptors(guest, most)));
        match lowered {
            Ok(()) => Ok(true),
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn watched(listener: &Listener, output: &OwnedFd, errors: &OwnedFd, life: &OwnedFd, bell: &Bell) -> io::Result<Events> {
    let events = Events::none()?;
    events.watch(events::LISTENER, listener.as_fd())?;
    events.watch_once(events::OUTPUT, output.as_fd())?;
    events.watch_once(events::ERRORS, errors.as_fd())?;
    events.watch(events::LIFE, life.as_fd())?;
    events.watch(events::BELL, bell.as_fd())?;
    Ok(events)
}

fn born(life: &OwnedFd, deadline: Instant) -> Result<OwnedFd, SpareError> {
    let failed = |source| SpareError::Step { step: "hear of the birth", source };
    if !readable(life.as_fd(), deadline).map_err(failed)? {
        return Err(SpareError::Slow);
    }
    let (word, descriptors) = record::receive(life).map_err(failed)?.ok_or(SpareError::ZygoteGone)?;
    match (decode(&word), descriptors.into_iter().next()) {
        (Ok(Life::Born), Some(process)) => Ok(process),
        (Ok(Life::NotBorn { why }), _) => Err(SpareError::NotBorn(why)),
        _ => Err(SpareError::ZygoteGone),
    }
}

fn wait_for_walls(output: &OwnedFd, errors: &OwnedFd, deadline: Instant) -> Result<(), SpareError> {
    let failed = |error: Errno| SpareError::Step { step: "hear of the walls", source: error.into() };
    if !readable(output.as_fd(), deadline).map_err(|source| SpareError::Step { step: "wait", source })? {
        return Err(SpareError::Slow);
    }
    let mut word = [0];
    match rustix::io::read(output, &mut word).map_err(failed)? {
        1 if word == [WALLS_STAND] => Ok(()),
        _ => {
            let mut why = vec![0; 1024];
            let length = rustix::io::read(errors, &mut why).map_err(failed)?;
            Err(SpareError::Walls(String::from_utf8_lossy(&why[..length]).into_owned()))
        }
    }
}

/// Until the spare reads from where its program will come. What else it asks on its way does not exist.
fn wait_for_read(listener: &Listener, life: &OwnedFd, deadline: Instant) -> Result<Notification, SpareError> {
    let failed = |source| SpareError::Step { step: "hear its calls", source };
    loop {
        let mut watched = [PollFd::new(listener, PollFlags::IN), PollFd::new(life, PollFlags::IN)];
        match poll(&mut watched, Some(&clock::until(deadline))) {
            Ok(0) => return Err(SpareError::Slow),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(failed(error.into())),
        }
        if !watched[1].revents().is_empty() {
            return Err(SpareError::Walls("it ended".into()));
        }
        if !watched[0].revents().contains(PollFlags::IN) {
            continue;
        }
        let Some(call) = listener.receive().map_err(failed)? else { continue };
        if call.call == libc::SYS_read && call.arguments[0] == u64::from(RUN) {
            return Ok(call);
        }
        if call.call == libc::SYS_exit_group {
            return Err(SpareError::Walls("it ended".into()));
        }
        listener.answer(call.id, Err(libc::ENOENT)).map_err(failed)?;
    }
}
