//! Virtual environments: whose they are, and what they hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::NotFound;

/// Longest pyvenv.cfg, in bytes.
const MAX_CONFIG: u64 = 64 * 1024;

/// The directory of the program that it was made with.
pub(crate) fn home(venv: &Path) -> Result<PathBuf, NotFound> {
    let config =
        read(&venv.join("pyvenv.cfg")).map_err(|source| NotFound::NotVenv { path: venv.to_owned(), source })?;
    let mut pairs = config.lines().filter_map(|line| line.split_once('='));
    let home = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case("home"));
    home.map(|(_, home)| PathBuf::from(home.trim())).ok_or_else(|| NotFound::NoHome(venv.to_owned()))
}

/// Its packages for one version of Python.
pub(crate) fn packages(venv: &Path, minor: u32) -> Result<PathBuf, NotFound> {
    let packages = venv.join(format!("lib/python3.{minor}/site-packages"));
    let found = packages.canonicalize().ok().filter(|packages| packages.is_dir());
    found.ok_or_else(|| NotFound::OtherVersion { path: venv.to_owned(), minor })
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_CONFIG).read_to_string(&mut text)?;
    Ok(text)
}
