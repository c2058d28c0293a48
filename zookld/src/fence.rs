//! What bounds each service as a whole: control groups, where the host has any.

use std::fmt;
use std::os::fd::OwnedFd;

use cgroup::{Bounds, Group, GroupError, Groups, Hierarchy, Lack};
use manifest::Service;
use rustix::process::Pid;

use crate::jail::{Jail, JailError};

/// The part of what a sandbox may use that its guests get together, in quarters. The rest is left to their supervisor, so
/// that they cannot starve it.
const GUESTS_QUARTERS: u32 = 3;

/// The groups of this site. Dropping it ends what is left in them.
pub(crate) struct Fences(Result<Groups, Lack>);

/// The groups of one service.
pub(crate) struct Fence {
    /// With its guests, if it has any.
    whole: Group,
    /// Where its own process is, if not there.
    own: Option<Group>,
    guests: Option<Group>,
}

impl Fences {
    /// Takes the groups of a site, and ends whatever a launcher that was killed left in them.
    pub(crate) fn claim(jail: &Jail) -> Result<Self, JailError> {
        let (device, inode) = jail.identity()?;
        // Sites side by side have different directories, and this one is locked.
        let name = format!("zookws-{device:x}-{inode:x}");
        let hierarchy = Hierarchy::of_this_process().map_err(|source| JailError::Step {
            step: "find the cgroups of this process in",
            path: "/proc/self".into(),
            source,
        })?;
        Ok(Self(Groups::claim(hierarchy, &name)))
    }

    /// The group of a service, or `None` where there are no groups.
    pub(crate) fn around(&self, service: &Service) -> Result<Option<Fence>, GroupError> {
        let Ok(groups) = &self.0 else { return Ok(None) };
        let all = Bounds { memory: u64::from(service.limits.memory_mb) << 20, tasks: service.limits.processes };
        let whole = groups.make(service.name.as_str(), all)?;
        if service.userns.is_none() {
            return Ok(Some(Fence { whole, own: None, guests: None }));
        }
        let most = Bounds {
            memory: all.memory / 4 * u64::from(GUESTS_QUARTERS),
            tasks: (all.tasks * GUESTS_QUARTERS).div_ceil(4),
        };
        let (own, guests) = (whole.make("service", all)?, whole.make("guests", most)?);
        Ok(Some(Fence { whole, own: Some(own), guests: Some(guests) }))
    }
}

impl fmt::Display for Fences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(groups) => write!(out, "Each service is bounded as a whole by cgroups: {groups}"),
            Err(lack) => {
                write!(out, "Each process is bounded by rlimits alone, no service as a whole: {}", chain(lack))
            }
        }
    }
}

impl Fence {
    /// By which the service's process enters.
    pub(crate) fn entrances(&self) -> Result<Vec<OwnedFd>, GroupError> {
        self.own.as_ref().unwrap_or(&self.whole).entrances()
    }

    /// By which its guests enter; none if it has no guests.
    pub(crate) fn entrances_for_guests(&self) -> Result<Vec<OwnedFd>, GroupError> {
        self.guests.as_ref().map_or(Ok(Vec::new()), Group::entrances)
    }

    /// Whether the service's process is inside.
    pub(crate) fn holds(&self, process: Pid) -> std::io::Result<bool> {
        self.own.as_ref().unwrap_or(&self.whole).holds(process)
    }

    /// Ends all that is inside: a second wall behind the PID namespace, whose end is the end of everything in it.
    pub(crate) fn kill(&self) -> Result<(), GroupError> {
        self.whole.kill()
    }
}

/// What `--check` says, which tries nothing.
pub(crate) fn outlook() -> String {
    match Hierarchy::of_this_process() {
        Ok(Hierarchy::V2(_)) => "cgroup v2 here bounds each service as a whole".to_owned(),
        Ok(Hierarchy::V1 { .. }) => "cgroup v1 here bounds each service as a whole".to_owned(),
        Ok(Hierarchy::None(lack)) => format!("no service is bounded as a whole here, rlimits alone: {}", chain(&lack)),
        Err(why) => format!("no service is bounded as a whole here, rlimits alone: {why}"),
    }
}

fn chain(why: &dyn std::error::Error) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        text.push_str(": ");
        text.push_str(&why.to_string());
        source = why.source();
    }
    text
}
