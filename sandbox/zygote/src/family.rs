//! Births and deaths: one loop over the supervisor's orders and the children's ends.

use std::os::fd::{AsFd, OwnedFd};

use anyhow::Context;
use confine::guest::{Forked, record};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags};
use zygote_api::{Birth, Life, Settings, decode, encode};

use crate::guest::{self, Heritage};
use crate::python::Python;

/// A zygote and its living children.
pub(crate) struct Family {
    control: OwnedFd,
    heritage: Heritage,
    children: Vec<Child>,
}

struct Child {
    pid: Pid,
    process: OwnedFd,
    /// Where its life is told.
    told: OwnedFd,
}

impl Family {
    /// A family without children. Call it when the interpreter has its final size.
    pub(crate) fn new(control: OwnedFd, python: Python) -> anyhow::Result<Self> {
        Ok(Self { control, heritage: Heritage::new(python)?, children: Vec::new() })
    }

    /// Until the supervisor is gone.
    pub(crate) fn serve(mut self) -> anyhow::Result<()> {
        loop {
            let mut watched = vec![PollFd::new(&self.control, PollFlags::IN)];
            watched.extend(self.children.iter().map(|child| PollFd::new(&child.process, PollFlags::IN)));
            match rustix::event::poll(&mut watched, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).context("cannot wait"),
            }
            let ordered = !watched[0].revents().is_empty();
            let ended: Vec<bool> = watched[1..].iter().map(|child| !child.revents().is_empty()).collect();
            drop(watched);
            self.bury(&ended);
            if ordered && !self.bear()? {
                return Ok(());
            }
        }
    }

    /// Reaps the children that have ended and tells how.
    fn bury(&mut self, ended: &[bool]) {
        let mut ended = ended.iter();
        self.children.retain(|child| {
            if !ended.next().is_some_and(|ended| *ended) {
                return true;
            }
            match confine::guest::reap(child.pid) {
                Ok(None) => true,
                Ok(Some(end)) => {
                    let life = Life::Ended {
                        exit_code: end.how.ok(),
                        signal: end.how.err(),
                        cpu_micros: u64::try_from(end.cpu.as_micros()).unwrap_or(u64::MAX),
                        peak_memory: end.peak_memory,
                    };
                    // A supervisor that does not listen has given this child up.
                    let _ = record::send(&child.told, &encode(&life), &[]);
                    false
                }
                Err(_) => false,
            }
        });
    }

    /// Takes one order. `false` at the end of the supervisor.
    fn bear(&mut self) -> anyhow::Result<bool> {
        let Some((order, descriptors)) = record::receive(&self.control)? else {
            return Ok(false);
        };
        let birth: Birth = decode(&order).context("an order is not understood")?;
        let [output, errors, told] =
            <[OwnedFd; 3]>::try_from(descriptors).map_err(|_| anyhow::anyhow!("an order came without descriptors"))?;
        match self.heritage.python.fork() {
            Ok(Forked::Child) => guest::live(&mut self.heritage, &birth, output.as_fd(), errors.as_fd()),
            Ok(Forked::Parent(pid)) => {
                let process = rustix::process::pidfd_open(pid, PidfdFlags::empty()).context("cannot name a child")?;
                let _ = record::send(&told, &encode(&Life::Born), &[process.as_fd()]);
                self.children.push(Child { pid, process, told });
            }
            Err(why) => {
                let _ = record::send(&told, &encode(&Life::NotBorn { why: why.to_string() }), &[]);
            }
        }
        Ok(true)
    }
}

/// Waits for the settings.
pub(crate) fn settings(control: &OwnedFd) -> anyhow::Result<Settings> {
    let (settings, _) = record::receive(control)?.context("the supervisor is gone")?;
    decode(&settings).context("the settings are not understood")
}
