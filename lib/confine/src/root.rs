//! The right to do what only root may: a value, taken once.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::thread::CapabilitySet;

/// Proof that this process is root, has the capabilities that launching takes, and has claimed them on purpose.
///
/// Only [`Root::claim`] makes one, and only once in the life of a process; functions that use root's power ask for it, so
/// that the signature of a function shows whether it may.
///
/// ```compile_fail,E0423
/// let forged = confine::Root(());
/// ```
#[derive(Debug)]
pub struct Root(());

/// Why there is no [`Root`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRoot {
    /// Started by somebody else.
    #[error("this must be started by root, but runs as uid {uid}; start it with sudo")]
    Uid {
        /// The effective uid.
        uid: u32,
    },
    /// Root in name only, as in a container with few capabilities.
    #[error("root lacks {missing} here; grant it to the container or virtual machine")]
    Capability {
        /// Name as in capabilities(7).
        missing: &'static str,
    },
    /// The one value is taken.
    #[error("root's power is claimed already in this process")]
    Claimed,
}

/// What launching takes. `CAP_SYS_RESOURCE` is left out on purpose: limits are only ever lowered.
const NEEDED: &[(CapabilitySet, &str)] = &[
    (CapabilitySet::CHOWN, "CAP_CHOWN"),
    (CapabilitySet::KILL, "CAP_KILL"),
    (CapabilitySet::SETGID, "CAP_SETGID"),
    (CapabilitySet::SETUID, "CAP_SETUID"),
    (CapabilitySet::SETPCAP, "CAP_SETPCAP"),
    (CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN"),
    (CapabilitySet::SYS_PTRACE, "CAP_SYS_PTRACE"),
];

static CLAIMED: AtomicBool = AtomicBool::new(false);

impl Root {
    /// Takes root's power, once.
    pub fn claim() -> Result<Self, NotRoot> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            return Err(NotRoot::Uid { uid: uid.as_raw() });
        }
        let effective = rustix::thread::capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
        for (capability, missing) in NEEDED {
            if !effective.contains(*capability) {
                return Err(NotRoot::Capability { missing });
            }
        }
        if CLAIMED.swap(true, Ordering::Relaxed) {
            return Err(NotRoot::Claimed);
        }
        Ok(Self(()))
    }

    /// Tests run side by side in one process, so each makes its own.
    #[cfg(test)]
    pub(crate) fn of_a_test() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_power_can_be_claimed_once() {
        assert!(Root::claim().is_ok(), "the tests of this crate run as root");
        assert_eq!(Root::claim().expect_err("claimed twice"), NotRoot::Claimed);
    }
}
