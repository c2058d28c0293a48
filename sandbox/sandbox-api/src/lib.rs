//! The contract of sandboxd. `sandbox.varlink` is the same in varlink's own language.

#![forbid(unsafe_code)]

use rpc::Nothing;
use serde::{Deserialize, Serialize};

/// The interface in varlink's definition language; the service hands it out on request.
pub const IDL: &str = include_str!("sandbox.varlink");

/// Runs one program in its owner's private directory. The run's API connection, where it has one, travels with the call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Names the private directory. Any text: it is never part of a path.
    pub owner: String,
    pub visitor: String,
    pub code: String,
    /// By its name in zook.conf; the default one where it is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<String>,
    /// What it may use, where that is less than any run may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// What one run may use, each as the setting of this name in zook.conf has it for all runs. More than there is cut to that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub time_ms: Option<u64>,
    pub cpu_ms: Option<u64>,
    pub memory_mb: Option<u64>,
    pub output_kb: Option<usize>,
    pub open_files: Option<usize>,
    pub threads: Option<u64>,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    pub outcome: Outcome,
}

/// How a run ended and what it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub ending: Ending,
    /// What `exit` was called with, where the program ended by itself.
    pub exit_code: Option<i32>,
    /// What was printed before the end. Bytes that are not UTF-8, and control characters but `\n`, `\r` and `\t`, are replaced.
    pub output: String,
    /// What the program, or Python on its behalf, wrote to stderr: for the author's eyes only.
    #[serde(default)]
    pub errors: String,
    /// One sentence where the program did not end well, fit for a visitor.
    pub remark: Option<String>,
    /// Each distinct call that the sandbox refused, with the reason: for the author.
    #[serde(default)]
    pub denials: Vec<String>,
    pub milliseconds: u64,
    /// The most memory that it had, in bytes, with what Python itself has; nothing where that is not known. Of a program that
    /// ended by itself it is that program's own word: to be shown to its author, and no more.
    pub peak_memory: Option<u64>,
    /// What its owner has after it: files, directories and links.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
}

/// The ways in which a run can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By itself, whatever its exit code.
    Finished,
    /// Killed at its time limit.
    Timeout,
    /// Killed at, or failed for, its memory limit.
    Memory,
    /// Killed at its output limit.
    Output,
    /// Killed by a forbidden system call.
    Denied,
    /// Killed by another signal.
    Crashed,
    /// It asked for a Python that is not there.
    NoPython,
    /// A failure of ours, not of the program's.
    NotStarted,
}

/// Makes what the owner's current run has written so far durable. Not to be repeated: a sandbox that was started since then
/// knows nothing of that run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Commit {
    pub owner: String,
}

/// How sandboxd refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum Error {
    /// Too many runs are waiting.
    #[serde(rename = "org.zoobar.Sandbox.Busy")]
    #[error("too many runs are waiting")]
    Busy,
    /// A failure of ours.
    #[serde(rename = "org.zoobar.Sandbox.Unavailable")]
    #[error("the sandbox cannot run programs now")]
    Unavailable,
}

rpc::methods! { "org.zoobar.Sandbox", Error;
    Run => Ran, takes_descriptor;
    Commit => Nothing;
}
