//! The operator's way into a service: a connection that the kernel attributes to another user.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::process::{Gid, Uid};
use rustix::thread::{capabilities, set_capabilities, set_thread_res_gid, set_thread_res_uid};

/// Connects to a Unix socket as another user: the server's `SO_PEERCRED` (unix(7)) names `uid` and `gid`.
///
/// Root alone can do this, and it is what root is for: anybody who can become a service's user may call what that service
/// may. The identity is that of a thread made for the purpose (credentials(7): the kernel keeps them per thread), so the
/// rest of the process stays who it was. That thread keeps root's capabilities, because the sockets stand in directories
/// which only root can pass.
///
/// # Errors
///
/// EPERM when this process is not root; else what connect(2) says.
pub fn connect_as(uid: u32, gid: u32, socket: &Path) -> io::Result<UnixStream> {
    std::thread::scope(|scope| {
        let connecting = scope.spawn(|| {
            let root = capabilities(None)?;
            set_thread_res_gid(None::<Gid>, Gid::from_raw(gid), None::<Gid>)?;
            set_thread_res_uid(None::<Uid>, Uid::from_raw(uid), None::<Uid>)?;
            set_capabilities(None, root)?;
            UnixStream::connect(socket)
        });
        connecting.join().unwrap_or_else(|_| Err(io::Error::other("the connecting thread panicked")))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use rustix::net::sockopt::socket_peercred;

    use super::*;

    #[test]
    fn the_server_sees_the_other_user_and_the_caller_stays_root() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("sock");
        let listener = UnixListener::bind(&path).expect("binds");
        let _client = connect_as(62_611, 62_612, &path).expect("connects");
        let (server, _) = listener.accept().expect("accepts");
        let seen = socket_peercred(&server).expect("the kernel knows");
        assert_eq!((seen.uid.as_raw(), seen.gid.as_raw()), (62_611, 62_612));
        assert!(rustix::process::geteuid().is_root());
    }
}
