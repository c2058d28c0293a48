//! The process that starts zygotes: inside the guests' user namespace, outside everything of the supervisor's.
//!
//! It is forked before the supervisor locks itself down, because it mounts, and because the supervisor's filter must not
//! hold for guests. It builds the guests' root once, then waits for orders: one record with one descriptor is one zygote,
//! which gets that descriptor as its number 3 and a new PID namespace. It reads nothing that a guest wrote.

mod house;
mod interpreter;

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Gid, PidfdFlags, Signal, Uid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

use super::process::{Forked, fork};
use super::record;
use crate::slice;
use house::{Failed, at};

pub use house::{EMPTY, House, ZYGOTE};
pub use interpreter::Interpreter;

/// The descriptor of the line in the nursery, and of its own line in a zygote.
const LINE: i32 = 3;

/// What the nursery and all its descendants have of their own, beside the user namespace. Each zygote gets a PID namespace, too.
pub(super) const OWN: UnshareFlags = UnshareFlags::NEWNS
    .union(UnshareFlags::NEWNET)
    .union(UnshareFlags::NEWIPC)
    .union(UnshareFlags::NEWUTS)
    .union(UnshareFlags::NEWCGROUP);

/// The line to the nursery.
#[derive(Debug)]
pub struct Nursery {
    line: OwnedFd,
    process: OwnedFd,
}

/// The nursery's end, for a thread that waits for it.
#[derive(Debug)]
pub struct End(OwnedFd);

impl End {
    /// Returns when the nursery is gone.
    pub fn wait(&self) {
        let mut watched = [PollFd::new(&self.0, PollFlags::IN)];
        while let Err(rustix::io::Errno::INTR) = poll(&mut watched, None) {}
    }
}

/// Why there is no nursery, or no zygote.
#[derive(Debug, thiserror::Error)]
pub enum NurseryError {
    /// The house could not be built.
    #[error("the guests' root cannot be built: {0}")]
    House(String),
    /// The nursery is gone.
    #[error("the process that starts zygotes does not answer")]
    Gone(#[source] io::Error),
    /// It could not start one.
    #[error("no zygote could be started: {0}")]
    Zygote(String),
}

impl Nursery {
    /// Forks the nursery into the user namespace and waits until the house is built. The caller must have one thread only.
    /// It, and the threads that it makes from then on, go before guests where both want the same processor core.
    pub fn open(namespace: BorrowedFd<'_>, house: &House) -> Result<Self, NurseryError> {
        Self::open_in(namespace, house, Company::Many)
    }

    /// The same in a namespace with one id, whose owner could not leave his groups.
    pub fn open_alone(namespace: BorrowedFd<'_>, house: &House) -> Result<Self, NurseryError> {
        Self::open_in(namespace, house, Company::Alone)
    }

    fn open_in(namespace: BorrowedFd<'_>, house: &House, company: Company) -> Result<Self, NurseryError> {
        let (ours, theirs) = record::pair().map_err(NurseryError::Gone)?;
        // SAFETY: the caller has one thread only; see this function's contract.
        match unsafe { fork() }.map_err(NurseryError::Gone)? {
            Forked::Child => {
                // For speed alone.
                let _ = slice::set(slice::GUEST);
                let built = enter(namespace, house, company);
                let answer = built.as_ref().err().map(ToString::to_string).unwrap_or_default();
                if let (Ok(line), Ok(())) = (say(&theirs, &answer, &[]).and_then(|()| keep_only(theirs)), built) {
                    serve(&line);
                }
                // SAFETY: ends the process without running what the supervisor left to be run at its own exit.
                unsafe { libc::_exit(1) }
            }
            Forked::Parent(pid) => {
                drop(theirs);
                let _ = slice::set(slice::ANSWERING);
                let process = rustix::process::pidfd_open(pid, PidfdFlags::empty())
                    .map_err(|error| NurseryError::Gone(error.into()))?;
                let nursery = Self { line: ours, process };
                match nursery.hear()? {
                    (text, _) if text.is_empty() => Ok(nursery),
                    (text, _) => Err(NurseryError::House(text)),
                }
            }
        }
    }

    /// Starts a zygote, which gets `control` as its descriptor 3. Returns a descriptor of its process.
    pub fn start_zygote(&self, control: BorrowedFd<'_>, interpreter: Interpreter<'_>) -> Result<OwnedFd, NurseryError> {
        record::send(&self.line, &interpreter.order(), &[control]).map_err(NurseryError::Gone)?;
        match self.hear()? {
            (_, Some(process)) => Ok(process),
            (text, None) => Err(NurseryError::Zygote(text)),
        }
    }

    /// What waits for the nursery's end. After that no zygote can be started any more.
    pub fn end(&self) -> io::Result<End> {
        Ok(End(self.process.try_clone()?))
    }

    fn hear(&self) -> Result<(String, Option<OwnedFd>), NurseryError> {
        match record::receive(&self.line).map_err(NurseryError::Gone)? {
            Some((text, descriptors)) => {
                Ok((String::from_utf8_lossy(&text).trim().to_owned(), descriptors.into_iter().next()))
            }
            None => Err(NurseryError::Gone(io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

/// Whether there are more ids in the namespace than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Many,
    Alone,
}

/// Moves this process into the user namespace and builds the root there.
fn enter(namespace: BorrowedFd<'_>, house: &House, company: Company) -> Result<(), Failed> {
    for entrance in &house.groups_entered {
        rustix::io::write(entrance, b"0").map_err(at("enter the guests' cgroups"))?;
    }
    rustix::thread::move_into_link_name_space(namespace, Some(LinkNameSpaceType::User))
        .map_err(at("enter the user namespace"))?;
    if company == Company::Many {
        rustix::thread::set_thread_groups(&[]).map_err(at("leave all groups"))?;
    }
    rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT).map_err(at("become the namespace's root"))?;
    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).map_err(at("become the namespace's root"))?;
    // The change of the uid would have forgotten it. The end of its line says the same, but not to a process that stands still.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(at("tie its life to the supervisor's"))?;
    rustix::thread::set_no_new_privs(true).map_err(at("give up new privileges"))?;
    // SAFETY: NEWNS and the others change what names mean to this process, not its memory; FILES is not among them.
    unsafe { rustix::thread::unshare_unsafe(OWN) }.map_err(at("make its own namespaces"))?;
    rustix::system::sethostname(b"sandbox").map_err(at("name the host"))?;
    house::build(house)
}

/// Starts a zygote for each order, until the supervisor is gone.
fn serve(supervisor: &OwnedFd) {
    reap_by_itself();
    while let Ok(Some((order, descriptors))) = record::receive(supervisor) {
        let told = match descriptors.first().map(|control| interpreter::start(&order, control)) {
            Some(Ok(process)) => say(supervisor, "", &[process.as_fd()]),
            Some(Err(why)) => say(supervisor, &why.to_string(), &[]),
            None => say(supervisor, "the order came without a descriptor", &[]),
        };
        if told.is_err() {
            return;
        }
    }
}

/// Ended zygotes leave no zombies; their supervisor learns of it by their descriptors.
fn reap_by_itself() {
    // SAFETY: ignoring a signal installs no code.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}

/// Closes everything but the standard streams and the line.
fn keep_only(line: OwnedFd) -> io::Result<OwnedFd> {
    // SAFETY: this process is the child of a fork and ends without dropping what its parent owned: the numbers are nobody's.
    unsafe {
        if line.as_raw_fd() != LINE && libc::dup3(line.as_raw_fd(), LINE, libc::O_CLOEXEC) < 0 {
            return Err(io::Error::last_os_error());
        }
        std::mem::forget(line);
        libc::syscall(libc::SYS_close_range, LINE + 1, u32::MAX, 0);
        Ok(OwnedFd::from_raw_fd(LINE))
    }
}

/// Success is the empty text, which still must not be an empty record.
fn say(line: &OwnedFd, text: &str, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    record::send(line, format!("{text}\n").as_bytes(), descriptors)
}
