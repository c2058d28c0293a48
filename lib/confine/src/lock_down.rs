//! What a program gives up itself, before its first input, and the proof of the whole.

mod landlocked;
mod proof;

use std::path::PathBuf;

use crate::layer::Layers;
use crate::{Layer, policy};

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
    /// The sandbox's supervisor: answers its guests' calls, keeps its owners' files. It gets no Landlock, which would forbid
    /// it to read the memory of guests outside its own domain (landlock(7), "Ptrace restrictions"); they are outside, because
    /// a Landlock of files forbids the mounts that their root is made of. Its filter makes up for it: it has no sockets.
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

/// Proof that this process is confined. Only [`lock_down`] makes one, once it has read everything back: nobody else can make
/// or copy it.
///
/// ```compile_fail,E0451
/// let forged = confine::Confined { layers: Vec::new() };
/// ```
/// ```compile_fail,E0599
/// fn twice(proof: &confine::Confined) -> confine::Confined {
///     confine::Confined::clone(proof)
/// }
/// ```
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

/// Gives up what the role does not need, proves the whole, launcher's part included, and returns the proof.
///
/// Call it first thing in `main`: before any thread exists, and before the program reads anything but its orders. It needs no
/// `/proc`. After an error the process must end; some layers may be in place already.
pub fn lock_down(role: Role, grounds: &Grounds) -> Result<Confined, LockDownError> {
    lock_down_with(role, grounds, Layers::ALL)
}

pub(crate) fn lock_down_with(role: Role, grounds: &Grounds, layers: Layers) -> Result<Confined, LockDownError> {
    let mut notes = Vec::new();
    let prove = |notes: &mut Vec<_>, layer, proof: &dyn Fn() -> Result<String, LockDownError>| {
        if layers.has(layer) {
            notes.push((layer, proof()?));
        }
        Ok::<_, LockDownError>(())
    };

    // What the launcher did.
    prove(&mut notes, Layer::Identity, &proof::identity)?;
    prove(&mut notes, Layer::Capabilities, &proof::capabilities)?;
    prove(&mut notes, Layer::NoNewPrivileges, &proof::no_new_privileges)?;
    prove(&mut notes, Layer::Root, &proof::root)?;
    prove(&mut notes, Layer::Network, &proof::network)?;

    // What only the program can do, in the order in which each still can be.
    refuse_threads()?;
    hide_memory()?;
    if role != Role::Supervisor {
        for (layer, lacking) in landlocked::enforce(role, grounds, layers)? {
            match (lacking, layer) {
                (Some(why), _) => notes.push((layer, why)),
                (None, Layer::LandlockFiles) => prove(&mut notes, layer, &proof::landlock_files)?,
                (None, Layer::LandlockNetwork) => prove(&mut notes, layer, &proof::landlock_network)?,
                (None, _) => notes.push((layer, "enforced".to_owned())),
            }
        }
    }
    if layers.has(Layer::Calls) {
        let missing = |what: String| LockDownError::Missing { layer: Layer::Calls, what };
        let program = policy::program(role).map_err(|error| missing(error.to_string()))?;
        program.install().map_err(|error| missing(error.to_string()))?;
        prove(&mut notes, Layer::Calls, &|| proof::calls(role))?;
    }
    Ok(Confined { layers: notes })
}

/// Threads would keep what this one gives up. unshare(2) accepts this flag, without any effect, only from the single thread
/// of a process.
fn refuse_threads() -> Result<(), LockDownError> {
    // SAFETY: the flag changes nothing in a process with one thread, and the call fails in any other.
    let alone = unsafe { libc::unshare(libc::CLONE_THREAD) } == 0;
    if alone { Ok(()) } else { Err(LockDownError::Threads) }
}

/// Keeps other processes of the same user (a CGI program, say) out of this one's memory, and secrets out of core files.
fn hide_memory() -> Result<(), LockDownError> {
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .map_err(|error| LockDownError::Missing { layer: Layer::Identity, what: format!("PR_SET_DUMPABLE: {error}") })
}
