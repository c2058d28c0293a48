//! The process that starts zygotes: inside the guests' user namespace, outside everything of the supervisor's.
//!
//! It is forked before the supervisor locks itself down, because it mounts, and because the supervisor's filter must not
//! hold for guests. It builds the guests' root once, then waits for orders: one record with one descriptor is one zygote,
//! which gets that descriptor as its number 3 and a new PID namespace. It reads nothing that a guest wrote.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use rustix::process::{Gid, PidfdFlags, Signal, Uid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

use super::process::{Forked, fork, fork_into_pid_namespace};
use super::record;

/// Where the empty directory stands in the guests' root.
pub const EMPTY: &str = "/empty";

/// What the nursery and all its descendants have of their own, beside the user namespace. Each zygote gets a PID namespace, too.
pub(super) const OWN: UnshareFlags = UnshareFlags::NEWNS
    .union(UnshareFlags::NEWNET)
    .union(UnshareFlags::NEWIPC)
    .union(UnshareFlags::NEWUTS)
    .union(UnshareFlags::NEWCGROUP);

/// What the guests' root holds.
#[derive(Debug)]
pub struct House {
    /// Files and directories that are bound there read-only, under the same names: what a zygote needs to run.
    pub contents: Vec<PathBuf>,
    /// The zygote program, which need not be among them.
    pub zygote: OwnedFd,
    /// Ways into the control groups that bound all guests together: files to which the nursery writes `0`. Empty where the
    /// host has none.
    pub groups_entered: Vec<OwnedFd>,
    /// A directory on whose place the root is built. It is covered only in the guests' mount namespace.
    pub site: PathBuf,
}

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
                let built = enter(namespace, house, company);
                let answer = built.as_ref().err().map(ToString::to_string).unwrap_or_default();
                if let (Ok(line), Ok(())) =
                    (say(&theirs, &answer, &[]).and_then(|()| keep_only(theirs, &house.zygote)), built)
                {
                    serve(&line);
                }
                // SAFETY: ends the process without running what the supervisor left to be run at its own exit.
                unsafe { libc::_exit(1) }
            }
            Forked::Parent(pid) => {
                drop(theirs);
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
    pub fn start_zygote(&self, control: BorrowedFd<'_>) -> Result<OwnedFd, NurseryError> {
        say(&self.line, "", &[control]).map_err(NurseryError::Gone)?;
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

/// One step of building the house, for the message.
struct Failed {
    step: String,
    source: io::Error,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}: {}", self.step, self.source)
    }
}

fn at<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Failed {
    move |error| Failed { step: step.into(), source: error.into() }
}

/// Moves this process into the user namespace and builds the root there.
fn enter(namespace: BorrowedFd<'_>, house: &House, company: Company) -> Result<(), Failed> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(at("tie its life to the supervisor's"))?;
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
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(at("tie its life to the supervisor's"))?;
    rustix::thread::set_no_new_privs(true).map_err(at("give up new privileges"))?;
    // SAFETY: NEWNS and the others change what names mean to this process, not its memory; FILES is not among them.
    unsafe { rustix::thread::unshare_unsafe(OWN) }.map_err(at("make its own namespaces"))?;
    rustix::system::sethostname(b"sandbox").map_err(at("name the host"))?;
    build(house)
}

fn build(house: &House) -> Result<(), Failed> {
    let site = &house.site;
    rustix::mount::mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
        .map_err(at("keep its mounts to itself"))?;
    rustix::mount::mount("none", site, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, c"mode=755,size=64k")
        .map_err(at(format!("mount a new root at {}", site.display())))?;
    fs::create_dir(inside(site, Path::new(EMPTY))).map_err(at("make the empty directory"))?;
    for content in &house.contents {
        bind(content, &inside(site, content)).map_err(at(format!("bind {}", content.display())))?;
    }
    rustix::process::chdir(site).map_err(at("enter the new root"))?;
    read_only(c".", false).map_err(at("make the new root read-only"))?;
    rustix::process::pivot_root(".", ".").map_err(at("change the root"))?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).map_err(at("leave the old root"))?;
    rustix::process::chdir("/").map_err(at("enter the new root"))
}

fn bind(source: &Path, target: &Path) -> io::Result<()> {
    if fs::metadata(source)?.is_dir() {
        fs::create_dir_all(target)?;
    } else {
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, "")?;
    }
    rustix::mount::mount_bind_recursive(source, target)?;
    let target = CString::new(target.as_os_str().as_encoded_bytes()).map_err(io::Error::other)?;
    read_only(&target, true)
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// Only ever adds flags: those that the mount came with are locked in a user namespace.
fn read_only(mount: &std::ffi::CStr, recursive: bool) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path and the structure are valid for the call, and the size is the structure's.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            mount.as_ptr(),
            flags,
            &raw const attributes,
            size_of_val(&attributes),
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Starts a zygote for each order, until the supervisor is gone.
fn serve(supervisor: &OwnedFd) {
    reap_by_itself();
    while let Ok(Some((_, descriptors))) = record::receive(supervisor) {
        let told = match descriptors.first().map(start) {
            Some(Ok(process)) => say(supervisor, "", &[process.as_fd()]),
            Some(Err(why)) => say(supervisor, &why.to_string(), &[]),
            None => say(supervisor, "the order came without a descriptor", &[]),
        };
        if told.is_err() {
            return;
        }
    }
}

/// Numbers in the nursery and in its children.
const LINE: i32 = 3;
const PROGRAM: i32 = 4;

fn start(control: &OwnedFd) -> io::Result<OwnedFd> {
    let arguments = [c"zygote".as_ptr(), std::ptr::null()];
    let environment = [std::ptr::null::<libc::c_char>()];
    // SAFETY: this process has one thread; the child makes only system calls and execs.
    match unsafe { fork_into_pid_namespace() }? {
        Forked::Parent(child) => Ok(rustix::process::pidfd_open(child, PidfdFlags::empty())?),
        Forked::Child => {
            // SAFETY: plain system calls on numbers and on strings that outlive them; the child never returns from here.
            unsafe {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                libc::signal(libc::SIGCHLD, libc::SIG_DFL);
                libc::dup3(control.as_raw_fd(), LINE, 0);
                libc::syscall(libc::SYS_close_range, PROGRAM + 1, u32::MAX, 0);
                let (arguments, environment) = (arguments.as_ptr(), environment.as_ptr());
                libc::syscall(libc::SYS_execveat, PROGRAM, c"".as_ptr(), arguments, environment, libc::AT_EMPTY_PATH);
                libc::_exit(127)
            }
        }
    }
}

/// Ended zygotes leave no zombies; their supervisor learns of it by their descriptors.
fn reap_by_itself() {
    // SAFETY: ignoring a signal installs no code.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
}

/// Closes everything but the standard streams, the line and the program.
fn keep_only(line: OwnedFd, program: &OwnedFd) -> io::Result<OwnedFd> {
    // Out of the way of the numbers that they are about to get.
    let line = rustix::io::fcntl_dupfd_cloexec(&line, 16)?;
    let program = rustix::io::fcntl_dupfd_cloexec(program, 16)?;
    // SAFETY: this process is the child of a fork and ends without dropping what its parent owned: the numbers are nobody's.
    unsafe {
        for (kept, number) in [(&line, LINE), (&program, PROGRAM)] {
            if libc::dup3(kept.as_raw_fd(), number, libc::O_CLOEXEC) < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        std::mem::forget((line, program));
        libc::syscall(libc::SYS_close_range, PROGRAM + 1, u32::MAX, 0);
        Ok(OwnedFd::from_raw_fd(LINE))
    }
}

/// Success is the empty text, which still must not be an empty record.
fn say(line: &OwnedFd, text: &str, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    record::send(line, format!("{text}\n").as_bytes(), descriptors)
}
