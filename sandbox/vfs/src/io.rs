//! Reading, writing, seeking, cutting.

use crate::description::Description;
use crate::inode::{Body, Ino, Inode};
use crate::place::{Place, WRITE};
use crate::{OpenId, Refusal, Rule, Target, Vfs};
use rustix::fs::{Mode, OFlags, SeekFrom};
use rustix::io::Errno;

impl Vfs {
    /// read(2): from the offset on, which moves.
    pub fn read(&mut self, id: OpenId, into: &mut [u8]) -> Result<usize, Refusal> {
        let offset = self.opened(id)?.offset;
        let count = self.pread(id, into, offset)?;
        self.opened_mut(id)?.offset += count as u64;
        Ok(count)
    }

    /// pread(2): from anywhere, the offset stays.
    pub fn pread(&mut self, id: OpenId, into: &mut [u8], offset: u64) -> Result<usize, Refusal> {
        let (ino, open) = self.opened_file(id)?;
        if !open.read {
            return Err(Errno::BADF.into());
        }
        check_offset(offset)?;
        let count = self.tree.get(ino).file().map_or(0, |file| file.data.read(offset, into));
        if !into.is_empty() && !self.opened(id)?.status.contains(OFlags::NOATIME) {
            self.tree.accessed(ino);
        }
        Ok(count)
    }

    /// write(2): at the offset, which moves, or at the end with `O_APPEND`. Fewer bytes than given are written where a
    /// limit comes in between; the next call then says which one.
    pub fn write(&mut self, id: OpenId, bytes: &[u8]) -> Result<usize, Refusal> {
        let offset = self.opened(id)?.offset;
        let (start, count) = self.write_from(id, bytes, offset)?;
        self.opened_mut(id)?.offset = start + count as u64;
        Ok(count)
    }

    /// pwrite(2): anywhere, the offset stays; but at the end with `O_APPEND`, as Linux does (its BUGS section).
    pub fn pwrite(&mut self, id: OpenId, bytes: &[u8], offset: u64) -> Result<usize, Refusal> {
        self.write_from(id, bytes, offset).map(|(_, count)| count)
    }

    /// lseek(2). On a directory: back to an offset that a listing gave, or to the start.
    pub fn seek(&mut self, id: OpenId, to: SeekFrom) -> Result<u64, Refusal> {
        let open = self.opened(id)?;
        if open.path_only {
            return Err(Errno::BADF.into());
        }
        let offset = match open.place {
            Place::Own(ino) => destination(self.tree.get(ino), open, to)?,
            Place::Fixed(_) => destination_in_list(open, to)?,
        };
        check_offset(offset)?;
        self.opened_mut(id)?.offset = offset;
        Ok(offset)
    }

    /// ftruncate(2).
    pub fn ftruncate(&mut self, id: OpenId, len: u64) -> Result<(), Refusal> {
        match self.opened_file(id) {
            Ok((ino, open)) if open.write => self.set_len(ino, len),
            Ok((_, open)) if !open.path_only => Err(Errno::INVAL.into()),
            Err(refusal) if refusal.errno() == Errno::ISDIR => Err(Errno::INVAL.into()),
            Ok(_) | Err(_) => Err(Errno::BADF.into()),
        }
    }

    /// truncate(2).
    pub fn truncate(&mut self, target: Target<'_>, len: u64) -> Result<(), Refusal> {
        check_offset(len)?;
        let place = self.locate(target)?;
        if self.is_dir(place) {
            return Err(Errno::ISDIR.into());
        }
        self.may(place, WRITE)?;
        let ino = self.own(place)?;
        self.set_len(ino, len)
    }

    /// Cuts a file or adds a hole, which costs as much as if it were written.
    pub(crate) fn set_len(&mut self, ino: Ino, len: u64) -> Result<(), Refusal> {
        check_offset(len)?;
        let (file, quota) = self.tree.file_mut(ino).ok_or(Errno::INVAL)?;
        let old = file.data.len();
        if len > old {
            if len > quota.limits.file_size {
                return Err(Rule::FileTooLarge(quota.limits.file_size).into());
            }
            quota.take_bytes(len - old)?;
        } else {
            quota.give_back_bytes(old - len);
        }
        file.data.set_len(len);
        self.written(ino);
        Ok(())
    }

    /// Writes as much as the limits allow, and says where it began.
    fn write_from(&mut self, id: OpenId, bytes: &[u8], offset: u64) -> Result<(u64, usize), Refusal> {
        let (ino, open) = self.opened_file(id).map_err(|_| Errno::BADF)?;
        if !open.write {
            return Err(Errno::BADF.into());
        }
        check_offset(offset)?;
        let append = open.status.contains(OFlags::APPEND);
        let (file, quota) = self.tree.file_mut(ino).ok_or(Errno::BADF)?;
        let len = file.data.len();
        let start = if append { len } else { offset };
        if bytes.is_empty() {
            return Ok((offset, 0));
        }
        // A file that is larger than its limit already, since that was lowered, can still be written over.
        let largest = quota.limits.file_size.max(len);
        let room = len.saturating_add(quota.bytes_left());
        let end = start.saturating_add(bytes.len() as u64).min(largest).min(room);
        if end <= start {
            let full = start >= largest;
            let rule =
                if full { Rule::FileTooLarge(quota.limits.file_size) } else { Rule::BytesSpent(quota.limits.bytes) };
            return Err(rule.into());
        }
        let count = (end - start) as usize;
        quota.take_bytes(end.saturating_sub(len))?;
        file.data.write(start, &bytes[..count]);
        self.written(ino);
        Ok((start, count))
    }

    /// A file's contents have changed: what the store has of it is out of date, its times say so, and it loses set-user-ID
    /// and set-group-ID as on Linux (`file_remove_privs`), where no write by an ordinary user leaves them in place.
    fn written(&mut self, ino: Ino) {
        let inode = self.tree.get_mut(ino);
        inode.mode = without_privileges(inode.mode);
        if let Body::File(file) = &mut inode.body {
            file.stored = None;
        }
        self.tree.modified(ino);
    }
}

/// Set-group-ID without the permission to execute marks mandatory locking, and stays.
pub(crate) fn without_privileges(mode: Mode) -> Mode {
    let sgid = if mode.contains(Mode::XGRP) { Mode::SGID } else { Mode::empty() };
    mode - Mode::SUID - sgid
}

/// An offset the kernel could give as a signed number.
fn check_offset(offset: u64) -> Result<(), Refusal> {
    i64::try_from(offset).map(drop).map_err(|_| Errno::INVAL.into())
}

fn destination(inode: &Inode, open: &Description, to: SeekFrom) -> Result<u64, Refusal> {
    let Some(file) = inode.file() else { return destination_in_list(open, to) };
    let len = file.data.len();
    let data_at = |from: u64| if from < len { Ok(from) } else { Err(Refusal::Ordinary(Errno::NXIO)) };
    match to {
        SeekFrom::End(by) => moved(len, by),
        SeekFrom::Data(from) => Ok(file.data.next_data(data_at(from)?).ok_or(Errno::NXIO)?),
        SeekFrom::Hole(from) => Ok(file.data.next_hole(data_at(from)?)),
        other => destination_in_list(open, other),
    }
}

fn destination_in_list(open: &Description, to: SeekFrom) -> Result<u64, Refusal> {
    match to {
        SeekFrom::Start(offset) => Ok(offset),
        SeekFrom::Current(by) => moved(open.offset, by),
        _ => Err(Errno::INVAL.into()),
    }
}

fn moved(from: u64, by: i64) -> Result<u64, Refusal> {
    from.checked_add_signed(by).ok_or(Refusal::Ordinary(Errno::INVAL))
}
