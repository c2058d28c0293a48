//! The same operations on a file system of the kernel.
//!
//! This process is alone in a mount namespace of its own. Its root directory looks like the guest's: read-only but for a
//! tmpfs on `/tmp`, with `/data` a link to that. While operations are done it has no capability in effect, so that
//! permission bits decide as they do for a guest; `O_TMPFILE` and device files are not tried.

use crate::answer::{Answer, Node, Seen, State, System};
use crate::ops::{Op, Path, SLOTS, Slot};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::io::Result;
use rustix::mount::{MountFlags, mount, mount_remount};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use std::sync::LazyLock;

pub(crate) struct Real {
    slots: [Option<OwnedFd>; SLOTS],
}

/// Builds the guest's root in `directory`.
pub(crate) fn build(directory: &std::path::Path) -> Result<()> {
    mount("oracle", directory, "tmpfs", MountFlags::empty(), Some(c"mode=755"))?;
    fs::mkdir(directory.join("tmp"), Mode::from_bits_retain(0o755))?;
    fs::mkdir(directory.join("dev"), Mode::from_bits_retain(0o755))?;
    fs::symlink("tmp", directory.join("data"))?;
    mount_remount(directory, MountFlags::RDONLY, "")?;
    mount("oracle", directory.join("tmp"), "tmpfs", MountFlags::empty(), Some(c"mode=755"))
}

impl Real {
    /// The file system emptied, like a new tree.
    pub(crate) fn new() -> Result<Real> {
        raise()?;
        rustix::process::chdir("/tmp")?;
        rustix::process::umask(Mode::from_bits_retain(0o022));
        clear(CWD)?;
        fs::chmod(".", Mode::from_bits_retain(0o755))?;
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        fs::utimensat(CWD, ".", &Timestamps { last_access: now, last_modification: now }, AtFlags::empty())?;
        lower()?;
        Ok(Real { slots: [const { None }; SLOTS] })
    }

    /// Makes the time of the next change differ from all before. Usually the kernel gives the time of its last tick, but
    /// since Linux 6.13 a finer one where a change follows a look at the last one ("multigrain timestamps"), and no time
    /// before that to anything after. The first change may be given the latest time there is; the second gets a new one.
    pub(crate) fn tick(&self) -> Result<()> {
        // A file that nothing else looks at.
        static CLOCK: LazyLock<Result<OwnedFd>> = LazyLock::new(|| fs::memfd_create("clock", fs::MemfdFlags::CLOEXEC));
        let clock = CLOCK.as_ref().map_err(|errno| *errno)?;
        for mode in [0o600, 0o644] {
            fs::fstat(clock)?;
            fs::fchmod(clock, Mode::from_bits_retain(mode))?;
        }
        Ok(())
    }

    fn start(&self, path: &Path) -> BorrowedFd<'_> {
        path.dir.and_then(|slot| self.slots[slot].as_ref()).map_or(CWD, |fd| fd.as_fd())
    }

    fn on_slot(&self, slot: Slot, call: impl FnOnce(BorrowedFd<'_>) -> Result<Answer>) -> Result<Answer> {
        self.slots[slot].as_ref().map_or(Ok(Answer::Closed), |fd| call(fd.as_fd()))
    }

    fn answer(&mut self, op: &Op) -> Result<Answer> {
        match op {
            Op::Open(slot, path, flags, mode) => {
                let fd = fs::openat(self.start(path), &path.text, *flags, *mode)?;
                self.slots[*slot] = Some(fd);
                Ok(Answer::Done)
            }
            Op::Close(slot) => Ok(self.slots[*slot].take().map_or(Answer::Closed, |_| Answer::Done)),
            Op::Dup(from, to) => match &self.slots[*from] {
                Some(fd) if from != to => {
                    self.slots[*to] = Some(rustix::io::fcntl_dupfd_cloexec(fd, 0)?);
                    Ok(Answer::Done)
                }
                _ => Ok(Answer::Closed),
            },
            Op::Read(slot, len) => self.on_slot(*slot, |fd| filled(*len, |buffer| rustix::io::read(fd, buffer))),
            Op::Pread(slot, len, at) => {
                self.on_slot(*slot, |fd| filled(*len, |buffer| rustix::io::pread(fd, buffer, *at)))
            }
            Op::Write(slot, fill) => self.on_slot(*slot, |fd| rustix::io::write(fd, &fill.bytes()).map(count)),
            Op::Pwrite(slot, fill, at) => {
                self.on_slot(*slot, |fd| rustix::io::pwrite(fd, &fill.bytes(), *at).map(count))
            }
            Op::Seek(slot, to) => self.on_slot(*slot, |fd| fs::seek(fd, *to).map(Answer::Number)),
            Op::Ftruncate(slot, len) => self.on_slot(*slot, |fd| fs::ftruncate(fd, *len).map(done)),
            Op::Fstat(slot) => self.on_slot(*slot, |fd| fs::fstat(fd).map(|stat| Answer::Stat(shown(&stat)))),
            Op::List(slot) => self.on_slot(*slot, |fd| {
                fs::seek(fd, fs::SeekFrom::Start(0))?;
                let names = list(fd)?;
                // Offsets in a directory are each file system's own: none is left behind to be seen.
                fs::seek(fd, fs::SeekFrom::Start(0))?;
                Ok(Answer::Listing(names))
            }),
            Op::Fchmod(slot, mode) => self.on_slot(*slot, |fd| fs::fchmod(fd, *mode).map(done)),
            Op::Fchdir(slot) => self.on_slot(*slot, |fd| rustix::process::fchdir(fd).map(done)),
            Op::Flock(slot, operation) => self.on_slot(*slot, |fd| fs::flock(fd, *operation).map(done)),
            Op::SetFlags(slot, flags) => self.on_slot(*slot, |fd| fs::fcntl_setfl(fd, *flags).map(done)),
            Op::GetFlags(slot) => self.on_slot(*slot, |fd| {
                // The kernel always sets O_LARGEFILE; nobody asks for it.
                fs::fcntl_getfl(fd).map(|flags| Answer::Number((flags - OFlags::LARGEFILE).bits().into()))
            }),
            Op::Stat(path, follow) => {
                fs::statat(self.start(path), &path.text, nofollow(*follow)).map(|stat| Answer::Stat(shown(&stat)))
            }
            Op::Access(path, wanted) => fs::accessat(self.start(path), &path.text, *wanted, AtFlags::EACCESS).map(done),
            Op::Readlink(path) => {
                fs::readlinkat(self.start(path), &path.text, vec![]).map(|target| Answer::Bytes(target.into_bytes()))
            }
            Op::Truncate(path, len) => self.truncate(path, *len),
            Op::Chmod(path, mode) => fs::chmodat(self.start(path), &path.text, *mode, AtFlags::empty()).map(done),
            Op::ChownSelf(path, follow) => {
                let root = Some(rustix::process::geteuid());
                fs::chownat(self.start(path), &path.text, root, None, nofollow(*follow)).map(done)
            }
            Op::SetTimes(path, follow, atime, mtime) => {
                let set = |time: &Option<i64>| match time {
                    Some(tv_sec) => Timespec { tv_sec: *tv_sec, tv_nsec: 0 },
                    None => Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
                };
                let times = Timestamps { last_access: set(atime), last_modification: set(mtime) };
                fs::utimensat(self.start(path), &path.text, &times, nofollow(*follow)).map(done)
            }
            Op::Mkdir(path, mode) => fs::mkdirat(self.start(path), &path.text, *mode).map(done),
            Op::Rmdir(path) => fs::unlinkat(self.start(path), &path.text, AtFlags::REMOVEDIR).map(done),
            Op::Unlink(path) => fs::unlinkat(self.start(path), &path.text, AtFlags::empty()).map(done),
            Op::Symlink(target, path) => fs::symlinkat(target, self.start(path), &path.text).map(done),
            Op::Link(from, to, follow) => {
                let flags = if *follow { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
                fs::linkat(self.start(from), &from.text, self.start(to), &to.text, flags).map(done)
            }
            Op::Rename(from, to, flags) => {
                fs::renameat_with(self.start(from), &from.text, self.start(to), &to.text, *flags).map(done)
            }
            Op::Chdir(path) => rustix::process::chdir(&path.text).map(done),
            Op::Getcwd => rustix::process::getcwd(vec![]).map(|path| Answer::Bytes(path.into_bytes())),
            Op::Umask(mode) => Ok(Answer::Number(rustix::process::umask(*mode).bits().into())),
        }
    }

    /// truncate(2), by way of what it does: it has no `at` form.
    fn truncate(&self, path: &Path, len: u64) -> Result<Answer> {
        let fd = fs::openat(self.start(path), &path.text, OFlags::WRONLY, Mode::empty())?;
        fs::ftruncate(fd, len).map(done)
    }
}

impl System for Real {
    fn apply(&mut self, op: &Op) -> Answer {
        self.answer(op).unwrap_or_else(Answer::Refused)
    }

    fn state(&mut self) -> State {
        raise().expect("capabilities are permitted");
        let mut state = State::new();
        visit(b"", &mut state).expect("everything can be read with all capabilities");
        lower().expect("capabilities can be given up");
        state
    }
}

/// Removes what is in a directory.
fn clear(dir: impl AsFd) -> Result<()> {
    let open =
        |name: &[u8]| fs::openat(&dir, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW, Mode::empty());
    for (name, kind) in list(open(b".")?.as_fd())?.iter().filter(|(name, _)| name != b"." && name != b"..") {
        let is_dir = *kind == DIRECTORY;
        if is_dir {
            clear(open(name)?)?;
        }
        fs::unlinkat(&dir, name, if is_dir { AtFlags::REMOVEDIR } else { AtFlags::empty() })?;
    }
    Ok(())
}

fn visit(path: &[u8], into: &mut State) -> Result<()> {
    let full = [b"/tmp".as_slice(), path].concat();
    let stat = fs::lstat(&full)?;
    let mut names = vec![];
    let content = match stat.st_mode & 0o170_000 {
        0o120_000 => fs::readlink(&full, vec![])?.into_bytes(),
        // O_NOATIME: looking must not change what the operations see.
        0o040_000 => {
            names = list(fs::open(&full, OFlags::RDONLY | OFlags::NOATIME, Mode::empty())?.as_fd())?;
            vec![]
        }
        _ => {
            let mut content = vec![0; stat.st_size as usize];
            let fd = fs::open(&full, OFlags::RDONLY | OFlags::NOATIME, Mode::empty())?;
            assert_eq!(rustix::io::pread(fd, &mut content, 0)?, content.len());
            content
        }
    };
    let mtime = Timespec { tv_sec: stat.st_mtime, tv_nsec: stat.st_mtime_nsec as i64 };
    let ctime = Timespec { tv_sec: stat.st_ctime, tv_nsec: stat.st_ctime_nsec as i64 };
    into.insert(path.to_vec(), Node { ino: stat.st_ino, seen: shown(&stat), mtime, ctime, content });
    for (child, _) in names.iter().filter(|(child, _)| child != b"." && child != b"..") {
        visit(&[path, b"/", child].concat(), into)?;
    }
    Ok(())
}

fn list(fd: BorrowedFd<'_>) -> Result<Vec<(Vec<u8>, u8)>> {
    let mut all = vec![];
    let mut buffer = [std::mem::MaybeUninit::uninit(); 8192];
    let mut entries = fs::RawDir::new(fd, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        all.push((entry.file_name().to_bytes().to_vec(), kind(entry.file_type())));
    }
    all.sort();
    Ok(all)
}

/// `d_type`.
const DIRECTORY: u8 = 4;

fn kind(kind: fs::FileType) -> u8 {
    match kind {
        fs::FileType::Directory => DIRECTORY,
        fs::FileType::RegularFile => 8,
        fs::FileType::Symlink => 10,
        other => panic!("nobody made a {other:?}"),
    }
}

pub(crate) fn raise() -> Result<()> {
    let mut sets = capabilities(None)?;
    sets.effective = sets.permitted;
    set_capabilities(None, sets)
}

fn lower() -> Result<()> {
    let mut sets = capabilities(None)?;
    sets.effective = CapabilitySet::empty();
    set_capabilities(None, sets)
}

fn nofollow(follow: bool) -> AtFlags {
    if follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW }
}

fn filled(len: usize, read: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<Answer> {
    let mut buffer = vec![0; len];
    let count = read(&mut buffer)?;
    buffer.truncate(count);
    Ok(Answer::Bytes(buffer))
}

fn shown(stat: &fs::Stat) -> Seen {
    Seen::new(stat.st_mode, stat.st_nlink, stat.st_size as u64, stat.st_blocks as u64)
}

fn count(count: usize) -> Answer {
    Answer::Number(count as u64)
}

fn done(_: ()) -> Answer {
    Answer::Done
}
