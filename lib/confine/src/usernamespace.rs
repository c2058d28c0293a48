//! A user namespace that root makes for the sandbox: owned by an ordinary user, mapping a pool of ids for guests.
//!
//! The owner of a user namespace is the user who made it, and only its owner may, without any capability, enter it, signal
//! what runs in it and read its memory; but only root may map more than one id into it. So a child becomes that user and then
//! makes the namespace, and root writes the maps from outside; see user_namespaces(7).

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, pidfd_send_signal};
use rustix::thread::{Gid, Uid, UnshareFlags};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::{Root, fork};

/// Lines of a map that the kernel takes.
const MAX_LINES: usize = 340;

/// A run of ids, one line of `/proc/PID/uid_map` or `gid_map`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdRange {
    /// First id inside the namespace.
    pub inside: u32,
    /// First id on the host; never 0.
    pub outside: u32,
    /// How many.
    pub count: u32,
}

/// The maps of a user namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maps {
    /// User ids.
    pub uids: Vec<IdRange>,
    /// Group ids.
    pub gids: Vec<IdRange>,
}

/// Why there is no user namespace.
#[derive(Debug, thiserror::Error)]
pub enum UserNamespaceError {
    /// The maps or the owner are not acceptable.
    #[error("{0}")]
    Refused(String),
    /// A step failed.
    #[error("cannot {step}; are user namespaces switched off (sysctl user.max_user_namespaces)?")]
    Step {
        /// What was tried.
        step: &'static str,
        /// The kernel's answer.
        source: io::Error,
    },
}

/// Makes a user namespace owned by `uid` and returns its descriptor (close-on-exec), for the sandbox to inherit and enter.
pub fn create(_root: &Root, uid: u32, gid: u32, maps: &Maps) -> Result<OwnedFd, UserNamespaceError> {
    if uid == 0 || gid == 0 || uid == u32::MAX || gid == u32::MAX {
        return Err(UserNamespaceError::Refused("root may not own the sandbox's user namespace".into()));
    }
    let (uid_map, gid_map) = (text(&maps.uids)?, text(&maps.gids)?);
    make(Some((uid, gid)), |pid| map_and_open(pid, &uid_map, &gid_map))
}

/// Makes a user namespace of an ordinary user's own: with one id inside, 0, which is his. His groups stay in it, since nobody
/// without privilege may leave a group.
pub fn create_alone() -> Result<OwnedFd, UserNamespaceError> {
    let uid = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    make(None, |pid| {
        fs::write(format!("/proc/{}/setgroups", pid.as_raw_nonzero()), "deny")?;
        map_and_open(pid, &format!("0 {uid} 1\n"), &format!("0 {gid} 1\n"))
    })
}

/// Has a child make the namespace, as that user where one is given, and has it mapped from outside.
fn make(
    owner: Option<(u32, u32)>,
    map: impl FnOnce(Pid) -> io::Result<OwnedFd>,
) -> Result<OwnedFd, UserNamespaceError> {
    let step = |step| move |source| UserNamespaceError::Step { step, source };
    let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(|error| step("make a pipe")(error.into()));
    let ((ready, child_ready), (child_hold, hold)) = (pipe()?, pipe()?);

    // SAFETY: the closure makes system calls on integers, and neither allocates, locks nor panics.
    let forked = unsafe { fork::fork(false, || own_namespace(owner, &child_ready, &child_hold, &hold)) };
    let (pid, pidfd) = forked.map_err(step("make a process for the sandbox's user namespace"))?;
    drop(child_ready);

    let made = first_word(&ready)
        .map_err(step("make the sandbox's user namespace"))
        .and_then(|()| map(pid).map_err(step("map ids into the sandbox's user namespace")));
    // The descriptor holds the namespace from here on. A child that is dead already is just as good.
    let _ = pidfd_send_signal(&pidfd, Signal::KILL);
    fork::reap(&pidfd);
    made
}

/// In the child: becomes the owner where there is another, makes the namespace, says how that went, and waits for its end.
fn own_namespace(owner: Option<(u32, u32)>, ready: &OwnedFd, held: &OwnedFd, hold: &OwnedFd) -> i32 {
    let become_owner = |(uid, gid)| {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        set_thread_groups(&[])
            .and_then(|()| set_thread_res_gid(gid, gid, gid))
            .and_then(|()| set_thread_res_uid(uid, uid, uid))
    };
    let made = owner
        .map_or(Ok(()), become_owner)
        // SAFETY: a new user namespace shares neither descriptors nor the working directory in another way than before.
        .and_then(|()| unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWUSER) });
    let errno = made.err().map_or(0, |error| error.raw_os_error());
    // With our own copy of the other end closed, the read below ends when the launcher does.
    // SAFETY: the owner of this descriptor is the launcher's; it does not run in this process.
    unsafe { libc::close(hold.as_raw_fd()) };
    if rustix::io::write(ready, &errno.to_ne_bytes()).is_ok() {
        let _ = rustix::io::read(held, &mut [0_u8]);
    }
    0
}

/// In the launcher: the error number of the child, or that it died.
fn first_word(ready: &OwnedFd) -> io::Result<()> {
    let mut word = [0; 4];
    match rustix::io::retry_on_intr(|| rustix::io::read(ready, &mut word))? {
        4 if word == [0; 4] => Ok(()),
        4 => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(word))),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn map_and_open(pid: Pid, uid_map: &str, gid_map: &str) -> io::Result<OwnedFd> {
    let pid = pid.as_raw_nonzero();
    fs::write(format!("/proc/{pid}/uid_map"), uid_map)?;
    fs::write(format!("/proc/{pid}/gid_map"), gid_map)?;
    Ok(fs::File::open(format!("/proc/{pid}/ns/user"))?.into())
}

/// The map as the kernel reads it.
fn text(ranges: &[IdRange]) -> Result<String, UserNamespaceError> {
    if ranges.is_empty() || ranges.len() > MAX_LINES {
        return Err(UserNamespaceError::Refused(format!("a map of ids has 1 to {MAX_LINES} lines")));
    }
    let mut text = String::new();
    for IdRange { inside, outside, count } in ranges {
        if *outside == 0 || *count == 0 || outside.checked_add(*count).is_none() {
            return Err(UserNamespaceError::Refused(format!("ids {outside} and {count} more cannot be mapped")));
        }
        text.push_str(&format!("{inside} {outside} {count}\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    const POOL: IdRange = IdRange { inside: 1000, outside: 62_050, count: 10 };

    #[test]
    fn a_namespace_of_its_own_is_made_and_outlives_its_maker() {
        let maps = Maps { uids: vec![POOL], gids: vec![POOL] };
        let namespace = create(&Root::of_a_test(), 62_049, 62_049, &maps).expect("made");
        let made = fs::File::from(namespace).metadata().expect("open");
        let own = fs::metadata("/proc/self/ns/user").expect("own");
        assert_ne!(made.ino(), own.ino());
    }

    #[test]
    fn root_is_neither_owner_nor_mapped() {
        let maps = Maps { uids: vec![POOL], gids: vec![POOL] };
        assert!(create(&Root::of_a_test(), 0, 62_049, &maps).is_err());
        let mapped = Maps { uids: vec![IdRange { outside: 0, ..POOL }], ..maps };
        assert!(create(&Root::of_a_test(), 62_049, 62_049, &mapped).is_err());
    }
}
