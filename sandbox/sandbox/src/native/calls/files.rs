//! Calls on descriptors: reading, writing, seeking, locking, duplicating.

use rustix::fs::{OFlags, SeekFrom};
use rustix::io::Errno;
use vfs::{Device, Lock, OpenId, Refusal};

use super::super::descriptors::{FIRST, Meaning};
use super::super::layout;
use super::memory::{MOST, Piece};
use super::{Answer, Desk, Reply};

/// Where a read or a write begins.
#[derive(Clone, Copy)]
enum From {
    Offset,
    At(u64),
}

/// Most bytes of one read of /dev/urandom: they cost the supervisor a thousand times what a call costs the guest.
const MOST_RANDOM: usize = 16 * 1024;

impl Desk<'_> {
    /// `None` if the call is not one of these.
    pub(super) fn on_files(&mut self) -> Option<Answer> {
        let number = self.word(0);
        Some(match self.call.call {
            libc::SYS_read => self.one_piece().and_then(|pieces| self.read(number, &pieces, From::Offset)),
            libc::SYS_write => self.one_piece().and_then(|pieces| self.write(number, &pieces, From::Offset)),
            libc::SYS_pread64 => {
                self.one_piece().and_then(|pieces| self.read(number, &pieces, From::At(self.argument(3))))
            }
            libc::SYS_pwrite64 => {
                self.one_piece().and_then(|pieces| self.write(number, &pieces, From::At(self.argument(3))))
            }
            libc::SYS_readv => self.pieces().and_then(|pieces| self.read(number, &pieces, From::Offset)),
            libc::SYS_writev => self.pieces().and_then(|pieces| self.write(number, &pieces, From::Offset)),
            libc::SYS_preadv | libc::SYS_preadv2 => {
                self.vector_from().and_then(|(pieces, from)| self.read(number, &pieces, from))
            }
            libc::SYS_pwritev | libc::SYS_pwritev2 => {
                self.vector_from().and_then(|(pieces, from)| self.write(number, &pieces, from))
            }
            libc::SYS_lseek => self.seek(number),
            libc::SYS_close => self.close(number),
            libc::SYS_dup => self.duplicate(number, 0, false),
            libc::SYS_dup2 => self.replace(number, self.word(1), false, true),
            libc::SYS_dup3 => self.replace(number, self.word(1), self.word(2) & CLOEXEC != 0, false),
            libc::SYS_fcntl => self.control(number),
            libc::SYS_flock => self.lock(number),
            libc::SYS_ftruncate => self.cut(number),
            libc::SYS_fallocate => self.allocate(number),
            libc::SYS_getdents64 => self.list(number),
            // What the run has written is made durable at its end, and before a call of the host that has an effect.
            libc::SYS_fsync | libc::SYS_fdatasync | libc::SYS_syncfs => self.meaning(number).map(|_| 0.into()),
            // Of memory that no file is behind, since none can be mapped.
            libc::SYS_sync | libc::SYS_msync => Ok(0.into()),
            _ => return None,
        })
    }

    fn one_piece(&self) -> Result<Vec<Piece>, Refusal> {
        let length = usize::try_from(self.argument(2)).unwrap_or(usize::MAX).min(MOST);
        Ok(vec![Piece { address: self.argument(1), length }])
    }

    fn pieces(&self) -> Result<Vec<Piece>, Refusal> {
        Ok(self.memory().pieces(self.argument(1), self.argument(2))?)
    }

    /// Of preadv2(2) and pwritev2(2), of which no flag is known here.
    fn vector_from(&self) -> Result<(Vec<Piece>, From), Refusal> {
        let second = matches!(self.call.call, libc::SYS_preadv2 | libc::SYS_pwritev2);
        if second && self.word(5) != 0 {
            return Err(Errno::OPNOTSUPP.into());
        }
        let offset = self.argument(3);
        let from = if second && offset == u64::MAX { From::Offset } else { From::At(offset) };
        Ok((self.pieces()?, from))
    }

    fn read(&mut self, number: u32, pieces: &[Piece], from: From) -> Answer {
        let meaning = self.meaning(number)?;
        let wanted = pieces.iter().map(|piece| piece.length).sum();
        let mut bytes = vec![0; self.most_to_read(meaning)?.min(wanted)];
        let length = match (meaning, from) {
            (Meaning::Open(id), From::Offset) => self.vfs().read(id, &mut bytes)?,
            (Meaning::Open(id), From::At(offset)) => self.vfs().pread(id, &mut bytes, offset)?,
            (Meaning::Device(Device::Null | Device::Zero), _) => bytes.len(),
            (Meaning::Device(Device::Urandom), _) => {
                rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?
            }
        };
        self.memory().scatter(pieces, &bytes[..length])?;
        Ok((length as i64).into())
    }

    /// What a read has use for, however much it asks for: the supervisor pays for the room.
    fn most_to_read(&mut self, meaning: Meaning) -> Result<usize, Refusal> {
        Ok(match meaning {
            // One byte more than there is shows the end.
            Meaning::Open(id) => self.vfs().size(id)? as usize + 1,
            Meaning::Device(Device::Null) => 0,
            Meaning::Device(Device::Zero) => MOST,
            Meaning::Device(Device::Urandom) => MOST_RANDOM,
        })
    }

    fn write(&mut self, number: u32, pieces: &[Piece], from: From) -> Answer {
        let meaning = self.meaning(number)?;
        let bytes = self.memory().gather(pieces)?;
        let length = match (meaning, from) {
            (Meaning::Open(id), From::Offset) => self.vfs().write(id, &bytes)?,
            (Meaning::Open(id), From::At(offset)) => self.vfs().pwrite(id, &bytes, offset)?,
            (Meaning::Device(_), _) => bytes.len(),
        };
        Ok((length as i64).into())
    }

    fn seek(&mut self, number: u32) -> Answer {
        let id = match self.meaning(number)? {
            Meaning::Open(id) => id,
            Meaning::Device(_) => return Ok(0.into()),
        };
        let by = self.argument(1).cast_signed();
        let to = match self.word(2).cast_signed() {
            libc::SEEK_SET => SeekFrom::Start(self.argument(1)),
            libc::SEEK_CUR => SeekFrom::Current(by),
            libc::SEEK_END => SeekFrom::End(by),
            libc::SEEK_DATA => SeekFrom::Data(self.argument(1)),
            libc::SEEK_HOLE => SeekFrom::Hole(self.argument(1)),
            _ => return Err(Errno::INVAL.into()),
        };
        let offset = self.vfs().seek(id, to)?;
        Ok(offset.cast_signed().into())
    }

    fn close(&mut self, number: u32) -> Answer {
        let meaning = self.world.descriptors.remove(u64::from(number))?;
        self.forget(meaning)?;
        Ok(0.into())
    }

    fn forget(&mut self, meaning: Meaning) -> Result<(), Refusal> {
        match meaning {
            Meaning::Open(id) => self.vfs().close(id),
            Meaning::Device(_) => Ok(()),
        }
    }

    fn duplicate(&mut self, number: u32, from: u64, close_on_exec: bool) -> Answer {
        let meaning = self.meaning(number)?;
        let new = self.world.descriptors.add(meaning, close_on_exec, from)?;
        self.share(meaning)?;
        Ok(new.into())
    }

    fn share(&mut self, meaning: Meaning) -> Result<(), Refusal> {
        match meaning {
            Meaning::Open(id) => self.vfs().dup(id),
            Meaning::Device(_) => Ok(()),
        }
    }

    /// dup2(2), dup3(2). A file from here cannot take the place of a descriptor of the kernel's, nor the other way round.
    fn replace(&mut self, old: u32, new: u32, close_on_exec: bool, same_is_fine: bool) -> Answer {
        if old < FIRST || new < FIRST {
            return Err(Errno::BADF.into());
        }
        let meaning = self.meaning(old)?;
        if old == new {
            return if same_is_fine { Ok(i64::from(new).into()) } else { Err(Errno::INVAL.into()) };
        }
        let lost = self.world.descriptors.replace(u64::from(new), meaning, close_on_exec)?;
        self.share(meaning)?;
        if let Some(lost) = lost {
            self.forget(lost)?;
        }
        Ok(i64::from(new).into())
    }

    fn control(&mut self, number: u32) -> Answer {
        let argument = self.argument(2);
        let table = u64::from(number);
        match self.word(1).cast_signed() {
            libc::F_DUPFD => self.duplicate(number, argument, false),
            libc::F_DUPFD_CLOEXEC => self.duplicate(number, argument, true),
            libc::F_GETFD => Ok(i64::from(self.world.descriptors.close_on_exec(table)?).into()),
            libc::F_SETFD => {
                self.world.descriptors.set_close_on_exec(table, argument & libc::FD_CLOEXEC as u64 != 0)?;
                Ok(0.into())
            }
            libc::F_GETFL => match self.meaning(number)? {
                Meaning::Open(id) => Ok(i64::from(self.vfs().status_flags(id)?.bits()).into()),
                Meaning::Device(_) => Ok(i64::from(OFlags::RDWR.bits()).into()),
            },
            libc::F_SETFL => {
                if let Meaning::Open(id) = self.meaning(number)? {
                    self.vfs().set_status_flags(id, OFlags::from_bits_retain(argument as u32))?;
                }
                Ok(0.into())
            }
            libc::F_GETLK | libc::F_OFD_GETLK => {
                self.open_id(number)?;
                // Nobody else has a lock.
                self.memory().put(argument, &(libc::F_UNLCK as i16).to_le_bytes())?;
                Ok(0.into())
            }
            libc::F_SETLK | libc::F_SETLKW | libc::F_OFD_SETLK | libc::F_OFD_SETLKW => {
                let id = self.open_id(number)?;
                let kind: [u8; 2] = self.memory().array(argument)?;
                let lock = match i32::from(i16::from_le_bytes(kind)) {
                    libc::F_RDLCK => Some(Lock::Shared),
                    libc::F_WRLCK => Some(Lock::Exclusive),
                    libc::F_UNLCK => None,
                    _ => return Err(Errno::INVAL.into()),
                };
                self.vfs().record_lock(id, lock)?;
                Ok(0.into())
            }
            _ => Err(Errno::INVAL.into()),
        }
    }

    fn lock(&mut self, number: u32) -> Answer {
        let id = self.open_id(number)?;
        let operation = self.word(1).cast_signed();
        let lock = match operation & !libc::LOCK_NB {
            libc::LOCK_SH => Some(Lock::Shared),
            libc::LOCK_EX => Some(Lock::Exclusive),
            libc::LOCK_UN => None,
            _ => return Err(Errno::INVAL.into()),
        };
        self.vfs().flock(id, lock, operation & libc::LOCK_NB == 0)?;
        Ok(0.into())
    }

    fn cut(&mut self, number: u32) -> Answer {
        let id = self.open_id(number)?;
        let length = self.argument(1);
        self.vfs().ftruncate(id, length)?;
        Ok(0.into())
    }

    /// fallocate(2) without a mode: posix_fallocate(3). A file here has what it was promised by its quota.
    fn allocate(&mut self, number: u32) -> Answer {
        let id = self.open_id(number)?;
        if self.word(1) != 0 {
            return Err(Errno::OPNOTSUPP.into());
        }
        let (offset, length) = (self.argument(2).cast_signed(), self.argument(3).cast_signed());
        if offset < 0 || length <= 0 {
            return Err(Errno::INVAL.into());
        }
        let end = offset.checked_add(length).ok_or(Errno::FBIG)?.cast_unsigned();
        if end > self.vfs().size(id)? {
            self.vfs().ftruncate(id, end)?;
        }
        Ok(0.into())
    }

    fn list(&mut self, number: u32) -> Answer {
        let id: OpenId = self.open_id(number)?;
        let room = usize::try_from(self.argument(2)).unwrap_or(usize::MAX).min(MOST);
        let mut bytes = Vec::new();
        let mut too_small = false;
        self.vfs().getdents(id, |entry| {
            let entry = layout::directory_entry(entry);
            let fits = bytes.len() + entry.len() <= room;
            too_small = !fits && bytes.is_empty();
            if fits {
                bytes.extend(entry);
            }
            fits
        })?;
        if too_small {
            return Err(Errno::INVAL.into());
        }
        self.memory().put(self.argument(1), &bytes)?;
        Ok(Reply::Value(bytes.len() as i64))
    }
}

const CLOEXEC: u32 = libc::O_CLOEXEC.cast_unsigned();
