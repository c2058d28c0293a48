//! How a sandbox is set up.

use std::path::PathBuf;
use std::time::Duration;

/// Everything about a sandbox that does not change from run to run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The interpreter.
    pub python: Python,
    /// Directory of the owners' files, private to this process.
    pub store: PathBuf,
    /// Runs at a time on each processor core.
    pub lanes_per_core: usize,
    /// Runs that may wait for a lane, and how many of them for one owner.
    pub waiting: usize,
    /// Of one owner.
    pub waiting_per_owner: usize,
    /// Longest wait.
    pub patience: Duration,
    /// Memory of a run above the zygote's own, in bytes.
    pub memory: u64,
    /// Threads of a run, the first included.
    pub threads: u64,
    /// Runs of one zygote before it makes place for a new one: hash seeds and addresses are the same in all its children.
    pub runs_per_zygote: u64,
}

/// The host's CPython.
#[derive(Debug, Clone)]
pub struct Python {
    /// Its shared library.
    pub libpython: PathBuf,
    /// Directories of its standard library, which guests see under the same names.
    pub library: Vec<PathBuf>,
    /// Modules that every program finds imported already.
    pub preimport: Vec<String>,
}

impl Config {
    /// Usual values.
    pub fn new(python: Python, store: PathBuf) -> Self {
        Self {
            python,
            store,
            lanes_per_core: 4,
            waiting: 64,
            waiting_per_owner: 8,
            patience: Duration::from_secs(10),
            memory: 64 << 20,
            threads: 9,
            runs_per_zygote: 1000,
        }
    }
}

impl Python {
    /// What profiles want, and what makes a run quick: an import inside costs more than everything else.
    pub const PREIMPORT: &'static str = "abc base64 bisect calendar collections contextlib copy csv dataclasses datetime \
         decimal enum errno fractions functools hashlib heapq hmac html io itertools json linecache math operator os pathlib \
         pprint random re secrets shutil statistics string struct tempfile textwrap threading time traceback types typing \
         unicodedata urllib.parse uuid zlib";
}
