//! One service through all its lives.

use std::time::{Duration, Instant};

use confine::Root;
use control::{Report, Word};

use crate::backoff::Backoff;
use crate::heart::{Heart, Silent};
use crate::look;
use crate::plan::Plan;
use crate::process::{Heard, Process, StartError};

/// Longest time from start to readiness: the sandbox warms a Python first, perhaps on a busy machine.
const START: Duration = Duration::from_secs(30);
/// Longest reason of a service that is repeated, in characters.
const MAX_REASON: usize = 500;

/// A service, running or not.
pub(crate) struct Slot {
    pub(crate) plan: Plan,
    pub(crate) life: Option<Life>,
    /// When to start it again.
    pub(crate) due: Option<Instant>,
    pub(crate) backoff: Backoff,
}

/// One life of a service.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) process: Process,
    pub(crate) phase: Phase,
    /// The last line it printed: often the reason of its end.
    pub(crate) last_line: String,
}

/// How far a life is.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Has to say that it is ready before this moment.
    Starting { until: Instant },
    /// Proved its confinement, was looked at, and serves.
    Up(Heart),
    /// Was asked to finish, or was killed.
    Ending,
}

/// What the launcher learns from a service.
pub(crate) enum News {
    /// It serves.
    Ready,
    /// It must not go on, and was killed: the reason.
    Killed(String),
}

impl Slot {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { plan, life: None, due: None, backoff: Backoff::default() }
    }

    pub(crate) fn name(&self) -> &str {
        self.plan.service.name.as_str()
    }

    /// Begins a life.
    pub(crate) fn start(&mut self, root: &Root) -> Result<(), StartError> {
        self.due = None;
        let process = Process::start(root, &self.plan)?;
        let phase = Phase::Starting { until: process.since + START };
        self.life = Some(Life { process, phase, last_line: String::new() });
        Ok(())
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(&self.life, Some(Life { phase: Phase::Up(_), .. }))
    }

    /// Takes one report of the service.
    pub(crate) fn hear(&mut self) -> Option<News> {
        let life = self.life.as_mut()?;
        let report = match life.process.hear() {
            Heard::Report(report) => report,
            Heard::Nonsense => return life.killed("said something that no service says"),
            Heard::Nothing | Heard::End => return None,
        };
        match (report, &mut life.phase) {
            (Report::Ready, Phase::Starting { .. }) => match look::at(life.process.pid, &self.plan) {
                Ok(()) => {
                    life.phase = Phase::Up(Heart::default());
                    Some(News::Ready)
                }
                Err(why) => life.killed(&format!("is not confined as zook.conf says: {why}")),
            },
            (Report::Failed { why }, Phase::Starting { .. }) => {
                let why: String = why.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
                life.killed(&format!("cannot start: {why}"))
            }
            (Report::Alive { beat }, Phase::Up(heart)) => {
                if heart.answer(beat) {
                    None
                } else {
                    life.killed("answered a heartbeat that was not sent")
                }
            }
            // A beat that was sent before the end was asked for.
            (_, Phase::Ending) => None,
            _ => life.killed("said something that it was not asked for"),
        }
    }

    /// Sends a heartbeat, and ends a life that answers none, or that took too long to begin.
    pub(crate) fn beat(&mut self, now: Instant) -> Option<News> {
        let life = self.life.as_mut()?;
        match &mut life.phase {
            Phase::Starting { until } if now >= *until => {
                life.killed(&format!("was not ready after {} s", START.as_secs()))
            }
            Phase::Up(heart) => match heart.beat() {
                Ok(beat) => {
                    life.process.tell(&Word::Beat { beat });
                    None
                }
                Err(Silent) => life.killed("hangs or was stopped: it answers no heartbeat"),
            },
            Phase::Starting { .. } | Phase::Ending => None,
        }
    }

    /// Ends it now.
    pub(crate) fn kill(&self) {
        if let Some(life) = &self.life {
            life.process.kill();
        }
    }

    /// Asks for an orderly end; one that has only begun to live is simply killed.
    pub(crate) fn drain(&mut self) {
        self.due = None;
        if let Some(life) = &mut self.life {
            match life.phase {
                Phase::Up(_) => life.process.tell(&Word::Drain),
                Phase::Starting { .. } => life.process.kill(),
                Phase::Ending => {}
            }
            life.phase = Phase::Ending;
        }
    }
}

impl Life {
    fn killed(&mut self, why: &str) -> Option<News> {
        self.process.kill();
        self.phase = Phase::Ending;
        Some(News::Killed(why.to_owned()))
    }
}
