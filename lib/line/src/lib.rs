//! Records over a Unix socket (`SOCK_SEQPACKET`), each with at most one descriptor: how the dispatcher asks a file service.
//!
//! A record arrives whole or not at all, so neither side has to look for its end; and a descriptor belongs to exactly one
//! record. What a record says is not decided here.

#![forbid(unsafe_code)]

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// One end of a line.
///
/// To the runtime a socket of records is a socket like any other; only the system calls here know the difference.
#[derive(Debug)]
pub struct Line(UnixStream);

/// One record.
#[derive(Debug)]
pub struct Received {
    /// Its bytes in the buffer.
    pub length: usize,
    /// The descriptor that came with it.
    pub descriptor: Option<OwnedFd>,
}

impl Line {
    /// Calls whoever listens at `path`. Never waits: a Unix socket answers at once or has no room.
    pub fn connect(path: &Path) -> io::Result<Line> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
        Ok(Line(UnixStream::from_std(socket.into())?))
    }

    /// A caller's end, as it was accepted.
    pub fn accepted(socket: UnixStream) -> Line {
        Line(socket)
    }

    /// Sends a record, with a descriptor if there is one. Whoever sends has heard everything that was to be heard.
    pub async fn send(&self, record: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
        // The two sides take turns, so nothing can be here to read until this record is answered. Telling the runtime saves
        // the system call with which it would find out at the next receive().
        let _ = self.0.try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
        let send = || match &descriptor {
            None => Ok(rustix::net::send(&self.0, record, SendFlags::NOSIGNAL)?),
            Some(descriptor) => {
                let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
                let mut control = SendAncillaryBuffer::new(&mut space);
                let descriptors = [*descriptor];
                if !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
                    return Err(io::ErrorKind::OutOfMemory.into());
                }
                Ok(rustix::net::sendmsg(&self.0, &[IoSlice::new(record)], &mut control, SendFlags::NOSIGNAL)?)
            }
        };
        self.0.async_io(Interest::WRITABLE, send).await.map(drop)
    }

    /// Waits for a record. `None` once the other end is gone. One that does not fit into `room`, or comes with more than one
    /// descriptor, is an error.
    pub async fn receive(&self, room: &mut [u8]) -> io::Result<Option<Received>> {
        let receive = || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
            let message = rustix::net::recvmsg(&self.0, &mut [IoSliceMut::new(room)], &mut control, flags)?;
            let descriptor = control.drain().find_map(|message| match message {
                RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
                _ => None,
            });
            if message.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a record longer than agreed"));
            }
            Ok(Received { length: message.bytes, descriptor })
        };
        match self.0.async_io(Interest::READABLE, receive).await {
            Ok(received) if received.length == 0 => Ok(None),
            Ok(received) => Ok(Some(received)),
            Err(why) if why.kind() == io::ErrorKind::ConnectionReset => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// The other end is there and has said nothing: a look that takes nothing away.
    pub fn is_quiet(&self) -> bool {
        let look = rustix::net::recv(&self.0, &mut [0_u8; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        look == Err(rustix::io::Errno::AGAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, Write};
    use std::os::fd::AsFd;

    fn pair() -> (Line, Line) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (a, b) = rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a pair");
        let line = |socket: OwnedFd| Line(UnixStream::from_std(socket.into()).expect("in a runtime"));
        (line(a), line(b))
    }

    #[tokio::test]
    async fn a_record_and_its_descriptor_arrive_together() {
        let (a, b) = pair();
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"inside").and_then(|()| file.rewind()).expect("written");
        a.send(b"with", Some(file.as_fd())).await.expect("sent");
        a.send(b"without", None).await.expect("sent");
        let mut room = [0; 16];
        let first = b.receive(&mut room).await.expect("received").expect("a record");
        assert_eq!(&room[..first.length], b"with");
        let mut text = String::new();
        std::fs::File::from(first.descriptor.expect("came along")).read_to_string(&mut text).expect("read");
        assert_eq!(text, "inside");
        let second = b.receive(&mut room).await.expect("received").expect("a record");
        assert_eq!((&room[..second.length], second.descriptor.is_none()), (b"without".as_slice(), true));
    }

    #[tokio::test]
    async fn a_record_that_does_not_fit_is_an_error_and_an_end_is_none() {
        let (a, b) = pair();
        a.send(b"four", None).await.expect("sent");
        assert!(b.receive(&mut [0; 3]).await.is_err());
        assert!(b.is_quiet());
        drop(a);
        assert!(!b.is_quiet());
        assert!(b.receive(&mut [0; 3]).await.expect("no error").is_none());
    }
}
