//! A guest's system calls, answered by its virtual file system.
//!
//! Each call is taken apart once: what was read from the guest's memory is a copy, and nothing is read twice.

mod attributes;
mod caller;
mod files;
mod memory;
mod names;
mod transcript;

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use confine::guest::Notification;
use rustix::io::Errno;
use vfs::{At, Device, OpenId, Refusal, Target, Tree, Vfs, sentence};

pub(super) use self::caller::{Caller, Process};
use self::memory::Memory;
use self::transcript::Transcript;
use super::clock;
use super::descriptors::{Descriptors, FIRST, Meaning};
use super::library::Library;
use super::refusals::{Refusals, UNNAMED, refusal};

/// Who every guest sees itself as, whatever its uid is outside.
const GUEST: vfs::Guest = vfs::Guest { uid: 1000, gid: 1000 };

/// Everything that one guest can name.
#[derive(Debug)]
pub(super) struct World {
    vfs: Vfs,
    descriptors: Descriptors,
    library: Arc<Library>,
    refusals: Refusals,
    calls: u64,
    transcript: Option<Transcript>,
}

/// What a call got.
enum Reply {
    Value(i64),
    /// The kernel was told already, together with a descriptor.
    Handed,
}

impl From<i64> for Reply {
    fn from(value: i64) -> Self {
        Self::Value(value)
    }
}

/// One call while it is answered.
struct Desk<'a> {
    world: &'a mut World,
    caller: &'a dyn Caller,
    call: &'a Notification,
    /// The paths that it named, in order: what it is about, in case it has to be explained.
    paths: Vec<Vec<u8>>,
}

type Answer = Result<Reply, Refusal>;

impl World {
    /// What an owner's program finds when it starts.
    pub(super) fn new(library: Arc<Library>, tree: Tree) -> Self {
        let vfs = Vfs::new(library.fixed.clone(), tree, GUEST);
        let descriptors = Descriptors::new(usize::MAX);
        Self { vfs, descriptors, library, refusals: Refusals::default(), calls: 0, transcript: None }
    }

    /// The same with fewer descriptors at a time.
    pub(super) fn with_descriptors(self, most: usize) -> Self {
        Self { descriptors: Descriptors::new(most), ..self }
    }

    /// Each call is noted from now on.
    pub(super) fn transcribe(&mut self) {
        self.transcript = Some(Transcript::new());
    }

    /// The owner's files, to commit them in the middle of a run.
    pub(super) fn tree_mut(&mut self) -> &mut Tree {
        self.vfs.tree_mut()
    }

    /// How many calls there were, and each of them in words if they were noted.
    pub(super) fn calls(&mut self) -> (u64, Vec<String>) {
        (self.calls, self.transcript.take().map(Transcript::into_lines).unwrap_or_default())
    }

    /// Notes a call that gets no answer from here.
    pub(super) fn note(&mut self, call: &Notification, answer: i64) {
        self.calls += 1;
        if let Some(transcript) = &mut self.transcript {
            transcript.note(call, "", &[], Ok(answer), Instant::now());
        }
    }

    /// What is left when the guest is gone: its files, and what it was refused.
    pub(super) fn end(self) -> (Tree, Vec<String>) {
        (self.vfs.into_tree(), self.refusals.into_sentences())
    }

    /// Answers one call. Fails only if the kernel does not take the answer.
    pub(super) fn answer(&mut self, caller: &dyn Caller, call: &Notification) -> io::Result<()> {
        let since = Instant::now();
        self.calls += 1;
        self.vfs.set_time(clock::now());
        let mut desk = Desk { world: self, caller, call, paths: Vec::new() };
        let answered = desk.answer();
        let answer = match &answered {
            Ok(Reply::Value(value)) => Ok(*value),
            Ok(Reply::Handed) => Ok(0),
            Err(refusal) => {
                desk.explain(refusal);
                Err(refusal.errno().raw_os_error())
            }
        };
        let paths = desk.paths;
        if let Some(transcript) = &mut self.transcript {
            transcript.note(call, refusal(call.call).0.name, &paths, answer, since);
        }
        match answered {
            Ok(Reply::Handed) => Ok(()),
            _ => caller.answer(call, answer),
        }
    }
}

impl Desk<'_> {
    fn answer(&mut self) -> Answer {
        if let Some(answer) = self.on_files() {
            return answer;
        }
        if let Some(answer) = self.on_names() {
            return answer;
        }
        if let Some(answer) = self.on_attributes() {
            return answer;
        }
        if self.call.call == libc::SYS_mmap && self.argument(2) & libc::PROT_EXEC as u64 == 0 {
            let anonymous = self.argument(3) & libc::MAP_ANONYMOUS as u64 != 0;
            let why = match self.word(4) {
                _ if anonymous => "memory inside the sandbox is private, and in pages of the usual size",
                0..FIRST => "a module in machine code can be imported only if it is among the preimported ones",
                _ => "files cannot be mapped into memory inside the sandbox",
            };
            self.world.refusals.note(sentence("mmap", None, &why));
            return Err(Errno::NODEV.into());
        }
        let (refused, told) = refusal(self.call.call);
        if told {
            let name = match refused.name {
                UNNAMED => format!("{UNNAMED} {}", self.call.call),
                name => name.to_owned(),
            };
            self.world.refusals.note(sentence(&name, None, &refused.why));
        }
        Err(Errno::from_raw_os_error(refused.errno).into())
    }

    fn explain(&mut self, refusal: &Refusal) {
        if let Refusal::Rule(rule) = refusal {
            let told = sentence(name(self.call.call), self.paths.last().map(Vec::as_slice), rule);
            self.world.refusals.note(told);
        }
    }

    fn vfs(&mut self) -> &mut Vfs {
        &mut self.world.vfs
    }

    fn argument(&self, index: usize) -> u64 {
        self.call.arguments[index]
    }

    /// An argument of which the kernel looks at 32 bits only.
    fn word(&self, index: usize) -> u32 {
        self.call.arguments[index] as u32
    }

    fn memory(&self) -> Memory<'_> {
        Memory::new(self.caller, self.call)
    }

    /// A path in the guest's memory.
    fn path(&mut self, index: usize) -> Result<Vec<u8>, Refusal> {
        let path = self.memory().path(self.argument(index))?;
        self.paths.push(path.clone());
        Ok(path)
    }

    /// Where a path starts, by the descriptor that the call gives.
    fn start(&self, directory: u32, path: &[u8]) -> Result<Option<OpenId>, Refusal> {
        if directory == libc::AT_FDCWD.cast_unsigned() || path.starts_with(b"/") {
            return Ok(None);
        }
        match self.meaning(directory)? {
            Meaning::Open(id) => Ok(Some(id)),
            Meaning::Device(_) => Err(Errno::NOTDIR.into()),
        }
    }

    /// Does something with what a path and a descriptor lead to, see openat(2) and stat(2).
    fn with_target<T>(
        &mut self,
        directory: u32,
        path: &[u8],
        flags: u32,
        act: impl FnOnce(&mut Vfs, Target<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        if path.is_empty() && flags & libc::AT_EMPTY_PATH.cast_unsigned() != 0 {
            if directory == libc::AT_FDCWD.cast_unsigned() {
                return act(&mut self.world.vfs, Target::Path(At::cwd(".")));
            }
            return self.with_open(directory, act);
        }
        let at = At { dir: self.start(directory, path)?, path };
        let link = flags & libc::AT_SYMLINK_NOFOLLOW.cast_unsigned() != 0;
        act(&mut self.world.vfs, if link { Target::Link(at) } else { Target::Path(at) })
    }

    /// Does something with what is open under a number.
    fn with_open<T>(
        &mut self,
        number: u32,
        act: impl FnOnce(&mut Vfs, Target<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        match self.meaning(number)? {
            Meaning::Open(id) => act(&mut self.world.vfs, Target::Open(id)),
            Meaning::Device(device) => act(&mut self.world.vfs, Target::Path(At::cwd(path_of(device)))),
        }
    }

    /// What a number means. `EINVAL` for a descriptor of the kernel's, on which none of the calls that come here works.
    fn meaning(&self, number: u32) -> Result<Meaning, Refusal> {
        if number < FIRST {
            self.kernels(number)?;
            return Err(Errno::INVAL.into());
        }
        Ok(self.world.descriptors.get(u64::from(number))?)
    }

    fn open_id(&self, number: u32) -> Result<OpenId, Refusal> {
        match self.meaning(number)? {
            Meaning::Open(id) => Ok(id),
            Meaning::Device(_) => Err(Errno::INVAL.into()),
        }
    }

    /// A descriptor of the guest's that the kernel knows.
    fn kernels(&self, number: u32) -> Result<OwnedFd, Errno> {
        let number = i32::try_from(number).map_err(|_| Errno::BADF)?;
        self.caller.descriptor(number).map_err(|_| Errno::BADF)
    }
}

fn path_of(device: Device) -> &'static str {
    match device {
        Device::Null => "/dev/null",
        Device::Zero => "/dev/zero",
        Device::Urandom => "/dev/urandom",
    }
}

/// The name under which an author knows a call.
fn name(call: i64) -> &'static str {
    const NAMES: &[(&[libc::c_long], &str)] = &[
        (&[libc::SYS_open, libc::SYS_openat, libc::SYS_creat], "open"),
        (&[libc::SYS_write, libc::SYS_pwrite64, libc::SYS_writev, libc::SYS_pwritev, libc::SYS_pwritev2], "write"),
        (&[libc::SYS_stat, libc::SYS_lstat, libc::SYS_newfstatat, libc::SYS_statx], "stat"),
        (&[libc::SYS_access, libc::SYS_faccessat, libc::SYS_faccessat2], "access"),
        (&[libc::SYS_readlink, libc::SYS_readlinkat], "readlink"),
        (&[libc::SYS_mkdir, libc::SYS_mkdirat], "mkdir"),
        (&[libc::SYS_rmdir], "rmdir"),
        (&[libc::SYS_unlink, libc::SYS_unlinkat], "unlink"),
        (&[libc::SYS_rename, libc::SYS_renameat, libc::SYS_renameat2], "rename"),
        (&[libc::SYS_symlink, libc::SYS_symlinkat], "symlink"),
        (&[libc::SYS_link, libc::SYS_linkat], "link"),
        (&[libc::SYS_chmod, libc::SYS_fchmod, libc::SYS_fchmodat], "chmod"),
        (&[libc::SYS_chown, libc::SYS_lchown, libc::SYS_fchown, libc::SYS_fchownat], "chown"),
        (&[libc::SYS_truncate, libc::SYS_ftruncate], "truncate"),
        (&[libc::SYS_fallocate], "fallocate"),
        (&[libc::SYS_chdir, libc::SYS_fchdir], "chdir"),
        (&[libc::SYS_flock], "flock"),
        (&[libc::SYS_utimensat, libc::SYS_utime, libc::SYS_utimes], "utime"),
        (&[libc::SYS_statfs], "statvfs"),
    ];
    NAMES.iter().find(|(calls, _)| calls.contains(&call)).map_or(UNNAMED, |(_, name)| name)
}
