//! The operations on the virtual file system.

use crate::answer::{Answer, Node, Seen, State, System};
use crate::ops::{Op, Path, SLOTS, Slot};
use rustix::fs::{FlockOperation, Mode, Timespec};
use std::sync::{Arc, LazyLock};
use vfs::{At, Fixed, Guest, Kind, Limits, Lock, OpenId, Opened, Refusal, SetTime, Stat, Target, Tree, Vfs};

pub(crate) struct Ours {
    pub(crate) vfs: Vfs,
    pub(crate) slots: [Option<OpenId>; SLOTS],
    now: Timespec,
}

type Answered = Result<Answer, Refusal>;

impl Ours {
    pub(crate) fn new(limits: Limits) -> Ours {
        let now = Timespec { tv_sec: 1_000_000, tv_nsec: 0 };
        Ours::of(Tree::new(limits, now), now)
    }

    pub(crate) fn of(tree: Tree, now: Timespec) -> Ours {
        static FIXED: LazyLock<Arc<Fixed>> = LazyLock::new(|| Arc::new(Fixed::new()));
        let vfs = Vfs::new(FIXED.clone(), tree, Guest { uid: 0, gid: 0 });
        Ours { vfs, slots: [None; SLOTS], now }
    }

    fn at<'a>(&self, path: &'a Path) -> At<'a> {
        At { dir: path.dir.and_then(|slot| self.slots[slot]), path: &path.text }
    }

    fn target<'a>(&self, path: &'a Path, follow: bool) -> Target<'a> {
        if follow { Target::Path(self.at(path)) } else { Target::Link(self.at(path)) }
    }

    fn close(&mut self, slot: Slot) -> Answered {
        let Some(id) = self.slots[slot].take() else { return Ok(Answer::Closed) };
        self.vfs.close(id).map(done)
    }

    fn on_slot(&mut self, slot: Slot, call: impl FnOnce(&mut Vfs, OpenId) -> Answered) -> Answered {
        self.slots[slot].map_or(Ok(Answer::Closed), |id| call(&mut self.vfs, id))
    }

    fn answer(&mut self, op: &Op) -> Answered {
        match op {
            Op::Open(slot, path, flags, mode) => {
                let opened = self.vfs.open(self.at(path), *flags, *mode)?;
                self.close(*slot)?;
                if let Opened::Here(id) = opened {
                    self.slots[*slot] = Some(id);
                }
                Ok(Answer::Done)
            }
            Op::Close(slot) => self.close(*slot),
            Op::Dup(from, to) => match self.slots[*from] {
                Some(id) if from != to => {
                    self.vfs.dup(id)?;
                    self.close(*to)?;
                    self.slots[*to] = Some(id);
                    Ok(Answer::Done)
                }
                _ => Ok(Answer::Closed),
            },
            Op::Read(slot, len) => self.on_slot(*slot, |vfs, id| filled(*len, |buffer| vfs.read(id, buffer))),
            Op::Pread(slot, len, at) => {
                self.on_slot(*slot, |vfs, id| filled(*len, |buffer| vfs.pread(id, buffer, *at)))
            }
            Op::Write(slot, fill) => self.on_slot(*slot, |vfs, id| vfs.write(id, &fill.bytes()).map(count)),
            Op::Pwrite(slot, fill, at) => self.on_slot(*slot, |vfs, id| vfs.pwrite(id, &fill.bytes(), *at).map(count)),
            Op::Seek(slot, to) => self.on_slot(*slot, |vfs, id| vfs.seek(id, *to).map(Answer::Number)),
            Op::Ftruncate(slot, len) => self.on_slot(*slot, |vfs, id| vfs.ftruncate(id, *len).map(done)),
            Op::Fstat(slot) => self.on_slot(*slot, |vfs, id| vfs.stat(Target::Open(id)).map(stat)),
            Op::List(slot) => self.on_slot(*slot, |vfs, id| list(vfs, id).map(Answer::Listing)),
            Op::Fchmod(slot, mode) => self.on_slot(*slot, |vfs, id| vfs.chmod(Target::Open(id), *mode).map(done)),
            Op::Fchdir(slot) => self.on_slot(*slot, |vfs, id| vfs.chdir(Target::Open(id)).map(done)),
            Op::Flock(slot, operation) => self.on_slot(*slot, |vfs, id| {
                let lock = match operation {
                    FlockOperation::NonBlockingLockShared => Some(Lock::Shared),
                    FlockOperation::NonBlockingLockExclusive => Some(Lock::Exclusive),
                    _ => None,
                };
                vfs.flock(id, lock, false).map(done)
            }),
            Op::SetFlags(slot, flags) => self.on_slot(*slot, |vfs, id| vfs.set_status_flags(id, *flags).map(done)),
            Op::GetFlags(slot) => {
                self.on_slot(*slot, |vfs, id| vfs.status_flags(id).map(|flags| Answer::Number(flags.bits().into())))
            }
            Op::Stat(path, follow) => self.vfs.stat(self.target(path, *follow)).map(stat),
            Op::Access(path, wanted) => self.vfs.access(self.target(path, true), *wanted).map(done),
            Op::Readlink(path) => self.vfs.readlink(self.target(path, false)).map(Answer::Bytes),
            Op::Truncate(path, len) => self.vfs.truncate(self.target(path, true), *len).map(done),
            Op::Chmod(path, mode) => self.vfs.chmod(self.target(path, true), *mode).map(done),
            Op::ChownSelf(path, follow) => self.vfs.chown(self.target(path, *follow), Some(0), None).map(done),
            Op::SetTimes(path, follow, atime, mtime) => {
                let set = |time: &Option<i64>| {
                    time.map_or(SetTime::Omit, |tv_sec| SetTime::At(Timespec { tv_sec, tv_nsec: 0 }))
                };
                self.vfs.set_times(self.target(path, *follow), set(atime), set(mtime)).map(done)
            }
            Op::Mkdir(path, mode) => self.vfs.mkdir(self.at(path), *mode).map(done),
            Op::Rmdir(path) => self.vfs.rmdir(self.at(path)).map(done),
            Op::Unlink(path) => self.vfs.unlink(self.at(path)).map(done),
            Op::Symlink(target, path) => self.vfs.symlink(target, self.at(path)).map(done),
            Op::Link(from, to, follow) => self.vfs.link(self.target(from, *follow), self.at(to)).map(done),
            Op::Rename(from, to, flags) => self.vfs.rename(self.at(from), self.at(to), *flags).map(done),
            Op::Chdir(path) => self.vfs.chdir(self.target(&Path { dir: None, ..path.clone() }, true)).map(done),
            Op::Getcwd => self.vfs.getcwd().map(Answer::Bytes),
            Op::Umask(mode) => Ok(Answer::Number(self.vfs.umask(*mode).bits().into())),
        }
    }

    fn visit(&mut self, path: &[u8], into: &mut State) {
        let name = [b"/tmp".as_slice(), path].concat();
        let seen = self.vfs.stat(Target::Link(At::cwd(&name))).expect("a name that was listed is there");
        let opened = |vfs: &mut Vfs| match vfs.open(At::cwd(&name), rustix::fs::OFlags::RDONLY, Mode::empty()) {
            Ok(Opened::Here(id)) => id,
            other => panic!("everything in the tree can be opened now: {other:?}"),
        };
        // Under its first name it may have got a new mode and time below.
        if let Some(same) = into.values().find(|node| node.ino == seen.ino).cloned() {
            into.insert(path.to_vec(), same);
            return;
        }
        if seen.mode & 0o170_000 != 0o120_000 {
            let all = Mode::from_bits_retain(0o700);
            self.vfs.chmod(Target::Path(At::cwd(&name)), all).expect("everything in the tree is the guest's own");
        }
        let mut names = vec![];
        let content = match seen.mode & 0o170_000 {
            0o120_000 => self.vfs.readlink(Target::Link(At::cwd(&name))).expect("it is a link"),
            0o040_000 => {
                let id = opened(&mut self.vfs);
                names = list(&mut self.vfs, id).expect("it is a directory");
                self.vfs.close(id).expect("it is open");
                vec![]
            }
            _ => {
                let id = opened(&mut self.vfs);
                let mut content = vec![0; seen.size as usize];
                assert_eq!(self.vfs.pread(id, &mut content, 0), Ok(content.len()));
                self.vfs.close(id).expect("it is open");
                content
            }
        };
        let node = Node { ino: seen.ino, seen: shown(&seen), mtime: seen.mtime, ctime: seen.ctime, content };
        into.insert(path.to_vec(), node);
        for (child, _) in names.iter().filter(|(child, _)| child != b"." && child != b"..") {
            self.visit(&[path, b"/", child].concat(), into);
        }
    }
}

impl System for Ours {
    fn apply(&mut self, op: &Op) -> Answer {
        self.now.tv_nsec += 1;
        self.vfs.set_time(self.now);
        self.answer(op).unwrap_or_else(|refusal| Answer::Refused(refusal.errno()))
    }

    /// Looked at in a copy, in which `visit` gives itself the right to read.
    fn state(&mut self) -> State {
        let mut copy = Ours::of(self.vfs.tree().clone(), self.now);
        let mut state = State::new();
        copy.visit(b"", &mut state);
        state
    }
}

fn list(vfs: &mut Vfs, id: OpenId) -> Result<Vec<(Vec<u8>, u8)>, Refusal> {
    vfs.seek(id, rustix::fs::SeekFrom::Start(0))?;
    let mut all = vec![];
    vfs.getdents(id, |entry| {
        let kind = match entry.kind {
            Kind::Device => 2,
            Kind::Dir => 4,
            Kind::File => 8,
            Kind::Symlink => 10,
        };
        all.push((entry.name.clone(), kind));
        true
    })?;
    vfs.seek(id, rustix::fs::SeekFrom::Start(0))?;
    all.sort();
    Ok(all)
}

fn filled(len: usize, read: impl FnOnce(&mut [u8]) -> Result<usize, Refusal>) -> Answered {
    let mut buffer = vec![0; len];
    let count = read(&mut buffer)?;
    buffer.truncate(count);
    Ok(Answer::Bytes(buffer))
}

fn shown(stat: &Stat) -> Seen {
    Seen::new(stat.mode, stat.nlink, stat.size, stat.blocks)
}

fn stat(stat: Stat) -> Answer {
    Answer::Stat(shown(&stat))
}

fn count(count: usize) -> Answer {
    Answer::Number(count as u64)
}

fn done(_: ()) -> Answer {
    Answer::Done
}
