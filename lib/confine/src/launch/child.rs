//! What the child does between fork and exec. No allocation, no lock, no destructor of the launcher; see [`crate::fork`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::Mode;
use rustix::process::{Signal, getpid, set_parent_process_death_signal, setrlimit, setsid, umask};
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Step;
use super::prepared::{ITSELF, NO_ENVIRONMENT, Prepared};
use crate::{Layer, fork, mounting};

/// Capabilities are numbered from 0; the kernel knows fewer than this.
const MAX_CAPABILITY: u32 = 63;

/// Goes through the steps and becomes the program. Returns only the step that failed.
pub(super) fn become_program(prepared: &Prepared) -> (Step, io::Error) {
    let mut step = Step::Session;
    match steps(prepared, &mut step) {
        Ok(()) => (Step::Exec, exec(prepared)),
        Err(error) => (step, error),
    }
}

fn steps(prepared: &Prepared, step: &mut Step) -> io::Result<()> {
    let has = |layer| prepared.layers.has(layer);

    setsid()?;
    fork::default_signals();
    umask(Mode::RWXG | Mode::RWXO);

    *step = Step::ControlGroups;
    for entrance in &prepared.entrances {
        rustix::io::write(entrance, b"0")?;
    }

    *step = Step::Descriptors;
    keep_descriptors(prepared)?;

    *step = Step::Namespaces;
    let mut namespaces = UnshareFlags::NEWNS;
    namespaces.set(UnshareFlags::NEWIPC | UnshareFlags::NEWUTS, has(Layer::Namespaces));
    namespaces.set(UnshareFlags::NEWNET, has(Layer::Network));
    // SAFETY: none of these flags makes this process share or stop sharing descriptors or its working directory.
    unsafe { rustix::thread::unshare_unsafe(namespaces)? };

    if has(Layer::Root) {
        *step = Step::Root;
        mounting::enter(prepared.root.as_fd(), &prepared.root_path, &prepared.mounts, |index| {
            *step = if index < prepared.mounts.len() { Step::Mount(index) } else { Step::Root };
        })?;
    }

    for (index, (resource, limit)) in prepared.limits.iter().enumerate() {
        *step = Step::Limit(index);
        setrlimit(*resource, *limit)?;
    }

    if has(Layer::Capabilities) {
        *step = Step::Bounding;
        empty_bounding_set()?;
    }
    if has(Layer::Identity) {
        *step = Step::Groups;
        set_thread_groups(&prepared.groups)?;
        *step = Step::Gid;
        set_thread_res_gid(prepared.gid, prepared.gid, prepared.gid)?;
        *step = Step::Uid;
        set_thread_res_uid(prepared.uid, prepared.uid, prepared.uid)?;
    }
    if has(Layer::Capabilities) {
        *step = Step::Capabilities;
        empty_capability_sets()?;
    }
    if has(Layer::NoNewPrivileges) {
        *step = Step::NoNewPrivileges;
        rustix::thread::set_no_new_privs(true)?;
    }

    *step = Step::DeathSignal;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // The launcher may have died just before. getppid would not show it in a PID namespace of our own; its pidfd does.
    let mut launcher = [PollFd::new(&prepared.launcher, PollFlags::IN)];
    if poll(&mut launcher, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? > 0 {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    Ok(())
}

/// Every number below our own descriptors is either one that was named or closed; ours close at exec.
fn keep_descriptors(prepared: &Prepared) -> io::Result<()> {
    let mut next = 0;
    for (copy, number) in &prepared.keep {
        // SAFETY: nobody in this process owns `number`: the launcher's owners of it do not run here.
        if unsafe { libc::dup3(copy.as_raw_fd(), *number, 0) } < 0 {
            return Err(io::Error::last_os_error());
        }
        if prepared.layers.has(Layer::Descriptors) {
            close_between(next, *number, 0)?;
        }
        next = number + 1;
    }
    if prepared.layers.has(Layer::Descriptors) {
        close_between(next, RawFd::MAX, libc::CLOSE_RANGE_CLOEXEC)?;
    }
    Ok(())
}

/// Closes all descriptors from `first` up to, not including, `end`: at once, or at exec.
fn close_between(first: RawFd, end: RawFd, flags: libc::c_uint) -> io::Result<()> {
    if first >= end {
        return Ok(());
    }
    // SAFETY: takes numbers only. What it closes has no owner that runs in this process.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, end - 1, flags) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// After this no exec and no set-user-ID file can ever give a capability, not even to root.
fn empty_bounding_set() -> io::Result<()> {
    for capability in (0..=MAX_CAPABILITY).map(|number| CapabilitySet::from_bits_retain(1 << number)) {
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            Ok(()) => {}
            Err(rustix::io::Errno::INVAL) => break, // beyond the last that this kernel knows
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn empty_capability_sets() -> io::Result<()> {
    rustix::thread::clear_ambient_capability_set()?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(Some(getpid()), none)?;
    if rustix::thread::capabilities(Some(getpid()))? != none {
        return Err(io::Error::from_raw_os_error(libc::EPERM));
    }
    for capability in (0..=MAX_CAPABILITY).map(|number| CapabilitySet::from_bits_retain(1 << number)) {
        if rustix::thread::capability_is_in_bounding_set(capability) == Ok(true) {
            return Err(io::Error::from_raw_os_error(libc::EPERM));
        }
    }
    Ok(())
}

/// Returns only why it failed.
fn exec(prepared: &Prepared) -> io::Error {
    // SAFETY: path and both arrays are terminated and outlive the call, which either never returns or changes nothing.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            prepared.program.as_raw_fd(),
            ITSELF.as_ptr(),
            prepared.arguments.as_ptr(),
            NO_ENVIRONMENT.as_ptr(),
            libc::AT_EMPTY_PATH,
        )
    };
    io::Error::last_os_error()
}
