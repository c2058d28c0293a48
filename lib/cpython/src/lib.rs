//! Where a CPython of the host keeps what an interpreter needs.
//!
//! It is found by looking at names and never by running anything: whoever looks may be root. Debian's Python has the same
//! layout as one of pyenv, uv or conda, or one that was built by hand:
//!
//! ```text
//! PREFIX/bin/python3 -> python3.N
//! PREFIX/lib/libpython3.N.so.1.0        (Debian: PREFIX/lib/x86_64-linux-gnu/)
//! PREFIX/lib/python3.N/os.py
//! VENV/pyvenv.cfg                       home = PREFIX/bin
//! VENV/lib/python3.N/site-packages
//! ```

#![forbid(unsafe_code)]

mod module;
mod system;
mod venv;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use system::{ZONES, contents};

/// The Python of a host on which nobody chose another.
pub const USUAL: &str = "/usr/bin/python3";
/// Minor version of the oldest CPython 3 that will do.
const OLDEST: u32 = 9;
/// What programs in the sandbox have of their own, under these names.
const OWN: [&str; 3] = ["/tmp", "/data", "/dev"];

/// A CPython, and the packages of one of its virtual environments. All paths are absolute and without symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// Its program.
    pub program: PathBuf,
    /// The interpreter as a shared library, if there is one: some programs have theirs in it, others built in.
    pub libpython: Option<PathBuf>,
    /// The standard library.
    pub library: PathBuf,
    /// What the virtual environment adds to it.
    pub packages: Option<PathBuf>,
}

/// Why there is no such installation.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    #[error("{} cannot be found; name a Python such as {USUAL}", .path.display())]
    Program { path: PathBuf, source: io::Error },
    #[error("{} is not the program of a CPython; name one such as {USUAL}, or bin/python3 of an installation", .0.display())]
    NotCpython(PathBuf),
    #[error("{} is Python 3.{minor}; name one from 3.{OLDEST} on", .path.display())]
    TooOld { path: PathBuf, minor: u32 },
    #[error("{} has no standard library {}; is this Python installed whole?", .path.display(), .library.display())]
    NoLibrary { path: PathBuf, library: PathBuf },
    #[error("{} is not a virtual environment; make one with `python3 -m venv {}`", .path.display(), .path.display())]
    NotVenv { path: PathBuf, source: io::Error },
    #[error("{}/pyvenv.cfg has no line home = DIRECTORY; make the virtual environment again", .0.display())]
    NoHome(PathBuf),
    #[error("{} has no packages for Python 3.{minor}; make it with that Python: python3.{minor} -m venv {}", .path.display(), .path.display())]
    OtherVersion { path: PathBuf, minor: u32 },
    #[error("{} cannot be shown: programs have a {own} of their own; put it elsewhere, as in /srv/venvs", .path.display())]
    Covered { path: PathBuf, own: &'static str },
}

impl Installation {
    /// The one of a program, of a virtual environment, or of both; the host's usual one if neither is named.
    pub fn find(program: Option<&Path>, venv: Option<&Path>) -> Result<Self, NotFound> {
        let home = match (program, venv) {
            (None, Some(venv)) => Some(venv::home(venv)?.join("python3")),
            _ => None,
        };
        let named = program.or(home.as_deref()).unwrap_or(Path::new(USUAL));
        let (program, minor) = program_of(named)?;
        let prefix = program.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        let found = Self {
            libpython: libpython(prefix, minor),
            library: library(prefix, &program, minor)?,
            packages: venv.map(|venv| venv::packages(venv, minor)).transpose()?,
            program,
        };
        match found.covered() {
            Some(why) => Err(why),
            None => Ok(found),
        }
    }

    /// What of the host an interpreter needs to see, beside the system's own libraries.
    pub fn places(&self) -> impl Iterator<Item = &Path> {
        [&self.program, &self.library].into_iter().chain(&self.libpython).chain(&self.packages).map(PathBuf::as_path)
    }

    /// Why programs would not see it.
    fn covered(&self) -> Option<NotFound> {
        self.places().find_map(|path| {
            let own = OWN.into_iter().find(|own| path.starts_with(own))?;
            Some(NotFound::Covered { path: path.to_owned(), own })
        })
    }
}

/// The program itself, behind all links, and its minor version, by its name.
fn program_of(named: &Path) -> Result<(PathBuf, u32), NotFound> {
    let program = named.canonicalize().map_err(|source| NotFound::Program { path: named.to_owned(), source })?;
    let version = program.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix("python3."));
    match version.and_then(|minor| minor.parse().ok()) {
        None => Err(NotFound::NotCpython(named.to_owned())),
        Some(minor) if minor < OLDEST => Err(NotFound::TooOld { path: named.to_owned(), minor }),
        Some(minor) => Ok((program, minor)),
    }
}

fn libpython(prefix: &Path, minor: u32) -> Option<PathBuf> {
    let file = format!("libpython3.{minor}.so.1.0");
    let multiarch = format!("lib/{}-linux-gnu", std::env::consts::ARCH);
    ["lib", &multiarch, "lib64"].iter().find_map(|place| prefix.join(place).join(&file).canonicalize().ok())
}

fn library(prefix: &Path, program: &Path, minor: u32) -> Result<PathBuf, NotFound> {
    let name = format!("python3.{minor}");
    let places = ["lib", "lib64"].map(|place| prefix.join(place).join(&name));
    let found = places.iter().filter(|place| place.join("os.py").is_file()).find_map(|place| place.canonicalize().ok());
    let [usual, _] = places;
    found.ok_or_else(|| NotFound::NoLibrary { path: program.to_owned(), library: usual })
}

#[cfg(test)]
mod tests;
