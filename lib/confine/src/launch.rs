//! Starts a program with less power: what the launcher's child goes through between fork and exec.
//!
//! [`Launch`] is plain data; [`spawn`] does what it says, in the order of the steps of [`Step`], and reports the first step
//! that failed. Nothing is optional at run time: a step that fails means that the program does not start.
//!
//! The child runs no allocation, no lock and no destructor of the launcher: everything is prepared before the fork.

mod child;
mod prepared;
mod report;

use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::path::PathBuf;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource};

use crate::layer::Layers;
use crate::{Root, fork};
use prepared::Prepared;

pub use crate::mounting::Access;

/// Everything about a program that is to be started.
#[derive(Debug, Clone)]
pub struct Launch<'a> {
    /// The program, started with `execveat(fd, "", AT_EMPTY_PATH)` so that its root need not hold it. Not a `#!` script.
    pub program: BorrowedFd<'a>,
    /// Its arguments, `argv[0]` first. The environment is always empty.
    pub argv: Vec<String>,
    /// The descriptors it keeps; every other one is closed. 0, 1 and 2 must be among them.
    pub keep: Vec<Kept<'a>>,
    /// Ways into the control groups that bound it: files to which it writes `0` first of all. The right to do so comes with
    /// the descriptor.
    pub groups_entered: Vec<BorrowedFd<'a>>,
    /// Directory that becomes its root, bound read-only, `nosuid`, `nodev` and `noexec`. Mounts below it do not come along.
    pub root: PathBuf,
    /// What is bound into that root, in this order. The places must exist in `root`.
    pub mounts: Vec<Mount<'a>>,
    /// Its uid; 0 is refused.
    pub uid: u32,
    /// Its gid; 0 is refused.
    pub gid: u32,
    /// Its supplementary groups, and no others; 0 is refused.
    pub groups: Vec<u32>,
    /// Limits; each is only ever lowered.
    pub limits: Vec<Limit>,
    /// Whether it gets a PID namespace, in which it is process 1: then no signal has a default action for it, and when it
    /// ends, all its descendants do. Mount, IPC, UTS and network namespaces of its own it always gets.
    pub own_pids: bool,
}

/// A descriptor that the program keeps.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// The launcher's descriptor.
    pub source: BorrowedFd<'a>,
    /// Its number in the program.
    pub number: RawFd,
}

/// Something that is bound into the root of a program: a directory without what is mounted below it, or a single file such as
/// a socket.
#[derive(Debug, Clone)]
pub struct Mount<'a> {
    /// What is bound.
    pub source: Source<'a>,
    /// Where it stands in the root, an absolute path. No symbolic link on the way is followed.
    pub inside: PathBuf,
    /// What may be done there. Always `nosuid` and `nodev`.
    pub access: Access,
}

/// What is bound by a [`Mount`].
#[derive(Debug, Clone)]
pub enum Source<'a> {
    /// What stands at the same place in `root` itself; no link on the way is followed. This is how a directory that the
    /// program owns becomes writable.
    Own,
    /// A path as the launcher sees it. Links are followed, so no part of it may belong to a service.
    Path(PathBuf),
    /// An open descriptor (`O_PATH` is enough), for what could be renamed meanwhile.
    Descriptor(BorrowedFd<'a>),
}

/// An upper bound for a resource, see setrlimit(2). Soft and hard limit become the smaller of `at_most` and what the
/// launcher has itself: raising one would take a capability that nobody here has.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Which resource.
    pub resource: Resource,
    /// The bound.
    pub at_most: u64,
}

/// A program that was started: every step up to and including exec succeeded.
#[derive(Debug)]
pub struct Launched {
    /// Its process, as the launcher sees it. Valid until it was waited for.
    pub pid: Pid,
    /// The same process, for poll, pidfd_send_signal and waitid: never means another one.
    pub pidfd: OwnedFd,
}

/// A step of the child between fork and exec, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Start a session of its own, so that Ctrl-C at the terminal reaches only the launcher; reset signals.
    Session,
    /// Enter its control groups, before it can use up anything.
    ControlGroups,
    /// Move the kept descriptors to their numbers and close all others.
    Descriptors,
    /// Enter new mount, IPC, UTS and network namespaces.
    Namespaces,
    /// Make its root directory and leave the old one.
    Root,
    /// Bind the mount with this index into the root.
    Mount(usize),
    /// Lower the limit with this index.
    Limit(usize),
    /// Empty the capability bounding set. Before the uid: it takes CAP_SETPCAP.
    Bounding,
    /// Replace all supplementary groups.
    Groups,
    /// Set the gid three times.
    Gid,
    /// Set the uid three times; this also clears every capability set but the bounding one.
    Uid,
    /// Empty the capability sets in words, and look whether all five are.
    Capabilities,
    /// Give up what an exec could give back.
    NoNewPrivileges,
    /// Ask to be killed when the launcher dies. After the uid, whose change forgets it.
    DeathSignal,
    /// Run the program.
    Exec,
}

/// Why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The description cannot be followed; nothing was tried.
    #[error("{0}")]
    Refused(String),
    /// A source of a mount, or the root directory, cannot be bound.
    #[error("cannot bind {}: does it exist?", .path.display())]
    Source {
        /// The path, or the place in the root of a source that is a descriptor.
        path: PathBuf,
        /// The kernel's answer.
        source: std::io::Error,
    },
    /// There is no new process at all.
    #[error("cannot make a process; are there too many?")]
    Fork(#[source] std::io::Error),
    /// The child got as far as this step.
    #[error("{}", .step.advice())]
    Step {
        /// Which.
        step: Step,
        /// The kernel's answer.
        source: std::io::Error,
    },
}

impl Step {
    /// What failed and what an operator can do about it.
    fn advice(self) -> String {
        match self {
            Self::Session => "cannot start a session".into(),
            Self::ControlGroups => "cannot enter its cgroups; were they removed?".into(),
            Self::Descriptors => {
                "cannot keep the named descriptors; is the limit of open files (ulimit -n) too low?".into()
            }
            Self::Namespaces => {
                "cannot make mount, IPC, UTS and network namespaces; a container must allow unshare (CAP_SYS_ADMIN)"
                    .into()
            }
            Self::Root => "cannot change the root directory; a container must allow mount and pivot_root".into(),
            Self::Mount(index) => format!("cannot bind mount {index}; its place must exist in the root, without links"),
            Self::Limit(index) => format!("cannot lower limit {index}"),
            Self::Bounding => "cannot empty the capability bounding set; root needs CAP_SETPCAP".into(),
            Self::Groups => "cannot set the supplementary groups; root needs CAP_SETGID".into(),
            Self::Gid => "cannot set the gid; root needs CAP_SETGID".into(),
            Self::Uid => "cannot set the uid; root needs CAP_SETUID, and the user may have too many processes".into(),
            Self::Capabilities => "capabilities are left after they were dropped".into(),
            Self::NoNewPrivileges => "cannot set no_new_privs".into(),
            Self::DeathSignal => "cannot tie the program's life to the launcher's".into(),
            Self::Exec => "cannot run the program; it must be a static ELF file of this machine".into(),
        }
    }
}

/// Starts a program. Returns when it runs (or has died since), or with the first step that failed; then no process is left.
///
/// The program dies with the *thread* that started it (prctl(2), PR_SET_PDEATHSIG): a launcher starts everything from its
/// main thread.
pub fn spawn(root: &Root, launch: &Launch<'_>) -> Result<Launched, LaunchError> {
    spawn_with(root, launch, Layers::ALL)
}

pub(crate) fn spawn_with(_root: &Root, launch: &Launch<'_>, layers: Layers) -> Result<Launched, LaunchError> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| LaunchError::Fork(error.into()))?;
    let prepared = Prepared::new(launch, layers, &writer)?;
    drop(writer);
    start(prepared, launch.own_pids, &reader)
}

fn start(prepared: Prepared, own_pids: bool, reported: &OwnedFd) -> Result<Launched, LaunchError> {
    // SAFETY: the closure makes system calls on what `prepared` holds, and neither allocates, locks nor panics.
    let forked = unsafe {
        fork::fork(own_pids, || {
            let (step, error) = child::become_program(&prepared);
            report::write(&prepared.report, step, &error);
            1
        })
    };
    let (pid, pidfd) = forked.map_err(LaunchError::Fork)?;
    drop(prepared);
    match report::read(reported) {
        Ok(()) => Ok(Launched { pid, pidfd }),
        Err(error) => {
            fork::reap(&pidfd);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::process::Command;

    use rustix::io::fcntl_dupfd_cloexec;
    use rustix::process::{PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};

    use super::*;

    /// Far above the numbers that a program keeps.
    const HIGH: RawFd = 300;

    #[test]
    fn a_program_is_not_started_by_a_launcher_that_died_meanwhile() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let (program, null) =
            (File::open("/proc/self/exe").expect("this program"), File::open("/dev/null").expect("it"));
        let launch = Launch {
            program: program.as_fd(),
            argv: vec!["launched".into(), "--list".into()],
            keep: (0..3).map(|number| Kept { source: null.as_fd(), number }).collect(),
            groups_entered: vec![],
            root: root.path().to_owned(),
            mounts: vec![],
            uid: 62_097,
            gid: 62_097,
            groups: vec![],
            limits: vec![],
            own_pids: false,
        };
        let started_by = |launcher: OwnedFd| {
            let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
            let mut prepared = Prepared::new(&launch, Layers::ALL, &writer).expect("it can be prepared");
            prepared.launcher = fcntl_dupfd_cloexec(&launcher, HIGH).expect("a number");
            drop(writer);
            start(prepared, launch.own_pids, &reader)
        };
        let mut died = Command::new("true").spawn().expect("coreutils are installed");
        let launcher = pidfd_open(Pid::from_child(&died), PidfdFlags::empty()).expect("our child");
        died.wait().expect("it ends");
        let Err(LaunchError::Step { step: Step::DeathSignal, source }) = started_by(launcher) else {
            panic!("it started")
        };
        assert_eq!(source.raw_os_error(), Some(libc::ESRCH));

        let us = pidfd_open(rustix::process::getpid(), PidfdFlags::empty()).expect("ourselves");
        let started = started_by(us).expect("the control: its launcher lives").pidfd;
        waitid(WaitId::PidFd(started.as_fd()), WaitIdOptions::EXITED).expect("our child");
    }
}
