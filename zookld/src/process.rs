//! One running process, and the line to it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::time::Instant;

use cgroup::GroupError;
use confine::Root;
use confine::launch::{self, Kept, Launch, LaunchError, Limit, Mount, Source, Step};
use control::{Report, Word};
use manifest::Limits;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource, Signal, WaitId, WaitIdOptions, WaitIdStatus};

use crate::fence::Fence;
use crate::output::Output;
use crate::plan::Plan;

/// The number of the line to the launcher; `argv[1]`, as in the lab.
const LINE: i32 = 3;
/// Longest report, in bytes: the reason of a failure is cut to fit by whoever is asked for it.
const MAX_REPORT: usize = 4 * 1024;

/// A process that runs, or has run and waits to be reaped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: Pid,
    pub(crate) output: Output,
    pub(crate) since: Instant,
    pidfd: OwnedFd,
    line: Option<OwnedFd>,
}

/// What came over the line.
pub(crate) enum Heard {
    /// Nothing yet.
    Nothing,
    /// One of the few words.
    Report(Report),
    /// Something else. Whoever says it is no longer the program that we started.
    Nonsense,
    /// The other end is closed: the process ends, or does not want to talk.
    End,
}

/// Why a process was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("cannot make its descriptors; is the limit of open files (ulimit -n) too low?")]
    Descriptors(#[from] Errno),
    #[error("cannot bind {} into its root; is that place still there?", .0.display())]
    Bind(PathBuf, #[source] io::Error),
    #[error(transparent)]
    Fence(#[from] GroupError),
    #[error(transparent)]
    Launch(#[from] LaunchError),
}

impl StartError {
    fn of(why: LaunchError, plan: &Plan) -> Self {
        match why {
            LaunchError::Step { step: Step::Mount(number), source } if number < plan.binds.len() => {
                Self::Bind(plan.binds[number].inside.clone(), source)
            }
            why => Self::Launch(why),
        }
    }
}

impl Process {
    /// Starts what is planned and gives it its orders.
    pub(crate) fn start(root: &Root, plan: &Plan) -> Result<Self, StartError> {
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        let (output, printed) = pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&output, OFlags::NONBLOCK)?;
        let flags = SocketFlags::CLOEXEC;
        let (line, theirs) = rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        // Waits in the socket until the program reads it.
        rustix::net::send(&line, &plan.orders, SendFlags::NOSIGNAL)?;

        let streams = [(&null, 0), (&printed, 1), (&printed, 2), (&theirs, LINE)];
        let passed = plan.passed.iter().map(|(fd, number)| (fd, *number));
        let keep = streams.into_iter().chain(passed).map(|(fd, number)| Kept { source: fd.as_fd(), number });
        let service = &plan.service;
        let mut argv = vec![service.program.to_string(), LINE.to_string()];
        argv.extend_from_slice(&service.args);
        let entrances = plan.fence.as_ref().map_or(Ok(Vec::new()), Fence::entrances)?;
        let mounts = plan.binds.iter().map(|bind| Mount {
            source: Source::Descriptor(bind.source.as_fd()),
            inside: bind.inside.clone(),
            access: bind.access,
        });
        let launched = launch::spawn(
            root,
            &Launch {
                program: plan.program.as_fd(),
                argv,
                keep: keep.collect(),
                groups_entered: entrances.iter().map(AsFd::as_fd).collect(),
                root: plan.root.path().to_owned(),
                mounts: mounts.collect(),
                uid: service.uid.as_raw(),
                gid: service.gid.as_raw(),
                groups: service.extra_gids.iter().map(|gid| gid.as_raw()).collect(),
                limits: limits(&service.limits),
                // Whatever a service starts ends with it.
                own_pids: true,
            },
        );
        let launched = launched.map_err(|why| StartError::of(why, plan))?;
        let since = Instant::now();
        let output = Output::new(output, since);
        Ok(Self { pid: launched.pid, output, since, pidfd: launched.pidfd, line: Some(line) })
    }

    /// Says a word. One that cannot be said to a process that is gone, or that does not listen, is dropped: the missing
    /// answer tells.
    pub(crate) fn tell(&self, word: &Word) {
        if let (Some(line), Ok(record)) = (&self.line, control::encode(word)) {
            let _ = rustix::net::send(line, &record, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        }
    }

    /// Takes one report. Descriptors that come with it are closed by the kernel, since nobody makes room for them.
    pub(crate) fn hear(&mut self) -> Heard {
        let Some(line) = &self.line else { return Heard::Nothing };
        let mut record = [0; MAX_REPORT];
        match rustix::net::recv(line, &mut record, RecvFlags::DONTWAIT | RecvFlags::TRUNC) {
            Err(Errno::AGAIN | Errno::INTR) => Heard::Nothing,
            Ok((_, 0)) | Err(_) => {
                self.line = None;
                Heard::End
            }
            Ok((_, length)) if length > record.len() => Heard::Nonsense,
            Ok((_, length)) => control::decode(&record[..length]).map_or(Heard::Nonsense, Heard::Report),
        }
    }

    /// The line, as long as the other end is open.
    pub(crate) fn line(&self) -> Option<BorrowedFd<'_>> {
        self.line.as_ref().map(AsFd::as_fd)
    }

    /// Readable when the process has ended.
    pub(crate) fn end(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Ends it now. The descriptor never means another process, even if its number is given away.
    pub(crate) fn kill(&self) {
        // The only error is that it has ended already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// How it ended, if it has.
    pub(crate) fn reap(&self) -> io::Result<Option<WaitIdStatus>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        Ok(rustix::process::waitid(WaitId::PidFd(self.pidfd.as_fd()), options)?)
    }

    /// Waits for its end, which must have been asked for.
    pub(crate) fn wait(&self) {
        let wait = || rustix::process::waitid(WaitId::PidFd(self.pidfd.as_fd()), WaitIdOptions::EXITED);
        // The only other error is that it was reaped before.
        let _ = rustix::io::retry_on_intr(wait);
    }
}

fn limits(limits: &Limits) -> Vec<Limit> {
    let limit = |resource, at_most: u64| Limit { resource, at_most };
    vec![
        limit(Resource::Data, u64::from(limits.memory_mb) * 1024 * 1024),
        limit(Resource::Nofile, u64::from(limits.files)),
        limit(Resource::Nproc, u64::from(limits.processes)),
        // A core file would hold passwords and tokens.
        limit(Resource::Core, 0),
    ]
}
