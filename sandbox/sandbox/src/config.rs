//! How a sandbox is set up.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use confine::guest::nursery::House;

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

    /// The newest one that this machine has, where Debian and most others keep it.
    pub fn of_host() -> io::Result<Self> {
        let mut found: Vec<(u32, PathBuf)> = Vec::new();
        for directory in ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"] {
            let Ok(entries) = fs::read_dir(directory) else { continue };
            found.extend(entries.flatten().filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let minor = name.strip_prefix("libpython3.")?.strip_suffix(".so.1.0")?.parse().ok()?;
                Some((minor, entry.path()))
            }));
        }
        let (minor, libpython) = found.into_iter().filter(|(minor, _)| *minor >= 9).max().ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "no libpython3.9 or newer; on Debian install libpython3.11")
        })?;
        let library = vec![PathBuf::from(format!("/usr/lib/python3.{minor}"))];
        Ok(Self { libpython, library, preimport: Self::PREIMPORT.split_whitespace().map(str::to_owned).collect() })
    }

    /// What the guests' root has to hold for this interpreter. `site` is any directory, see [`House`].
    pub fn house(&self, zygote: &Path, site: &Path) -> House {
        let mut contents = vec![zygote.to_owned(), self.libpython.clone()];
        contents.extend(self.library.iter().cloned());
        for name in LIBRARIES {
            let places = ["/lib64", "/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib", "/usr/lib64", "/usr/lib"];
            contents.extend(places.iter().map(|place| Path::new(place).join(name)).find(|path| path.exists()));
        }
        House { contents, zygote: zygote.to_owned(), site: site.to_owned() }
    }
}

/// Shared libraries that the zygote, libpython and the extension modules of the preimported modules need.
const LIBRARIES: &[&str] = &[
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libz.so.1",
    "libexpat.so.1",
    "libmpdec.so.3",
    "libuuid.so.1",
    "libdl.so.2",
    "libpthread.so.0",
    "libutil.so.1",
];
