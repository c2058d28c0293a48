//! One guest as the kernel and its zygote know it: killed when nobody holds it any more, and followed to its grave.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use confine::guest::record;
use rustix::process::{Signal, pidfd_send_signal};
use zygote_api::{Life, decode};

use super::family::{Zygote, readable};
use super::ids::Id;
use super::mourning;

/// How long a killed guest may take to be gone.
pub(super) const FUNERAL: Duration = Duration::from_secs(5);

/// A guest's process. When this is dropped the guest is dead and reaped, and its id free.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) process: OwnedFd,
    /// Where its zygote tells its end.
    pub(super) life: OwnedFd,
    /// Kept as long as its child.
    pub(super) zygote: Arc<Zygote>,
    /// `None` only when it is left to those who wait longer.
    id: Option<Id>,
    gone: bool,
}

/// How a guest ended, as its zygote tells it.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) exit_code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) processor_time: Duration,
    /// In bytes; what it shares with its zygote counts.
    pub(super) peak_memory: Option<u64>,
}

impl Guest {
    pub(super) fn new(process: OwnedFd, life: OwnedFd, zygote: Arc<Zygote>, id: Id) -> Self {
        Self { process, life, zygote, id: Some(id), gone: false }
    }

    /// No thread of it does anything any more, and the kernel has nothing to clear away yet.
    pub(super) fn stop(&self) {
        // It may be dead already.
        let _ = pidfd_send_signal(&self.process, Signal::STOP);
    }

    pub(super) fn kill(&self) {
        // It may be dead already.
        let _ = pidfd_send_signal(&self.process, Signal::KILL);
    }

    /// Waits for the word of its end. `None` if its zygote has ended without one.
    pub(super) fn hear_end(&mut self) -> io::Result<Option<End>> {
        let word = record::receive(&self.life)?;
        // The zygote is process 1: without it nothing of its namespace lives on.
        self.gone = match word {
            Some(_) => true,
            None => readable(self.process.as_fd(), Instant::now() + FUNERAL)?,
        };
        match word.map(|(word, _)| decode(&word)) {
            None => Ok(None),
            Some(Ok(Life::Ended { exit_code, signal, cpu_micros, peak_memory })) => Ok(Some(End {
                exit_code,
                signal,
                processor_time: Duration::from_micros(cpu_micros),
                peak_memory: Some(peak_memory * 1024),
            })),
            Some(_) => Err(io::Error::other("the zygote is not understood")),
        }
    }

    /// Makes sure that nothing of it is left. What its zygote says of it, if that has not been heard before.
    pub(super) fn bury(&mut self) -> Option<End> {
        if self.gone {
            return None;
        }
        self.kill();
        match readable(self.life.as_fd(), Instant::now() + FUNERAL) {
            Ok(true) => self.hear_end().ok().flatten(),
            _ => None,
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.bury();
        let Some(id) = self.id.take_if(|_| !self.gone) else { return };
        tracing::error!("a killed guest does not go; nobody gets its id before");
        match (self.life.try_clone(), self.process.try_clone()) {
            (Ok(life), Ok(process)) => mourning::until_the_end(vec![life, process], id),
            _ => std::mem::forget(id),
        }
    }
}
