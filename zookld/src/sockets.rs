//! Every listening socket of the site. The launcher keeps them, so that while a service is started again its visitors and
//! callers wait instead of being refused.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, chmodat, statat, unlinkat};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::jail::{Dir, JailError};

/// Connections that wait to be taken; the kernel's `net.core.somaxconn` lowers it further.
const BACKLOG: i32 = 1024;
/// Name of a service's socket in its directory below `sockets`.
const NAME: &str = "sock";

/// A socket of the site's own: what the service listens on, and what is bound into the roots of its callers.
pub(crate) struct Inner {
    pub(crate) listener: OwnedFd,
    pub(crate) place: OwnedFd,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error("port {} of {} is taken; stop what serves there, or write another port in [zook]", .0.port(), .0.ip())]
    Taken(SocketAddr),
    #[error("{0} is no address of this machine; write address = 127.0.0.1 in [zook]")]
    NotOurs(std::net::IpAddr),
    #[error("cannot listen on {0}")]
    Tcp(SocketAddr, #[source] io::Error),
    #[error("{} is there and is no socket; move it away", .0.display())]
    InTheWay(PathBuf),
    #[error("cannot make the socket {}", .0.display())]
    Unix(PathBuf, #[source] io::Error),
    #[error(transparent)]
    Jail(#[from] JailError),
}

/// The visitors' socket, and the address it really has: port 0 lets the kernel choose.
pub(crate) fn public(address: SocketAddr) -> Result<(OwnedFd, SocketAddr), SocketError> {
    let failed = |why: rustix::io::Errno| match why {
        rustix::io::Errno::ADDRINUSE => SocketError::Taken(address),
        rustix::io::Errno::ADDRNOTAVAIL => SocketError::NotOurs(address.ip()),
        why => SocketError::Tcp(address, why.into()),
    };
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(failed)?;
    // Without it a restart within a minute of the last visitor would find the port taken by his closed connection.
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true).map_err(failed)?;
    rustix::net::bind(&socket, &address).map_err(failed)?;
    rustix::net::listen(&socket, BACKLOG).map_err(failed)?;
    let bound = rustix::net::getsockname(&socket).and_then(SocketAddr::try_from).map_err(failed)?;
    Ok((socket, bound))
}

/// A service's socket in a directory that only root can enter: it is reached where it is bound, and nowhere else.
pub(crate) fn inner(directory: &Dir, kind: SocketType) -> Result<Inner, SocketError> {
    let path = directory.path().join(NAME);
    let failed = |why: rustix::io::Errno| SocketError::Unix(path.clone(), why.into());
    match statat(directory, NAME, AtFlags::SYMLINK_NOFOLLOW) {
        Err(rustix::io::Errno::NOENT) => {}
        Err(why) => return Err(failed(why)),
        Ok(seen) if FileType::from_raw_mode(seen.st_mode) == FileType::Socket => {
            unlinkat(directory, NAME, AtFlags::empty()).map_err(failed)?;
        }
        Ok(_) => return Err(SocketError::InTheWay(path)),
    }
    let listener = rustix::net::socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).map_err(failed)?;
    // The address of a Unix socket has room for 107 bytes; through the descriptor the jail may stand as deep as it likes.
    let short = format!("/proc/self/fd/{}/{NAME}", directory.as_fd().as_raw_fd());
    let address = SocketAddrUnix::new(Path::new(&short)).map_err(failed)?;
    rustix::net::bind(&listener, &address).map_err(failed)?;
    // To connect is to write. Who may is decided by the mounts, and then by the service, method by method.
    chmodat(directory, NAME, Mode::from_raw_mode(0o666), AtFlags::empty()).map_err(failed)?;
    rustix::net::listen(&listener, BACKLOG).map_err(failed)?;
    let place = directory.find(Path::new(NAME)).map_err(|why| SocketError::Unix(path.clone(), why))?;
    Ok(Inner { listener, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let (_first, address) = public("127.0.0.1:0".parse().expect("an address")).expect("is free");
        assert_ne!(address.port(), 0);
        let said = public(address).expect_err("is taken").to_string();
        assert!(said.contains(&address.port().to_string()) && said.contains("taken"), "{said}");
    }

    #[test]
    fn an_address_of_another_machine_is_named() {
        let said = public("192.0.2.1:0".parse().expect("an address")).expect_err("is not ours").to_string();
        assert!(said.contains("192.0.2.1"), "{said}");
    }
}
