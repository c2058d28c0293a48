//! The memory of the thread that waits for an answer.

use confine::guest::Notification;
use rustix::io::Errno;
use vfs::PATH_MAX;

use super::Caller;

/// Most bytes that one call moves. Fewer than asked is an answer that every program has to expect.
pub(super) const MOST: usize = 1 << 20;
/// Most pieces of one call: `IOV_MAX` of Linux.
const MOST_PIECES: u64 = 1024;

pub(super) struct Memory<'a> {
    caller: &'a dyn Caller,
    call: &'a Notification,
}

/// A part of the guest's memory that it named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) address: u64,
    pub(super) length: usize,
}

impl<'a> Memory<'a> {
    pub(super) fn new(caller: &'a dyn Caller, call: &'a Notification) -> Self {
        Self { caller, call }
    }

    pub(super) fn path(&self, address: u64) -> Result<Vec<u8>, Errno> {
        let path = self.caller.read_string(self.call, address, PATH_MAX).map_err(|_| Errno::FAULT)?;
        self.still_waiting()?;
        path.ok_or(Errno::NAMETOOLONG)
    }

    pub(super) fn array<const N: usize>(&self, address: u64) -> Result<[u8; N], Errno> {
        let mut bytes = [0; N];
        self.fill(address, &mut bytes)?;
        Ok(bytes)
    }

    /// All of `into`, or `EFAULT`.
    fn fill(&self, address: u64, into: &mut [u8]) -> Result<(), Errno> {
        let read = self.caller.read(self.call, address, into).map_err(|_| Errno::FAULT)?;
        self.still_waiting()?;
        if read == into.len() { Ok(()) } else { Err(Errno::FAULT) }
    }

    /// The bytes of some pieces, one after the other.
    pub(super) fn gather(&self, pieces: &[Piece]) -> Result<Vec<u8>, Errno> {
        let mut bytes = vec![0; pieces.iter().map(|piece| piece.length).sum()];
        let mut rest = &mut bytes[..];
        for piece in pieces {
            let (part, others) = rest.split_at_mut(piece.length);
            self.fill(piece.address, part)?;
            rest = others;
        }
        Ok(bytes)
    }

    /// Puts all of `bytes` into the guest's memory.
    pub(super) fn put(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        self.still_waiting()?;
        match self.caller.write(self.call, address, bytes) {
            Ok(written) if written == bytes.len() => Ok(()),
            _ => Err(Errno::FAULT),
        }
    }

    /// Distributes bytes over pieces.
    pub(super) fn scatter(&self, pieces: &[Piece], mut bytes: &[u8]) -> Result<(), Errno> {
        for piece in pieces {
            let (part, rest) = bytes.split_at(piece.length.min(bytes.len()));
            if !part.is_empty() {
                self.put(piece.address, part)?;
            }
            bytes = rest;
        }
        Ok(())
    }

    /// `struct iovec`s, cut to what one call moves.
    pub(super) fn pieces(&self, address: u64, count: u64) -> Result<Vec<Piece>, Errno> {
        if count > MOST_PIECES {
            return Err(Errno::INVAL);
        }
        let mut room = MOST;
        let mut pieces = Vec::new();
        for index in 0..count {
            let raw: [u8; 16] = self.array(address.wrapping_add(index * 16))?;
            let (address, length) = raw.split_at(8);
            let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
            let piece = Piece { address: number(address), length: room.min(number(length) as usize) };
            room -= piece.length;
            pieces.push(piece);
        }
        Ok(pieces)
    }

    /// Whether this memory is still that of the guest.
    fn still_waiting(&self) -> Result<(), Errno> {
        if self.caller.is_waiting(self.call) { Ok(()) } else { Err(Errno::SRCH) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};

    use super::*;

    /// A guest that may be gone: whose memory this is by then, nobody knows.
    struct Guest {
        waits: bool,
        written: Cell<usize>,
    }

    impl Caller for Guest {
        fn read(&self, _: &Notification, _: u64, into: &mut [u8]) -> io::Result<usize> {
            Ok(into.len())
        }
        fn read_string(&self, _: &Notification, _: u64, _: usize) -> io::Result<Option<Vec<u8>>> {
            Ok(Some(b"name".to_vec()))
        }
        fn write(&self, _: &Notification, _: u64, bytes: &[u8]) -> io::Result<usize> {
            self.written.set(self.written.get() + bytes.len());
            Ok(bytes.len())
        }
        fn is_waiting(&self, _: &Notification) -> bool {
            self.waits
        }
        fn descriptor(&self, _: i32) -> io::Result<OwnedFd> {
            Err(io::ErrorKind::NotFound.into())
        }
        fn answer(&self, _: &Notification, _: Result<i64, i32>) -> io::Result<()> {
            Ok(())
        }
        fn hand(&self, _: &Notification, _: BorrowedFd<'_>, _: bool) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn memory_of_whoever_waits_no_more_is_neither_believed_nor_written() {
        let call = Notification { id: 1, thread: rustix::process::getpid(), call: 0, arguments: [0; 6] };
        let pieces = [Piece { address: 8, length: 4 }];
        for (waits, answer) in [(true, Ok(())), (false, Err(Errno::SRCH))] {
            let guest = Guest { waits, written: Cell::new(0) };
            let memory = Memory::new(&guest, &call);
            assert_eq!(memory.path(8).map(drop), answer);
            assert_eq!(memory.array::<4>(8).map(drop), answer);
            assert_eq!(memory.gather(&pieces).map(drop), answer);
            assert_eq!(memory.pieces(8, 1).map(drop), answer);
            assert_eq!(memory.scatter(&pieces, b"told"), answer);
            assert_eq!(guest.written.get(), if waits { 4 } else { 0 });
        }
    }
}
