//! What the sandbox's supervisor and a zygote say to each other, and what a spare reads as its run.
//!
//! One message is one record of JSON on a `SOCK_SEQPACKET` socket. A zygote never reads anything that a guest wrote.

#![forbid(unsafe_code)]

use cpython::Installation;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Number of the descriptor on which a zygote gets its [`Settings`] and then its [`Birth`]s.
pub const CONTROL: i32 = 3;
/// Number of the descriptor in a guest that is the connection to the host's services.
pub const API: u32 = 3;
/// Number of the descriptor in a spare that is its filter's listener, until its supervisor has it.
pub const LISTENER: i32 = 3;
/// Number of the descriptor that a spare reads from: first an empty answer, as the sign that its supervisor holds its
/// filter's listener, then its [`Run`], a zero byte after it. It exists only in the supervisor.
pub const RUN: u32 = confine::guest::filter::FIRST_VIRTUAL;
/// What a spare writes to its output as soon as its walls stand, and before anything else.
pub const WALLS_STAND: u8 = 1;
/// Longest [`Run`], in bytes of JSON with its zero byte.
pub const MAX_RUN: usize = 1 << 20;

/// A zygote's first message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// Which CPython it is.
    pub installation: Installation,
    /// The processor that it and its children run on.
    pub core: usize,
    /// Modules that are imported before the first fork.
    pub preimport: Vec<String>,
}

/// The zygote's answer to its settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awake {
    /// It takes births; this is Python's version.
    Ready { version: String },
    /// It does not; this is why.
    Failed { why: String },
}

/// Asks for one spare. With it travel three descriptors: its output, its error output, and a socket for its [`Life`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Birth {
    /// Uid and gid inside the namespace, nobody else's; `None` where there is only the zygote's.
    pub id: Option<u32>,
    /// Memory above the zygote's own, in bytes.
    pub memory: u64,
    /// Processor time, in seconds.
    pub cpu_seconds: u64,
    /// Threads, the first included.
    pub threads: u64,
}

/// What the zygote tells about one of its children. When the socket closes without an end, the zygote is gone, and with it
/// all its children.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// The child exists; its pidfd travels with this.
    Born,
    /// There is none.
    NotBorn { why: String },
    /// It ended and is reaped: its uid is free.
    Ended {
        /// Where it ended by itself.
        exit_code: Option<i32>,
        /// Where it was killed.
        signal: Option<i32>,
        /// Processor time in microseconds.
        cpu_micros: u64,
        /// In KiB.
        peak_memory: u64,
    },
}

/// One program to run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Name of the program's file, for its tracebacks.
    pub name: String,
    /// Python source.
    pub code: String,
    /// `sys.argv[1:]`.
    pub arguments: Vec<String>,
}

/// Encodes a message. Our own types turn into JSON without fail.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    serde_json::to_vec(message).unwrap_or_default()
}

/// Decodes a message.
pub fn decode<T: DeserializeOwned>(record: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(record)
}
