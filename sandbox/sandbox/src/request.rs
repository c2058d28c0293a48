//! What is asked of the sandbox.

use std::os::fd::OwnedFd;
use std::time::Duration;

/// One program to run for one owner.
#[derive(Debug)]
pub struct Request {
    /// Whose private `/tmp` it gets. Any text: it never becomes part of a path.
    pub owner: String,
    /// Python source.
    pub code: String,
    /// `sys.argv[1:]`.
    pub arguments: Vec<String>,
    /// The program's connection to the host's services, if it has one.
    pub api: Option<OwnedFd>,
    /// What it may use.
    pub limits: Limits,
}

/// What one run may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From its beginning to its end.
    pub time: Duration,
    /// Of the processor.
    pub processor_time: Duration,
    /// Bytes printed, to standard output and error output together.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(5), processor_time: Duration::from_secs(2), output: 256 * 1024 }
    }
}
