//! Everything that the child will need, made before the fork: it may not allocate.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::process::{PidfdFlags, Resource, Rlimit, getpid, getrlimit, pidfd_open};
use rustix::thread::{Gid, Uid};

use super::{Launch, LaunchError, Mount, Source};
use crate::layer::Layers;
use crate::mounting;

/// Largest number that a kept descriptor may have: far below any limit of open files.
const MAX_NUMBER: RawFd = 255;

/// A [`Launch`], checked and turned into what system calls take.
///
/// Its own descriptors all have numbers above those that the program keeps, so that moving one never overwrites another.
pub(super) struct Prepared {
    pub layers: Layers,
    pub program: OwnedFd,
    pub arguments: Arguments,
    /// Copies of the kept descriptors with the numbers they shall get, in ascending order of these.
    pub keep: Vec<(OwnedFd, RawFd)>,
    pub entrances: Vec<OwnedFd>,
    /// The root directory as a detached mount, and where it is attached for a moment.
    pub root: OwnedFd,
    pub root_path: CString,
    pub mounts: Vec<(OwnedFd, CString)>,
    pub limits: Vec<(Resource, Rlimit)>,
    pub groups: Vec<Gid>,
    pub gid: Gid,
    pub uid: Uid,
    /// The launcher, to see whether it still lives.
    pub launcher: OwnedFd,
    /// Where the child says which step failed; closed by exec.
    pub report: OwnedFd,
}

/// `argv` as execveat(2) takes it.
pub(super) struct Arguments {
    pointers: Vec<*const c_char>,
    _strings: Vec<CString>,
}

impl Arguments {
    fn new(words: &[String]) -> Result<Self, LaunchError> {
        if words.is_empty() {
            return Err(LaunchError::Refused("a program needs at least argv[0]".into()));
        }
        let strings: Vec<CString> = words.iter().map(|word| c_string(word.as_bytes())).collect::<Result<_, _>>()?;
        let pointers = strings.iter().map(|word| word.as_ptr()).chain([ptr::null()]).collect();
        Ok(Self { pointers, _strings: strings })
    }

    /// Ends with a null pointer; lives as long as `self`.
    pub(super) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}

impl Prepared {
    pub(super) fn new(launch: &Launch<'_>, layers: Layers, report: &OwnedFd) -> Result<Self, LaunchError> {
        refuse_root(launch)?;
        let above = numbers(launch)?.last().map_or(0, |last| last + 1);
        let high =
            |fd: BorrowedFd<'_>| rustix::io::fcntl_dupfd_cloexec(fd, above).map_err(|e| LaunchError::Fork(e.into()));

        let mut keep = Vec::with_capacity(launch.keep.len());
        for kept in &launch.keep {
            keep.push((high(kept.source)?, kept.number));
        }
        keep.sort_by_key(|(_, number)| *number);

        let entrances = launch.groups_entered.iter().map(|entrance| high(*entrance)).collect::<Result<_, _>>()?;
        let root_path = c_path(&launch.root)?;
        let bound = |error| LaunchError::Source { path: launch.root.clone(), source: error };
        let root_directory =
            rustix::fs::openat(CWD, &*root_path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
                .map_err(|error| bound(error.into()))?;
        let root = mounting::clone(root_directory.as_fd(), c"", super::Access::Read).map_err(bound)?;
        let mut mounts = Vec::with_capacity(launch.mounts.len());
        for mount in &launch.mounts {
            let (detached, inside) = detach(mount, root_directory.as_fd())?;
            mounts.push((high(detached.as_fd())?, inside));
        }

        let launcher = pidfd_open(getpid(), PidfdFlags::empty()).map_err(|error| LaunchError::Fork(error.into()))?;
        Ok(Self {
            layers,
            program: high(launch.program)?,
            arguments: Arguments::new(&launch.argv)?,
            keep,
            entrances,
            root: high(root.as_fd())?,
            root_path,
            mounts,
            limits: launch
                .limits
                .iter()
                .map(|limit| (limit.resource, lowered(limit.resource, limit.at_most)))
                .collect(),
            groups: launch.groups.iter().map(|group| Gid::from_raw(*group)).collect(),
            gid: Gid::from_raw(launch.gid),
            uid: Uid::from_raw(launch.uid),
            launcher: high(launcher.as_fd())?,
            report: high(report.as_fd())?,
        })
    }
}

/// No program of ours is root, not even by a group. `u32::MAX` means "unchanged" to the kernel, which would be root too.
fn refuse_root(launch: &Launch<'_>) -> Result<(), LaunchError> {
    let named = [("uid", launch.uid), ("gid", launch.gid)].into_iter();
    for (what, id) in named.chain(launch.groups.iter().map(|group| ("group", *group))) {
        if id == 0 || id == u32::MAX {
            return Err(LaunchError::Refused(format!("{what} {id} is not for programs; name one of its own")));
        }
    }
    Ok(())
}

fn numbers(launch: &Launch<'_>) -> Result<BTreeSet<RawFd>, LaunchError> {
    let mut numbers = BTreeSet::new();
    for kept in &launch.keep {
        if !(0..=MAX_NUMBER).contains(&kept.number) || !numbers.insert(kept.number) {
            return Err(LaunchError::Refused(format!(
                "descriptor {} is named twice, or is not between 0 and {MAX_NUMBER}",
                kept.number
            )));
        }
    }
    if (0..3).any(|standard| !numbers.contains(&standard)) {
        // The first file it opened would become its standard output.
        return Err(LaunchError::Refused("a program needs something as descriptors 0, 1 and 2".into()));
    }
    Ok(numbers)
}

fn detach(mount: &Mount<'_>, root: BorrowedFd<'_>) -> Result<(OwnedFd, CString), LaunchError> {
    if !mount.inside.is_absolute() {
        return Err(LaunchError::Refused(format!("{} is not an absolute path", mount.inside.display())));
    }
    let inside = c_path(&mount.inside)?;
    let (path, result) = match &mount.source {
        Source::Path(path) => (path, mounting::clone(CWD, &c_path(path)?, mount.access)),
        Source::Descriptor(fd) => (&mount.inside, mounting::clone(*fd, c"", mount.access)),
        Source::Own => {
            let own = mounting::place(root, &inside).and_then(|fd| mounting::clone(fd.as_fd(), c"", mount.access));
            (&mount.inside, own)
        }
    };
    let detached = result.map_err(|source: io::Error| LaunchError::Source { path: path.clone(), source })?;
    Ok((detached, inside))
}

/// Never above what this process has itself.
fn lowered(resource: Resource, at_most: u64) -> Rlimit {
    let own = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let bound = Some(at_most.min(own)).filter(|bound| *bound != u64::MAX);
    Rlimit { current: bound, maximum: bound }
}

fn c_path(path: &Path) -> Result<CString, LaunchError> {
    c_string(path.as_os_str().as_bytes())
}

fn c_string(bytes: &[u8]) -> Result<CString, LaunchError> {
    CString::new(bytes)
        .map_err(|_| LaunchError::Refused(format!("{:?} holds a zero byte", String::from_utf8_lossy(bytes))))
}

/// An environment with nothing in it.
pub(super) const NO_ENVIRONMENT: &[*const c_char] = &[ptr::null()];

/// The empty path of execveat(2): the descriptor itself.
pub(super) const ITSELF: &CStr = c"";
