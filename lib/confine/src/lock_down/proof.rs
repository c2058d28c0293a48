//! The read-back: asks the kernel, and tries what must not work.
//!
//! Needs no `/proc`, which a confined program does not have. What can only be seen from outside (namespaces, descriptors) is
//! the launcher's to check, with [`crate::inspect`].

use std::io;

use rustix::io::Errno;

use super::{LockDownError, Role};
use crate::Layer;

/// Capabilities are numbered from 0; the kernel knows fewer than this.
const MAX_CAPABILITY: u32 = 63;

type Proof = Result<String, LockDownError>;

fn unproved(layer: Layer, found: impl Into<String>) -> LockDownError {
    LockDownError::Unproved { layer, found: found.into() }
}

/// All uids are one, all gids are one, and none of them or of the groups is root's.
pub(super) fn identity() -> Proof {
    let (mut uids, mut gids) = ([0; 3], [0; 3]);
    let [real, effective, saved] = &mut uids;
    // SAFETY: three places for three numbers.
    let uid_read = unsafe { libc::getresuid(real, effective, saved) };
    let [real, effective, saved] = &mut gids;
    // SAFETY: as above.
    let gid_read = unsafe { libc::getresgid(real, effective, saved) };
    let groups = rustix::process::getgroups().map_err(|error| unproved(Layer::Identity, error.to_string()))?;
    let groups: Vec<u32> = groups.into_iter().map(|group| group.as_raw()).collect();
    let found = format!("uids {uids:?}, gids {gids:?}, groups {groups:?}");
    let one = |ids: [u32; 3]| ids[0] != 0 && ids.iter().all(|id| *id == ids[0]);
    if uid_read != 0 || gid_read != 0 || !one(uids) || !one(gids) || groups.contains(&0) {
        return Err(unproved(Layer::Identity, found));
    }
    Ok(found)
}

/// All five sets are empty. (What is ambient is permitted too.)
pub(super) fn capabilities() -> Proof {
    use rustix::thread::CapabilitySet;
    let failed = |error: Errno| unproved(Layer::Capabilities, error.to_string());
    let sets = rustix::thread::capabilities(None).map_err(failed)?;
    if !(sets.effective | sets.permitted | sets.inheritable).is_empty() {
        return Err(unproved(Layer::Capabilities, format!("{sets:?}")));
    }
    for number in 0..=MAX_CAPABILITY {
        match rustix::thread::capability_is_in_bounding_set(CapabilitySet::from_bits_retain(1 << number)) {
            Ok(false) => {}
            Ok(true) => return Err(unproved(Layer::Capabilities, format!("{number} is in the bounding set"))),
            Err(Errno::INVAL) => break, // beyond the last that this kernel knows
            Err(error) => return Err(failed(error)),
        }
    }
    Ok("none in any set".to_owned())
}

/// No exec gives anything back.
pub(super) fn no_new_privileges() -> Proof {
    match rustix::thread::no_new_privs() {
        Ok(true) => Ok("set".to_owned()),
        found => Err(unproved(Layer::NoNewPrivileges, format!("{found:?}"))),
    }
}

/// The root directory is the one that the launcher made: read-only, at the top, and without the host's
/// `/proc`.
pub(super) fn root() -> Proof {
    let failed = |error: Errno| unproved(Layer::Root, error.to_string());
    let root = rustix::fs::stat("/").map_err(failed)?;
    let above = rustix::fs::stat("/..").map_err(failed)?;
    if (root.st_dev, root.st_ino) != (above.st_dev, above.st_ino) {
        return Err(unproved(Layer::Root, "there is something above it"));
    }
    let flags = rustix::fs::statvfs("/").map_err(failed)?.f_flag;
    if !flags.contains(rustix::fs::StatVfsMountFlags::RDONLY | rustix::fs::StatVfsMountFlags::NOSUID) {
        return Err(unproved(Layer::Root, format!("it is mounted {flags:?}")));
    }
    match rustix::fs::stat("/proc/self") {
        Err(Errno::NOENT) => Ok("read-only, without the host's files".to_owned()),
        found => Err(unproved(Layer::Root, format!("/proc/self: {}", word(found.map(drop))))),
    }
}

/// Nothing can be reached, not even this machine itself. To be tried before the filter, which refuses the attempt.
pub(super) fn network() -> Proof {
    match dial(libc::SOCK_DGRAM) {
        Err(Errno::NETUNREACH | Errno::AFNOSUPPORT) => Ok("empty".to_owned()),
        found => Err(unproved(Layer::Network, format!("127.0.0.1 over UDP: {}", word(found)))),
    }
}

/// The root directory could be listed by everybody, were it not for Landlock.
pub(super) fn landlock_files() -> Proof {
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
    match rustix::fs::open("/", flags, rustix::fs::Mode::empty()) {
        Err(Errno::ACCESS) => Ok("what is not granted is refused".to_owned()),
        found => Err(unproved(Layer::LandlockFiles, format!("/ could be opened: {}", word(found.map(drop))))),
    }
}

/// A TCP socket can be made, but not used. To be tried before the filter, which refuses the first half.
pub(super) fn landlock_network() -> Proof {
    match dial(libc::SOCK_STREAM) {
        Err(Errno::ACCESS | Errno::AFNOSUPPORT) => Ok("no TCP".to_owned()),
        found => Err(unproved(Layer::LandlockNetwork, format!("127.0.0.1 over TCP: {}", word(found)))),
    }
}

/// The filter stands, and refuses what it should.
pub(super) fn calls(role: Role) -> Proof {
    let failed = |what: &str, found| unproved(Layer::Calls, format!("{what}: {}", word(found)));
    match rustix::thread::secure_computing_mode() {
        Ok(rustix::thread::SecureComputingMode::Filter) => {}
        found => return Err(failed("its mode", found.map(drop))),
    }
    match dial(libc::SOCK_STREAM) {
        Err(Errno::PERM) => {}
        found => return Err(failed("a TCP socket", found)),
    }
    if role != Role::Files {
        let arguments = [std::ptr::null()];
        // SAFETY: terminated path and arrays. A directory cannot be run, so that even without a filter this returns.
        unsafe { libc::execve(c"/".as_ptr(), arguments.as_ptr(), arguments.as_ptr()) };
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::EPERM) {
            return Err(unproved(Layer::Calls, format!("running a program: {error}")));
        }
    }
    Ok("filtered".to_owned())
}

/// Connects a socket of this type to a port of this machine where nothing listens.
fn dial(kind: i32) -> Result<(), Errno> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
    let socket = socket_with(AddressFamily::INET, SocketType::from_raw(kind as u32), SocketFlags::CLOEXEC, None)?;
    connect(&socket, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, 9))
}

fn word(found: Result<(), Errno>) -> String {
    found.map_or_else(|error| error.to_string(), |()| "it worked".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

    const SERVICE: u32 = 62_098;

    /// Of a thread that changes its own ids, and nobody else's.
    fn identity_with(gids: [u32; 3], uids: [u32; 3], groups: &[u32]) -> bool {
        let become_somebody = || {
            let groups: Vec<Gid> = groups.iter().map(|group| Gid::from_raw(*group)).collect();
            set_thread_groups(&groups)?;
            let [real, effective, saved] = gids.map(Gid::from_raw);
            set_thread_res_gid(real, effective, saved)?;
            let [real, effective, saved] = uids.map(Uid::from_raw);
            set_thread_res_uid(real, effective, saved)
        };
        let proof = std::thread::scope(|scope| {
            let thread = scope.spawn(|| become_somebody().map(|()| identity().is_ok()));
            thread.join().expect("no panic")
        });
        proof.expect("these tests run as root")
    }

    #[test]
    fn whoever_is_root_in_any_way_or_two_users_at_a_time_is_found_out() {
        let (me, other) = (SERVICE, SERVICE + 1);
        assert!(identity_with([me; 3], [me; 3], &[]) && identity_with([me; 3], [me; 3], &[other]), "one user");
        for ids in [[0; 3], [0, me, me], [me, 0, me], [me, me, 0], [me, me, other]] {
            assert!(!identity_with(ids, [me; 3], &[]), "gids {ids:?}");
            assert!(!identity_with([me; 3], ids, &[]), "uids {ids:?}");
        }
        assert!(!identity_with([me; 3], [me; 3], &[other, 0]), "a group");
    }
}
