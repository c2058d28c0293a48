//! Starts all services, watches over them, and ends them all: the launcher's life after its preparations.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use confine::Root;
use confine::signals::Signals;
use rustix::process::Pid;

use crate::announce::{self, Announcement};
use crate::ending;
use crate::fence::{Fence, Fences};
use crate::heart;
use crate::jail::{Jail, JailError};
use crate::journal::{self, Journal, Level};
use crate::plan::Plan;
use crate::process::StartError;
use crate::slot::{News, Slot};
use crate::wait::{self, Stir};

/// How long the dispatcher may take to answer the requests that it has; the others wait for it with their sockets open.
const DISPATCHER_MAY_TAKE: Duration = Duration::from_secs(3);
/// How long everything may take to end.
const ALL_MAY_TAKE: Duration = Duration::from_secs(5);

/// The services of a site and what it takes to start them again.
pub(crate) struct Supervisor {
    root: Root,
    signals: Signals,
    /// The dispatcher first.
    slots: Vec<Slot>,
    journal: Journal,
    next_beat: Instant,
}

/// How a site ended that had started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// As it should; a service that took too long was killed and is named in the log.
    InOrder,
    /// At once, because the operator asked twice.
    AtOnce,
}

/// Why a site did not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("{0} cannot be started")]
    Start(String, #[source] StartError),
    #[error("{0}; nothing was left running")]
    Failed(String),
    #[error("stopped before the site was up")]
    Interrupted,
    #[error("cannot open the log of zookld")]
    Log(#[source] io::Error),
    #[error("cannot announce the address")]
    Announce(#[source] io::Error),
    #[error("cannot wait for events")]
    Wait(#[from] io::Error),
    #[error(transparent)]
    Jail(#[from] JailError),
}

/// Something to decide about. The number is that of the slot.
enum Event {
    /// A signal asks to end.
    Asked,
    Ready(usize),
    Killed(usize, String),
    Ended(usize, Ended),
}

/// The end of a process.
struct Ended {
    pid: Pid,
    how: String,
    lived: Duration,
    last_line: String,
}

impl Supervisor {
    pub(crate) fn new(root: Root, signals: Signals, plans: Vec<Plan>, jail: &Jail) -> Result<Self, ServeError> {
        let journal = Journal::open(jail.walk("log".as_ref())?.path()).map_err(ServeError::Log)?;
        let slots = plans.into_iter().map(Slot::new).collect();
        Ok(Self { root, signals, slots, journal, next_beat: Instant::now() + heart::PERIOD })
    }

    /// Serves until a signal asks to end. Whatever goes wrong, nothing is left running.
    pub(crate) fn serve(mut self, jail: &Jail, fences: &Fences, address: SocketAddr) -> Result<Stopped, ServeError> {
        let served = self.open_watch_and_close(jail, fences, address);
        self.kill_all();
        served
    }

    fn open_watch_and_close(
        &mut self,
        jail: &Jail,
        fences: &Fences,
        address: SocketAddr,
    ) -> Result<Stopped, ServeError> {
        self.open()?;
        let announcement =
            Announcement::make(jail.walk("run".as_ref())?.path(), address).map_err(ServeError::Announce)?;
        announce::table(&self.slots, fences, address);
        self.journal.note(Level::Info, &format!("the site serves {address}"));
        self.watch()?;
        drop(announcement);
        self.close()
    }

    /// Starts everything; each service has to say that it is ready, and to look so from outside.
    fn open(&mut self) -> Result<(), ServeError> {
        for slot in &mut self.slots {
            slot.start(&self.root).map_err(|why| ServeError::Start(slot.name().to_owned(), why))?;
        }
        while !self.slots.iter().all(Slot::is_up) {
            for event in self.turn(self.next_beat)? {
                match event {
                    Event::Ready(slot) => self.note(slot, Level::Info, "is ready"),
                    Event::Asked => return Err(ServeError::Interrupted),
                    Event::Killed(slot, why) => return Err(self.failed(slot, &why)),
                    Event::Ended(slot, Ended { how, last_line, .. }) => {
                        let reason = if last_line.is_empty() { String::new() } else { format!(": {last_line}") };
                        return Err(self.failed(slot, &format!("{how} before it was ready{reason}")));
                    }
                }
            }
        }
        Ok(())
    }

    /// Starts again what ends, until a signal asks to end it all.
    fn watch(&mut self) -> Result<(), ServeError> {
        loop {
            let due = self.slots.iter().filter_map(|slot| slot.due).min();
            for event in self.turn(due.map_or(self.next_beat, |due| due.min(self.next_beat)))? {
                match event {
                    Event::Asked => return Ok(()),
                    Event::Ready(slot) => self.note(slot, Level::Info, "is ready again"),
                    Event::Killed(slot, why) => self.note(slot, Level::Warn, &format!("{why}; it was killed")),
                    Event::Ended(slot, ended) => {
                        let when = self.start_later(slot, ended.lived);
                        self.note_end(slot, &ended, Level::Warn, &when);
                    }
                }
            }
            self.start_what_is_due();
        }
    }

    /// Lets the dispatcher answer what it has been asked, then the others, then kills.
    fn close(&mut self) -> Result<Stopped, ServeError> {
        let begin = Instant::now();
        self.journal.note(Level::Info, "the site ends");
        for (slots, until) in [(0..1, begin + DISPATCHER_MAY_TAKE), (1..self.slots.len(), begin + ALL_MAY_TAKE)] {
            self.slots[slots.clone()].iter_mut().for_each(Slot::drain);
            while self.slots[slots.clone()].iter().any(|slot| slot.life.is_some()) {
                if Instant::now() >= until {
                    slots.clone().for_each(|slot| self.cut_off(slot));
                    break;
                }
                for event in self.turn(until)? {
                    match event {
                        Event::Asked => return Ok(Stopped::AtOnce),
                        Event::Ended(slot, ended) => self.note_end(slot, &ended, Level::Info, "the site ends"),
                        Event::Killed(slot, why) => self.note(slot, Level::Warn, &why),
                        Event::Ready(_) => {}
                    }
                }
            }
        }
        Ok(Stopped::InOrder)
    }

    /// Waits until something happens, at most until a moment, and deals with all that needs no decision.
    fn turn(&mut self, until: Instant) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        for stir in wait::for_any(&self.signals, &self.slots, until)? {
            match stir {
                Stir::Signal => {
                    while self.signals.next()?.is_some() {
                        events.push(Event::Asked);
                    }
                }
                Stir::Output(slot) => self.relay(slot),
                Stir::Line(slot) => events.extend(self.slots[slot].hear().map(|news| Event::of(slot, news))),
                Stir::End(slot) => events.extend(self.bury(slot)?.map(|ended| Event::Ended(slot, ended))),
            }
        }
        let now = Instant::now();
        if now >= self.next_beat {
            self.next_beat = now + heart::PERIOD;
            for (number, slot) in self.slots.iter_mut().enumerate() {
                events.extend(slot.beat(now).map(|news| Event::of(number, news)));
            }
        }
        Ok(events)
    }

    fn relay(&mut self, slot: usize) {
        let Slot { plan, life: Some(life), .. } = &mut self.slots[slot] else { return };
        for line in life.process.output.read(Instant::now()) {
            journal::relay(plan.service.name.as_str(), &line);
            life.last_line = line;
        }
    }

    /// Reaps a process that has ended, and shows its last words.
    fn bury(&mut self, slot: usize) -> io::Result<Option<Ended>> {
        let Some(life) = &self.slots[slot].life else { return Ok(None) };
        let Some(status) = life.process.reap()? else { return Ok(None) };
        let Some(mut life) = self.slots[slot].life.take() else { return Ok(None) };
        if let Some(Err(why)) = self.slots[slot].plan.fence.as_ref().map(Fence::kill) {
            let why = anyhow::Error::from(why);
            self.note(slot, Level::Warn, &format!("what it may have left behind is not ended: {why:#}"));
        }
        let now = Instant::now();
        for line in life.process.output.finish(now) {
            journal::relay(self.slots[slot].name(), &line);
            life.last_line = line;
        }
        let lived = now.duration_since(life.process.since);
        let how = ending::in_words(&status);
        Ok(Some(Ended { pid: life.process.pid, how, lived, last_line: life.last_line }))
    }

    /// Plans the next start of a service that has ended, and says when it will be.
    fn start_later(&mut self, slot: usize, lived: Duration) -> String {
        let now = Instant::now();
        let pause = self.slots[slot].backoff.ended(now, lived);
        self.slots[slot].due = Some(now + pause);
        if pause.is_zero() { "restarted at once".to_owned() } else { format!("starts again in {} s", pause.as_secs()) }
    }

    fn start_what_is_due(&mut self) {
        let now = Instant::now();
        for slot in 0..self.slots.len() {
            if self.slots[slot].due.is_none_or(|due| due > now) {
                continue;
            }
            if let Err(why) = self.slots[slot].start(&self.root) {
                let when = self.start_later(slot, Duration::ZERO);
                let why = anyhow::Error::from(why);
                self.note(slot, Level::Warn, &format!("cannot be started: {why:#}; {when}"));
            }
        }
    }

    fn cut_off(&mut self, slot: usize) {
        if self.slots[slot].life.is_some() {
            self.slots[slot].kill();
            self.note(slot, Level::Warn, "did not finish in time; it was killed");
        }
    }

    fn kill_all(&mut self) {
        self.slots.iter().for_each(Slot::kill);
        for slot in &mut self.slots {
            if let Some(life) = slot.life.take() {
                life.process.wait();
            }
        }
    }

    fn failed(&mut self, slot: usize, why: &str) -> ServeError {
        self.note(slot, Level::Info, why);
        ServeError::Failed(format!("{} {why}", self.slots[slot].name()))
    }

    fn note(&mut self, slot: usize, level: Level, what: &str) {
        let slot = &self.slots[slot];
        let pid = slot.life.as_ref().map(|life| life.process.pid);
        self.journal.about(level, slot.name(), pid, what);
    }

    fn note_end(&mut self, slot: usize, ended: &Ended, level: Level, then: &str) {
        let name = self.slots[slot].name();
        self.journal.about(level, name, Some(ended.pid), &format!("{}; {then}", ended.how));
    }
}

impl Event {
    fn of(slot: usize, news: News) -> Self {
        match news {
            News::Ready => Self::Ready(slot),
            News::Killed(why) => Self::Killed(slot, why),
        }
    }
}
