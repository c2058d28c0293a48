//! zook.conf and what it refers to, read and checked.

use std::fs;
use std::path::{Path, PathBuf};

use manifest::{Interface, InterfaceError, Interfaces, Manifest};

use crate::program::{self, NoProgram, Programs};
use crate::trusted::{self, Trust, Untrusted};

/// Longest zook.conf and longest interface file, in bytes; the parsers have narrower bounds and better words.
const MAX_TEXT: u64 = 1024 * 1024;
/// Most interface files.
const MAX_INTERFACES: usize = 256;

/// A table that may be started.
pub(crate) struct Site {
    pub(crate) manifest: Manifest,
    pub(crate) programs: Programs,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("{}:1: the file cannot be used", .1.display())]
    Conf(#[source] Untrusted, PathBuf),
    /// One line each, so that an editor can jump there.
    #[error("nothing was started:\n{0}")]
    Mistakes(String),
    #[error("the directory of interfaces cannot be used; run make setup, or write programs = DIRECTORY in [zook]")]
    Interfaces(#[source] Untrusted),
    #[error("cannot list {}", .0.display())]
    List(PathBuf, #[source] std::io::Error),
    #[error("there are more than {MAX_INTERFACES} files in {}", .0.display())]
    TooMany(PathBuf),
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    #[error("{} is not an interface", .0.display())]
    Interface(PathBuf, #[source] InterfaceError),
    #[error("cannot find the directory of zookld itself; write programs = DIRECTORY in [zook]")]
    Nowhere(#[source] std::io::Error),
}

impl Site {
    /// Reads and checks everything; opens nothing but the programs.
    pub(crate) fn load(conf: &Path, trust: Trust) -> Result<Self, LoadError> {
        let file = conf.display().to_string();
        let text = trusted::text(conf, trust, MAX_TEXT).map_err(|why| LoadError::Conf(why, conf.to_owned()))?;
        let directory = manifest::programs(&text).map_or_else(beside_zookld, Ok)?;
        let interfaces = interfaces(&directory.join("interfaces"), trust)?;
        let manifest = Manifest::parse(&text, &interfaces)
            .map_err(|found| LoadError::Mistakes(found.in_file(&file).to_string()))?;
        let programs = program::open_all(&directory, manifest.services(), trust).map_err(|missing| {
            let lines = missing.iter().map(|NoProgram { line, why }| format!("{file}:{line}: {why}"));
            LoadError::Mistakes(lines.collect::<Vec<_>>().join("\n"))
        })?;
        Ok(Self { manifest, programs })
    }
}

/// Programs and interfaces stand beside zookld unless `[zook]` says otherwise.
fn beside_zookld() -> Result<PathBuf, LoadError> {
    let zookld = std::env::current_exe().map_err(LoadError::Nowhere)?;
    Ok(zookld.parent().unwrap_or(Path::new("/")).to_owned())
}

fn interfaces(directory: &Path, trust: Trust) -> Result<Interfaces, LoadError> {
    trusted::directory(directory, trust).map_err(LoadError::Interfaces)?;
    let failed = |source| LoadError::List(directory.to_owned(), source);
    let mut interfaces = Interfaces::default();
    for (count, entry) in fs::read_dir(directory).map_err(failed)?.enumerate() {
        if count == MAX_INTERFACES {
            return Err(LoadError::TooMany(directory.to_owned()));
        }
        let path = entry.map_err(failed)?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let (Some(name), true) = (name, path.extension().is_some_and(|end| end == "varlink")) else { continue };
        let text = trusted::text(&path, trust, MAX_TEXT)?;
        let interface = Interface::scan(&text).map_err(|why| LoadError::Interface(path.clone(), why))?;
        interfaces.insert(name, interface);
    }
    Ok(interfaces)
}
