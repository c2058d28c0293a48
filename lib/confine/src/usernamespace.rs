//! A user namespace that root makes for the sandbox: owned by an ordinary user, mapping a pool of ids for guests.

use std::os::fd::OwnedFd;

use crate::Root;

/// A run of ids, one line of `/proc/PID/uid_map` or `gid_map`; see user_namespaces(7).
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
    #[error(
        "cannot {step} for the sandbox's user namespace; are user namespaces switched off (user.max_user_namespaces)?"
    )]
    Step {
        /// What was tried.
        step: &'static str,
        /// The kernel's answer.
        source: std::io::Error,
    },
}

/// Makes a user namespace owned by `uid` and returns its descriptor (close-on-exec), to be kept and passed on.
pub fn create(_root: &Root, _uid: u32, _gid: u32, _maps: &Maps) -> Result<OwnedFd, UserNamespaceError> {
    Err(UserNamespaceError::Refused("not yet".into()))
}
