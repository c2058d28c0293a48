//! Messages on a stream: JSON text, ended by a NUL byte, up to a length.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// How much is asked of the kernel at a time, and what an empty buffer shrinks to.
const CHUNK: usize = 8 * 1024;

/// Whether descriptors are taken from a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descriptors {
    /// The kernel closes what is sent along.
    Refuse,
    /// One may travel with each message.
    Accept,
}

/// Why no further message comes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("the message is longer than {0} bytes")]
    TooLong(usize),
    #[error("the connection ended in the middle of a message")]
    Truncated,
    #[error("more than one descriptor came with a message")]
    TooManyDescriptors,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The receiving side of a connection.
#[derive(Debug)]
pub(crate) struct Frames {
    buffer: Vec<u8>,
    /// Bytes at the front of `buffer` that belong to messages given out already.
    consumed: usize,
    /// Length of the longest message.
    most: usize,
    descriptors: Descriptors,
    descriptor: Option<OwnedFd>,
}

/// One message and the descriptor that came with it.
#[derive(Debug)]
pub(crate) struct Frame<'b> {
    pub(crate) text: &'b [u8],
    pub(crate) descriptor: Option<OwnedFd>,
}

impl Frames {
    pub(crate) fn new(most: usize, descriptors: Descriptors) -> Self {
        Self { buffer: Vec::new(), consumed: 0, most, descriptors, descriptor: None }
    }

    /// Waits until a message has begun. `false` is a connection that ended between two messages.
    pub(crate) async fn begun(&mut self, stream: &UnixStream) -> Result<bool, FrameError> {
        self.forget_consumed();
        Ok(!self.buffer.is_empty() || self.fill(stream).await? > 0)
    }

    /// The next message; to be called when one has [begun](Self::begun).
    pub(crate) async fn next(&mut self, stream: &UnixStream) -> Result<Frame<'_>, FrameError> {
        self.forget_consumed();
        let mut scanned = 0;
        loop {
            if let Some(end) = self.buffer[scanned..].iter().position(|byte| *byte == 0) {
                let end = scanned + end;
                self.consumed = end + 1;
                return Ok(Frame { text: &self.buffer[..end], descriptor: self.descriptor.take() });
            }
            scanned = self.buffer.len();
            if scanned >= self.most {
                return Err(FrameError::TooLong(self.most));
            }
            if self.fill(stream).await? == 0 {
                return Err(FrameError::Truncated);
            }
        }
    }

    fn forget_consumed(&mut self) {
        self.buffer.drain(..self.consumed);
        self.consumed = 0;
        if self.buffer.is_empty() {
            self.buffer.shrink_to(CHUNK);
        }
    }

    /// Reads what is there, without going beyond the largest message. 0 is the end of the connection.
    async fn fill(&mut self, stream: &UnixStream) -> Result<usize, FrameError> {
        let filled = self.buffer.len();
        self.buffer.resize((filled + CHUNK).min(self.most), 0);
        let read = match self.descriptors {
            Descriptors::Refuse => self.read_plain(stream, filled).await,
            Descriptors::Accept => self.read_with_descriptor(stream, filled).await,
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        read
    }

    async fn read_plain(&mut self, stream: &UnixStream, filled: usize) -> Result<usize, FrameError> {
        let into = &mut self.buffer[filled..];
        Ok(stream.async_io(Interest::READABLE, || stream.try_read(into)).await?)
    }

    async fn read_with_descriptor(&mut self, stream: &UnixStream, filled: usize) -> Result<usize, FrameError> {
        let into = &mut self.buffer[filled..];
        let (read, received) =
            stream.async_io(Interest::READABLE, || receive(stream.as_fd(), into)).await.map_err(FrameError::Io)?;
        for descriptor in received {
            if self.descriptor.replace(descriptor).is_some() {
                return Err(FrameError::TooManyDescriptors);
            }
        }
        Ok(read)
    }
}

/// recvmsg(2) with room for two descriptors, so that a second one is seen and refused.
fn receive(socket: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let message = rustix::net::recvmsg(socket, &mut [IoSliceMut::new(into)], &mut control, flags)?;
    let mut received = Vec::new();
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = part {
            received.extend(descriptors);
        }
    }
    Ok((message.bytes, received))
}

/// Sends one message, which must end with its NUL byte. A descriptor travels with the first byte.
pub(crate) async fn send(
    stream: &UnixStream,
    message: &[u8],
    descriptor: Option<BorrowedFd<'_>>,
) -> Result<(), FrameError> {
    let mut sent = 0;
    while sent < message.len() {
        let with = if sent == 0 { descriptor } else { None };
        sent += stream.async_io(Interest::WRITABLE, || send_some(stream.as_fd(), &message[sent..], with)).await?;
    }
    Ok(())
}

fn send_some(socket: BorrowedFd<'_>, bytes: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<usize> {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let Some(descriptor) = descriptor else {
        return Ok(rustix::net::send(socket, bytes, flags)?);
    };
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let descriptors = [descriptor];
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    Ok(rustix::net::sendmsg(socket, &[IoSlice::new(bytes)], &mut control, flags)?)
}
