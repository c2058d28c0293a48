//! Operations as random bytes, so that a random generator and a fuzzer drive the same ones.

use rustix::fs::{Access, FlockOperation, Mode, OFlags, RenameFlags, SeekFrom};

/// How many descriptors a program of operations juggles.
pub(crate) const SLOTS: usize = 6;

/// A place for an open descriptor.
pub(crate) type Slot = usize;

#[derive(Clone)]
pub(crate) struct Path {
    /// A slot to start from; the working directory if there is none, or nothing is open there.
    pub(crate) dir: Option<Slot>,
    pub(crate) text: Vec<u8>,
}

impl std::fmt::Debug for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.text).replace(&"x".repeat(254), "x…x");
        self.dir.map_or(Ok(()), |slot| write!(f, "{slot}:"))?;
        write!(f, "{text:?}")
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Open(Slot, Path, OFlags, Mode),
    Close(Slot),
    Dup(Slot, Slot),
    Read(Slot, usize),
    Pread(Slot, usize, u64),
    Write(Slot, Fill),
    Pwrite(Slot, Fill, u64),
    Seek(Slot, SeekFrom),
    Ftruncate(Slot, u64),
    Fstat(Slot),
    List(Slot),
    Fchmod(Slot, Mode),
    Fchdir(Slot),
    Flock(Slot, FlockOperation),
    SetFlags(Slot, OFlags),
    GetFlags(Slot),
    Stat(Path, bool),
    Access(Path, Access),
    Readlink(Path),
    Truncate(Path, u64),
    Chmod(Path, Mode),
    ChownSelf(Path, bool),
    SetTimes(Path, bool, Option<i64>, Option<i64>),
    Mkdir(Path, Mode),
    Rmdir(Path),
    Unlink(Path),
    Symlink(Vec<u8>, Path),
    Link(Path, Path, bool),
    Rename(Path, Path, RenameFlags),
    Chdir(Path),
    Getcwd,
    Umask(Mode),
}

/// So many times the same byte.
#[derive(Clone, Debug)]
pub(crate) struct Fill(u8, u64);

impl Fill {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        vec![self.0; self.1 as usize]
    }
}

/// The bytes that operations are made of.
pub(crate) struct Source<'a>(pub(crate) &'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.0.split_off_first().copied()
    }

    fn below(&mut self, limit: u8) -> Option<u8> {
        self.byte().map(|byte| byte % limit)
    }

    fn one_in(&mut self, n: u8) -> Option<bool> {
        self.below(n).map(|byte| byte == 0)
    }

    fn slot(&mut self) -> Option<Slot> {
        self.below(SLOTS as u8).map(usize::from)
    }

    /// A size or offset: small, or around the edges of pages.
    fn size(&mut self) -> Option<u64> {
        let small = u64::from(self.byte()?);
        Some(match self.below(4)? {
            0 => small % 8,
            1 => small,
            2 => (4096 * (small % 4)).saturating_add_signed(i64::from(self.below(5)?) - 2),
            _ => small * 200,
        })
    }

    fn fill(&mut self) -> Option<Fill> {
        Some(Fill(self.byte()?, self.size()?))
    }

    /// Mostly what leaves the owner all rights: with fewer, programs get nowhere.
    fn mode(&mut self) -> Option<Mode> {
        let bits = if self.one_in(4)? { u32::from(self.byte()?) << 4 | 0o7 } else { 0o755 };
        Some(Mode::from_bits_retain(bits))
    }

    fn text(&mut self) -> Option<Vec<u8>> {
        const NAMES: [&str; 12] = ["a", "b", "c", "d", "a", "b", "c", "d", ".", "..", "..", "e"];
        let mut text: Vec<u8> = match self.below(24)? {
            0 => b"/tmp/".to_vec(),
            1 => b"/data/".to_vec(),
            2 => b"/".to_vec(),
            3 => b"./".to_vec(),
            4 => vec![b'x'; 254 + usize::from(self.below(3)?)],
            _ => vec![],
        };
        for i in 0..self.below(4)?.max(1) {
            text.extend(if i > 0 { b"/".as_slice() } else { b"" });
            text.extend(NAMES[usize::from(self.below(12)?)].as_bytes());
        }
        match self.below(32)? {
            0..3 => text.push(b'/'),
            3 => text.extend(b"//."),
            4 => text.clear(),
            _ => {}
        }
        Some(text)
    }

    fn path(&mut self) -> Option<Path> {
        let dir = if self.one_in(4)? { Some(self.slot()?) } else { None };
        Some(Path { dir, text: self.text()? })
    }

    fn flags(&mut self) -> Option<OFlags> {
        let mut flags = [OFlags::RDONLY, OFlags::WRONLY, OFlags::RDWR][usize::from(self.below(3)?)];
        let choices = [
            (OFlags::CREATE, 2),
            (OFlags::EXCL, 6),
            (OFlags::TRUNC, 6),
            (OFlags::APPEND, 6),
            (OFlags::DIRECTORY, 6),
            (OFlags::NOFOLLOW, 6),
            (OFlags::PATH, 16),
        ];
        for (flag, rarity) in choices {
            if self.one_in(rarity)? {
                flags |= flag;
            }
        }
        Some(flags)
    }

    fn seek(&mut self) -> Option<SeekFrom> {
        let size = self.size()?;
        let signed = if self.one_in(2)? { size as i64 } else { -(size as i64) };
        Some(match self.below(5)? {
            0 => SeekFrom::Start(size),
            1 => SeekFrom::Current(signed),
            2 => SeekFrom::End(signed),
            3 => SeekFrom::Data(size),
            _ => SeekFrom::Hole(size),
        })
    }

    fn time(&mut self) -> Option<Option<i64>> {
        let second = self.byte()?;
        Some(if second.is_multiple_of(3) { None } else { Some(i64::from(second)) })
    }
}

impl Op {
    /// The next operation, until the bytes are spent.
    pub(crate) fn decode(from: &mut Source<'_>) -> Option<Op> {
        Some(match from.below(44)? {
            0..6 => Op::Open(from.slot()?, from.path()?, from.flags()?, from.mode()?),
            6 => Op::Open(from.slot()?, from.path()?, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()),
            7 => Op::Close(from.slot()?),
            8 => Op::Dup(from.slot()?, from.slot()?),
            9 => Op::Read(from.slot()?, from.size()? as usize),
            10 => Op::Pread(from.slot()?, from.size()? as usize, from.size()?),
            11 | 12 => Op::Write(from.slot()?, from.fill()?),
            13 => Op::Pwrite(from.slot()?, from.fill()?, from.size()?),
            14 => Op::Seek(from.slot()?, from.seek()?),
            15 => Op::Ftruncate(from.slot()?, from.size()?),
            16 => Op::Fstat(from.slot()?),
            17 => Op::List(from.slot()?),
            18 => Op::Fchmod(from.slot()?, from.mode()?),
            19 => Op::Fchdir(from.slot()?),
            20 => {
                use FlockOperation::*;
                let locks = [NonBlockingLockShared, NonBlockingLockExclusive, NonBlockingUnlock];
                Op::Flock(from.slot()?, locks[usize::from(from.below(3)?)])
            }
            21 => Op::SetFlags(from.slot()?, from.flags()?),
            22 => Op::GetFlags(from.slot()?),
            23 => Op::Stat(from.path()?, from.one_in(2)?),
            24 => Op::Access(from.path()?, Access::from_bits_retain(u32::from(from.below(8)?))),
            25 => Op::Readlink(from.path()?),
            26 => Op::Truncate(from.path()?, from.size()?),
            27 => Op::Chmod(from.path()?, from.mode()?),
            28 => Op::ChownSelf(from.path()?, from.one_in(2)?),
            29 => Op::SetTimes(from.path()?, from.one_in(2)?, from.time()?, from.time()?),
            30..33 => Op::Mkdir(from.path()?, from.mode()?),
            33 => Op::Rmdir(from.path()?),
            34 => Op::Unlink(from.path()?),
            35 | 36 => Op::Symlink(from.text()?, from.path()?),
            37 => Op::Link(from.path()?, from.path()?, from.one_in(2)?),
            38..41 => Op::Rename(from.path()?, from.path()?, RenameFlags::empty()),
            41 => Op::Rename(from.path()?, from.path()?, RenameFlags::from_bits_retain(u32::from(from.below(4)?))),
            42 => Op::Chdir(from.path()?),
            _ => match from.below(8)? {
                0 => Op::Umask(Mode::from_bits_retain(u32::from(from.below(4)?))),
                1..5 => Op::Chdir(Path { dir: None, text: b"/tmp".to_vec() }),
                _ => Op::Getcwd,
            },
        })
    }
}
