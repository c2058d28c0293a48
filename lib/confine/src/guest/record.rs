//! Records with descriptors between the supervisor, the nursery and the zygotes: `SOCK_SEQPACKET` sockets, unix(7).

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType,
};

/// Longest record.
pub const MAX: usize = 16 * 1024;
/// Most descriptors that travel with one.
const MAX_DESCRIPTORS: usize = 3;

/// Two ends of a new line.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Sends one record, which must not be empty: that would look like the end.
pub fn send(line: impl AsFd, record: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    rustix::net::sendmsg(line, &[io::IoSlice::new(record)], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Waits for one record and what came with it; `None` at the end.
pub fn receive(line: impl AsFd) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut record = vec![0; MAX];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [io::IoSliceMut::new(&mut record)];
    let received = rustix::net::recvmsg(line, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    let length = received.bytes;
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(came) = message {
            descriptors.extend(came);
        }
    }
    if length == 0 {
        return Ok(None);
    }
    record.truncate(length);
    Ok(Some((record, descriptors)))
}
