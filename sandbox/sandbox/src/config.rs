//! How a sandbox is set up.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Limits;

/// Everything about a sandbox that does not change from run to run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The interpreter.
    pub python: Python,
    /// Directory of the owners' files, private to this process.
    pub store: PathBuf,
    /// What each owner may keep.
    pub quota: vfs::Limits,
    /// Processor cores to use at most. Each has a zygote of its own.
    pub cores: usize,
    /// Runs at a time on each processor core.
    pub lanes_per_core: usize,
    /// Guests that wait for a run on each processor core, about 1 MiB each.
    pub spares_per_core: usize,
    /// Ids that are mapped into the guests' namespace, from 0 on. With only one there is one run at a time, and the guest
    /// keeps that id, without a capability.
    pub ids: usize,
    /// What a run may use at the most; a request can ask for less.
    pub limits: Limits,
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
    /// Children of one zygote, and its age, before it makes place for a new one: hash seeds and addresses are the same in
    /// all its children.
    pub recycle_births: u64,
    /// See `recycle_births`.
    pub recycle_after: Duration,
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
            quota: vfs::Limits::default(),
            cores: 8,
            lanes_per_core: 4,
            spares_per_core: 4,
            ids: 256,
            limits: Limits::WIDE,
            waiting: 64,
            waiting_per_owner: 8,
            patience: Duration::from_secs(10),
            memory: 64 << 20,
            threads: 9,
            recycle_births: 1000,
            recycle_after: Duration::from_secs(60 * 60),
        }
    }
}

impl Python {
    /// The newest one in some directories, among which is also its standard library. Where the time zones are there too,
    /// guests see them as part of it.
    pub fn find(directories: &[PathBuf]) -> io::Result<Self> {
        let entries = directories.iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten().flatten();
        let libraries = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let minor: u32 = name.strip_prefix("libpython3.")?.strip_suffix(".so.1.0")?.parse().ok()?;
            Some((minor, entry.path()))
        });
        let missing = |what: String| io::Error::new(io::ErrorKind::NotFound, what);
        let (minor, libpython) = libraries.filter(|(minor, _)| *minor >= OLDEST).max().ok_or_else(|| {
            missing(format!("there is no libpython3.{OLDEST} or newer; on Debian 12 install libpython3.11"))
        })?;
        let name = format!("python3.{minor}");
        let library = directories.iter().find(|path| path.ends_with(&name)).cloned();
        let library = library.ok_or_else(|| missing(format!("there is no directory {name} beside {libpython:?}")))?;
        let zones = directories.iter().find(|path| path.ends_with("zoneinfo")).cloned();
        let preimport = PREIMPORT.split_whitespace().map(str::to_owned).collect();
        Ok(Self { libpython, library: [library].into_iter().chain(zones).collect(), preimport })
    }

    /// Where Debian and most others keep what an interpreter needs.
    pub fn usual_directories() -> Vec<PathBuf> {
        let fixed =
            ["/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/share/zoneinfo"];
        let versions = (OLDEST..100).map(|minor| format!("/usr/lib/python3.{minor}"));
        let all = fixed.into_iter().map(str::to_owned).chain(versions).map(PathBuf::from);
        all.filter(|path| path.is_dir()).collect()
    }
}

/// Minor version of the oldest CPython 3 that will do.
const OLDEST: u32 = 9;

/// What profiles want, and what makes a run quick: an import inside costs more than everything else.
const PREIMPORT: &str = "abc base64 bisect calendar collections contextlib copy csv dataclasses datetime decimal enum errno \
     fractions functools hashlib heapq hmac html io itertools json linecache math operator os pathlib pprint random re \
     secrets shutil statistics string struct tempfile textwrap threading time traceback types typing unicodedata \
     urllib.parse uuid zlib";
