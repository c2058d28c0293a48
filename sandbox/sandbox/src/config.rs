//! How a sandbox is set up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use cpython::{Installation, ZONES};

use crate::Limits;

/// The Python of a request that names none.
pub const DEFAULT: &str = "default";

/// Everything about a sandbox that does not change from run to run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The interpreters that a request can choose from, by their names.
    pub pythons: BTreeMap<String, Python>,
    /// Directory of the owners' files, private to this process. Without one, what a run wrote ends with it.
    pub store: Option<PathBuf>,
    /// What each owner may keep.
    pub quota: vfs::Limits,
    /// Processor cores to use at most. Each has a zygote of its own.
    pub cores: usize,
    /// Runs at a time on each processor core.
    pub lanes_per_core: usize,
    /// Guests of each Python that wait for a run on each processor core, about 1 MiB each.
    pub spares_per_core: usize,
    /// Ids that are mapped into the guests' namespace, from 0 on. With only one there is one run at a time, and the guest
    /// keeps that id, without a capability.
    pub ids: usize,
    /// What a run may use at the most; a request can ask for less. [`Limits::WIDE`] is the most here.
    pub limits: Limits,
    /// Runs that may wait for a lane, and how many of them for one owner.
    pub waiting: usize,
    /// Of one owner.
    pub waiting_per_owner: usize,
    /// Longest wait of a run for a lane and for a guest.
    pub patience: Duration,
    /// Children of one zygote, and its age, before it makes place for a new one: hash seeds and addresses are the same in
    /// all its children.
    pub recycle_births: u64,
    /// See `recycle_births`.
    pub recycle_after: Duration,
    /// How long zygotes and spares of a Python that nobody uses stay; those of [`DEFAULT`] do for ever.
    pub keep_unused: Duration,
}

/// A CPython of the host, and what its programs find in it.
#[derive(Debug, Clone)]
pub struct Python {
    /// Where it is. Programs see its library, and the packages of its virtual environment, under the same names.
    pub installation: Installation,
    /// Modules that every program finds imported already. A module in machine code can only be had in this way.
    pub preimport: Vec<String>,
}

impl Config {
    /// Usual values, and one Python.
    pub fn new(python: Python, store: Option<PathBuf>) -> Self {
        Self {
            pythons: [(DEFAULT.to_owned(), python)].into(),
            store,
            quota: vfs::Limits::default(),
            cores: 8,
            lanes_per_core: 4,
            spares_per_core: 4,
            ids: 256,
            limits: Limits::default(),
            waiting: 64,
            waiting_per_owner: 8,
            patience: Duration::from_secs(10),
            recycle_births: 1000,
            recycle_after: Duration::from_secs(60 * 60),
            keep_unused: Duration::from_secs(10 * 60),
        }
    }
}

impl Python {
    /// An installation with the usual modules imported.
    pub fn new(installation: Installation) -> Self {
        Self { installation, preimport: PREIMPORT.split_whitespace().map(str::to_owned).collect() }
    }

    /// The directories that programs see. Where the host shows its time zones, these are part of the library.
    pub(crate) fn library(&self) -> Vec<PathBuf> {
        let zones = Some(PathBuf::from(ZONES)).filter(|zones| zones.is_dir());
        let Installation { library, packages, .. } = self.installation.clone();
        [library].into_iter().chain(packages).chain(zones).collect()
    }
}

/// What profiles want, and what makes a run quick: an import inside costs more than everything else.
const PREIMPORT: &str = "abc base64 bisect calendar collections contextlib copy csv dataclasses datetime decimal enum errno \
     fractions functools hashlib heapq hmac html io itertools json linecache math operator os pathlib pprint random re \
     secrets shutil statistics string struct tempfile textwrap threading time traceback types typing unicodedata \
     urllib.parse uuid zlib";
