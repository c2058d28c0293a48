//! What is asked of the sandbox.

use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::DEFAULT;

/// One program to run for one owner.
#[derive(Debug)]
pub struct Request {
    /// Whose private `/tmp` it gets. Any text: it never becomes part of a path.
    pub owner: String,
    /// What its tracebacks call the program, and `sys.argv[0]`.
    pub name: String,
    /// Python source.
    pub code: String,
    /// Which of [`Config::pythons`](crate::Config::pythons) runs it.
    pub python: String,
    /// `sys.argv[1:]`.
    pub arguments: Vec<String>,
    /// Its standard input, open for reading; nothing if there is none. The program can set it to non-blocking, as everybody
    /// can who has it open.
    pub input: Option<OwnedFd>,
    /// The program's connection to the host's services, if it has one. Whoever answers there says how many calls are too many.
    pub api: Option<OwnedFd>,
    /// What it may use, where that is less than any run may: more than [`Config::limits`](crate::Config::limits) is cut to
    /// that.
    pub limits: Limits,
    /// How much is told of it.
    pub detail: Detail,
}

impl Request {
    /// A program for the default Python, without arguments and without a connection, limited as every run of its sandbox.
    pub fn new(owner: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            name: "profile.py".into(),
            code: code.into(),
            python: DEFAULT.into(),
            arguments: Vec::new(),
            input: None,
            api: None,
            limits: Limits::WIDE,
            detail: Detail::default(),
        }
    }
}

/// How much is told of a run. More takes longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The outcome, as soon as there is one.
    #[default]
    Outcome,
    /// And the memory that it took by the kernel's word, which is known when it has cleared the run away.
    Account,
    /// And each call that was answered by the sandbox.
    Transcript,
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
    /// Bytes above the zygote's own.
    pub memory: u64,
    /// Threads, the first included.
    pub threads: u64,
    /// Files of its own that it has open at a time, and as many of all else: of the library, pipes and sockets.
    pub open_files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(5),
            processor_time: Duration::from_secs(2),
            output: 256 * 1024,
            memory: 64 << 20,
            threads: 9,
            open_files: 64,
        }
    }
}

impl Limits {
    /// The most that a sandbox can be set up to give.
    pub const WIDE: Self = Self {
        time: Duration::from_secs(24 * 60 * 60),
        processor_time: Duration::from_secs(24 * 60 * 60),
        output: 64 << 20,
        memory: 1 << 40,
        threads: 65,
        open_files: 64,
    };

    /// Each limit, or that of `most` where it is lower.
    pub(crate) fn within(self, most: &Self) -> Self {
        Self {
            time: self.time.min(most.time),
            processor_time: self.processor_time.min(most.processor_time),
            output: self.output.min(most.output),
            memory: self.memory.min(most.memory),
            threads: self.threads.min(most.threads),
            open_files: self.open_files.min(most.open_files),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_can_ask_for_less_and_not_for_more() {
        let most = Limits::default();
        let less = Limits { output: 10, threads: 2, open_files: 3, ..most };
        assert_eq!(less.within(&most), less);
        assert_eq!(Limits::WIDE.within(&most), most);
    }
}
