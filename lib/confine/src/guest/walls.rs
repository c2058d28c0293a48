//! The walls around one guest, put up by the guest itself before a stranger's code is near. In this order, because each step
//! needs what a later one takes away.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope,
};
use rustix::process::{Gid, Resource, Rlimit, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::filter::FIRST_VIRTUAL;
use crate::filter::Program;

/// What differs from guest to guest.
#[derive(Debug, Clone, Copy)]
pub struct Walls {
    /// Its uid and gid, inside the user namespace. Nobody else has it while the guest lives. `None` in a namespace with one
    /// id: then it keeps that, with no capability, and is the only guest there.
    pub id: Option<u32>,
    /// Address space in bytes, the zygote's own included.
    pub address_space: u64,
    /// Processor time in whole seconds: the backstop for a supervisor that is gone.
    pub cpu_seconds: u64,
    /// Threads, the first included.
    pub threads: u64,
}

/// One wall. Each is tested alone: it must hold an attack that all others let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wall {
    /// An empty root directory.
    Root,
    /// No descriptors but its own.
    Descriptors,
    Limits,
    /// A uid and gid of its own, no groups, no capabilities.
    Identity,
    NoNewPrivileges,
    Landlock,
    /// The filter of system calls.
    Calls,
}

/// Which walls are put up: all of them, always. Attack tests leave some out; the function that does so does not exist outside
/// this crate's own test program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    left_out: u8,
}

impl Standing {
    const ALL: Self = Self { left_out: 0 };

    #[cfg(test)]
    pub(crate) fn dangerously_left_out_for_an_attack_test(walls: &[Wall]) -> Self {
        Self { left_out: walls.iter().fold(0, |bits, wall| bits | 1 << *wall as u8) }
    }

    fn has(self, wall: Wall) -> bool {
        self.left_out & 1 << wall as u8 == 0
    }
}

/// The step that failed.
#[derive(Debug, thiserror::Error)]
#[error("the guest's walls: cannot {step}")]
pub struct WallError {
    /// What was tried.
    pub step: &'static str,
    /// The kernel's answer.
    #[source]
    pub source: io::Error,
}

/// Puts up the walls. The guest keeps the descriptors 0, 1 and 2 and the one returned, which is its filter's listener: the
/// supervisor has to take it away before a stranger's code runs.
pub fn put_up(walls: &Walls, filter: &Program, empty: &str) -> Result<OwnedFd, WallError> {
    let listener = put_up_with(walls, filter, empty, Standing::ALL)?;
    listener.ok_or(WallError { step: "have a listener", source: io::ErrorKind::NotFound.into() })
}

/// The same; the listener is there if the filter is.
pub(crate) fn put_up_with(
    walls: &Walls,
    filter: &Program,
    empty: &str,
    standing: Standing,
) -> Result<Option<OwnedFd>, WallError> {
    let step = |step: &'static str| move |error: rustix::io::Errno| WallError { step, source: error.into() };
    if standing.has(Wall::Root) {
        rustix::process::chroot(empty).map_err(step("enter the empty root"))?;
        rustix::process::chdir("/").map_err(step("enter the empty root"))?;
    }
    if standing.has(Wall::Descriptors) {
        close_from(3).map_err(|source| WallError { step: "close what is not its own", source })?;
    }
    if standing.has(Wall::Limits) {
        limits(walls).map_err(step("set limits"))?;
    }
    if standing.has(Wall::Identity) {
        identity(walls.id)?;
    }
    if standing.has(Wall::NoNewPrivileges) {
        rustix::thread::set_no_new_privs(true).map_err(step("give up new privileges"))?;
    }
    if standing.has(Wall::Landlock) {
        landlock(standing).map_err(|source| WallError { step: "enter a Landlock domain", source })?;
    }
    if !standing.has(Wall::Calls) {
        return Ok(None);
    }
    filter.install_notifying().map(Some).map_err(|source| WallError { step: "install its filter", source })
}

fn identity(id: Option<u32>) -> Result<(), WallError> {
    let step = |step: &'static str| move |error: rustix::io::Errno| WallError { step, source: error.into() };
    let Some(id) = id else {
        let none = CapabilitySet::empty();
        let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
        return rustix::thread::set_capabilities(None, sets).map_err(step("give up its capabilities"));
    };
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    rustix::thread::set_thread_groups(&[]).map_err(step("leave all groups"))?;
    rustix::thread::set_thread_res_gid(gid, gid, gid).map_err(step("change its gid"))?;
    // Takes all capabilities along.
    rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(step("change its uid"))
}

fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: in this process, the child of a fork, no value that owns a descriptor is used or dropped any more.
    if unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn limits(walls: &Walls) -> Result<(), rustix::io::Errno> {
    let all = [
        (Resource::As, walls.address_space),
        (Resource::Cpu, walls.cpu_seconds),
        (Resource::Nproc, walls.threads),
        // The kernel's descriptors; those of the virtual file system are counted by the supervisor.
        (Resource::Nofile, u64::from(FIRST_VIRTUAL)),
        // It has no file of the kernel's to write; pipes do not count.
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Sigpending, 64),
    ];
    for (resource, most) in all {
        let most = rustix::process::getrlimit(resource).maximum.map_or(most, |own| own.min(most));
        rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// A domain without a single right: no file, no TCP, no signal and no abstract socket beyond it. All of it or no guest.
fn landlock(standing: Standing) -> io::Result<()> {
    let all = ABI::V6;
    let restricted = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(all))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(all)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(all)))
        .and_then(Ruleset::create)
        .and_then(|ruleset| ruleset.no_new_privs(standing.has(Wall::NoNewPrivileges)).restrict_self())
        .map_err(|why| io::Error::other(format!("it takes Linux 6.12 or newer: {why}")))?;
    if restricted.ruleset != RulesetStatus::FullyEnforced {
        return Err(io::Error::other("this kernel does not enforce all of it"));
    }
    Ok(())
}

/// The three descriptors that every program expects.
#[derive(Debug, Clone, Copy)]
pub enum Standard {
    Input = 0,
    Output = 1,
    Error = 2,
}

/// Puts a copy of `descriptor` in the place of a standard one.
pub fn replace_standard(descriptor: BorrowedFd<'_>, standard: Standard) -> io::Result<()> {
    // SAFETY: the standard descriptors are owned by nobody: the standard library only ever borrows their numbers.
    if unsafe { libc::dup2(descriptor.as_raw_fd(), standard as i32) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
