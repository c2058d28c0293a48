//! One run: from the hand-over of the program to the guest's end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use confine::guest::{Notification, farewell};
use rustix::event::epoll::EventFlags;
use rustix::net::Shutdown;
use rustix::process::Pid;
use vfs::Tree;
use zygote_api::{Run, encode};

use super::bell::Bell;
use super::calls::{Process, World};
use super::events::{BELL, ERRORS, LIFE, LISTENER, OUTPUT};
use super::guest::{End, FUNERAL};
use super::library::Library;
use super::output::{Printed, Read, STREAMS, Stream};
use super::spare::Spare;
use crate::{Detail, Ending, Limits, Outcome, Usage};

/// The processor's clock is looked at no more often than this.
const GLANCE: Duration = Duration::from_millis(5);
/// What is printed is read no more often than this. A pipe has room for 64 KiB meanwhile.
const PAUSE: Duration = Duration::from_millis(1);

/// What is to be run.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) code: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) input: Option<OwnedFd>,
    pub(crate) api: Option<OwnedFd>,
    pub(crate) limits: Limits,
    pub(crate) detail: Detail,
}

/// A run that is over.
pub(crate) struct Ended {
    pub(crate) tree: Tree,
    pub(crate) outcome: Outcome,
    pub(crate) remains: Remains,
}

/// What is left of a guest: no call of it is answered any more. Dropping it waits until the kernel has cleared it away.
pub(crate) struct Remains(#[expect(dead_code, reason = "is dropped")] Spare);

/// Wishes of other threads that the files be committed while the run goes on.
pub(crate) trait Commits {
    /// A run begins: from now on there can be some. Whoever has one rings.
    fn begin(&mut self, bell: &Arc<Bell>);
    /// Fulfils them.
    fn fulfil(&mut self, tree: &mut Tree);
}

/// Runs a program in a spare, against the files of `tree`. Whatever happens, these come back with what the program did to
/// them, and nothing does anything to them afterwards. `Err` if the spare had died while it waited: then nothing has happened.
pub(crate) fn run(
    spare: Spare,
    library: Arc<Library>,
    tree: Tree,
    program: &Program,
    commits: &mut impl Commits,
) -> Result<Ended, Box<Tree>> {
    let begun = Instant::now();
    let mut world = World::new(library, tree).with_descriptors(program.limits.open_files);
    if program.detail >= Detail::Transcript {
        world.transcribe();
    }
    let mut watch = Watch {
        guest: spare.waiting.thread,
        printed: Printed::new(program.limits.output),
        limits: program.limits,
        begun,
        next_glance: begun + program.limits.processor_time,
        first_output: None,
        pauses: [None; STREAMS.len()],
        answering: Duration::ZERO,
        killed: None,
        end: None,
        lives: true,
        spare,
        world,
    };
    commits.begin(&watch.spare.bell);
    let order = Run { name: program.name.clone(), code: program.code.clone(), arguments: program.arguments.clone() };
    let failed = match watch.spare.begin(&encode(&order), program) {
        Ok(true) => watch.until_the_end(commits).err(),
        Ok(false) => return Err(Box::new(watch.world.end().0)),
        Err(error) => Some(error),
    };
    Ok(watch.finish(failed, program))
}

/// The number under which a stream is watched.
fn event(stream: Stream) -> usize {
    match stream {
        Stream::Output => OUTPUT,
        Stream::Errors => ERRORS,
    }
}

/// Why a guest was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killed {
    Time,
    ProcessorTime,
    Output,
    /// Our own failure.
    Failure,
}

struct Watch {
    spare: Spare,
    world: World,
    guest: Pid,
    printed: Printed,
    limits: Limits,
    begun: Instant,
    next_glance: Instant,
    first_output: Option<Duration>,
    /// Until when each stream is left alone.
    pauses: [Option<Instant>; STREAMS.len()],
    answering: Duration,
    killed: Option<(Killed, Instant)>,
    end: Option<End>,
    lives: bool,
}

impl Watch {
    /// Until the guest says that it ends, or is no more.
    fn until_the_end(&mut self, commits: &mut impl Commits) -> io::Result<()> {
        while self.lives {
            let ready = self.spare.events.wait(self.next_look())?;
            if ready[LISTENER].contains(EventFlags::IN) {
                match self.spare.listener.receive()? {
                    Some(call) if call.call == libc::SYS_exit_group => return self.hear_farewell(&call),
                    Some(call) => {
                        let guest = Process { listener: &self.spare.listener, process: &self.spare.guest.process };
                        let since = Instant::now();
                        self.world.answer(&guest, &call)?;
                        self.answering += since.elapsed();
                    }
                    None => {}
                }
            } else if !ready[LISTENER].is_empty() {
                self.spare.events.forget(self.spare.listener.as_fd())?;
            }
            for stream in STREAMS {
                if !ready[event(stream)].is_empty() {
                    self.listen_to(stream);
                }
            }
            if !ready[BELL].is_empty() {
                self.spare.bell.still();
                commits.fulfil(self.world.tree_mut());
            }
            if !ready[LIFE].is_empty() {
                self.lives = false;
                self.end = self.spare.guest.hear_end()?;
            }
            self.look_at_the_clocks()?;
        }
        Ok(())
    }

    /// Reads what was printed, and nothing more for a while: a program that prints line by line need not wake anybody for each.
    fn listen_to(&mut self, stream: Stream) {
        self.first_output.get_or_insert(self.begun.elapsed());
        match self.printed.read(self.spare.pipe(stream), stream) {
            Read::Some => self.pauses[stream as usize] = Some(Instant::now() + PAUSE),
            Read::End => {}
            Read::TooMuch => self.kill(Killed::Output),
        }
    }

    /// Listens again to what was left alone for long enough.
    fn end_pauses(&mut self, now: Instant) -> io::Result<()> {
        for stream in STREAMS {
            let pause = &mut self.pauses[stream as usize];
            if pause.take_if(|end| now >= *end).is_some() {
                self.spare.events.watch_again(event(stream), self.spare.pipe(stream).as_fd())?;
            }
        }
        Ok(())
    }

    /// The program ends by itself. The call gets no answer: its threads stop where they are, and are killed when
    /// somebody has heard the outcome.
    fn hear_farewell(&mut self, call: &Notification) -> io::Result<()> {
        let (exit_code, peak_memory) = farewell::heard(call);
        self.world.note(call, 0);
        // Before that it still has a clock.
        let processor_time = confine::guest::cpu_time(self.guest).unwrap_or_default();
        self.spare.guest.stop();
        self.end = Some(End { exit_code: Some(exit_code), signal: None, processor_time, peak_memory });
        Ok(())
    }

    fn next_look(&self) -> Instant {
        match self.killed {
            Some((_, at)) => at + FUNERAL,
            None => {
                let pauses = self.pauses.iter().flatten().copied();
                pauses.fold(self.next_glance.min(self.begun + self.limits.time), Instant::min)
            }
        }
    }

    fn look_at_the_clocks(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if let Some((_, at)) = self.killed {
            if now >= at + FUNERAL && self.lives {
                return Err(io::Error::other("a killed guest does not go"));
            }
            return Ok(());
        }
        self.end_pauses(now)?;
        if now >= self.begun + self.limits.time {
            self.kill(Killed::Time);
        } else if now >= self.next_glance {
            // A guest that has just ended has no clock; its end is about to be told.
            let used = confine::guest::cpu_time(self.guest).unwrap_or_default();
            match self.limits.processor_time.checked_sub(used) {
                Some(left) if !left.is_zero() => self.next_glance = now + left.max(GLANCE),
                _ => self.kill(Killed::ProcessorTime),
            }
        }
        Ok(())
    }

    fn kill(&mut self, why: Killed) {
        if self.killed.is_none() {
            self.killed = Some((why, Instant::now()));
        }
        self.spare.guest.kill();
    }

    /// Says what came of it. From here on nothing of the guest is heard any more.
    fn finish(mut self, failed: Option<io::Error>, program: &Program) -> Ended {
        if failed.is_some() {
            self.kill(Killed::Failure);
        }
        if let Some(api) = &program.api {
            // Whoever is at the other end waits for it, and the kernel closes the guest's own only when it has cleared away its
            // memory. What is no socket cannot be shut down, and is closed later.
            let _ = rustix::net::shutdown(api, Shutdown::Both);
        }
        let detail = program.detail;
        let time = self.begun.elapsed();
        for stream in STREAMS {
            if self.printed.drain(self.spare.pipe(stream), stream) == Read::TooMuch && self.killed.is_none() {
                self.killed = Some((Killed::Output, Instant::now()));
            }
        }
        let buried = if detail >= Detail::Account { self.spare.guest.bury() } else { None };
        let ending = self.ending(failed);
        let (calls, transcript) = self.world.calls();
        let (tree, denials) = self.world.end();
        let usage = Usage {
            time,
            // What was still on its way when the end was told came first no later than that.
            first_output: self.first_output.or((self.printed.total() > 0).then_some(time)),
            processor_time: self.end.map(|end| end.processor_time).unwrap_or_default(),
            peak_memory: buried.or(self.end).and_then(|end| end.peak_memory),
            calls,
            answering: self.answering,
            files: tree.usage().entries,
            bytes: tree.usage().bytes,
            ..Usage::default()
        };
        let Printed { output, errors, .. } = self.printed;
        let mut outcome = Outcome { ending, output, errors, denials, usage, transcript };
        // An exception that nobody caught says it best.
        let told = outcome.last_error().is_some_and(|error| error.starts_with("MemoryError"));
        if told && matches!(outcome.ending, Ending::Finished { exit_code: 1 }) {
            outcome.ending = Ending::OutOfMemory;
        }
        Ended { tree, outcome, remains: Remains(self.spare) }
    }

    fn ending(&self, failed: Option<io::Error>) -> Ending {
        if let Some(error) = failed {
            return Ending::NotStarted { why: error.to_string() };
        }
        let limits = self.limits;
        match (self.killed, self.end) {
            (Some((Killed::Output, _)), _) => Ending::OutOfOutput { limit: limits.output },
            (Some((Killed::Time, _)), _) => Ending::OutOfTime { limit: limits.time, of_processor: false },
            (Some((Killed::ProcessorTime, _)), _) => {
                Ending::OutOfTime { limit: limits.processor_time, of_processor: true }
            }
            (_, Some(End { exit_code: Some(exit_code), .. })) => Ending::Finished { exit_code },
            (_, Some(End { signal: Some(libc::SIGSYS), .. })) => Ending::Denied,
            (_, Some(End { signal: Some(libc::SIGKILL), processor_time, .. })) => {
                // Not by us: the kernel, at its own limits.
                if processor_time >= limits.processor_time {
                    Ending::OutOfTime { limit: limits.processor_time, of_processor: true }
                } else {
                    Ending::OutOfMemory
                }
            }
            (_, Some(End { signal: Some(signal), .. })) => Ending::Crashed { signal },
            _ => Ending::NotStarted { why: "the zygote died during the run".into() },
        }
    }
}
