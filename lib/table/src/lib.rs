//! zook.conf and the interfaces beside the programs: from files that only root can write, to a checked [`Manifest`].

#![forbid(unsafe_code)]

pub mod trusted;

use std::fs;
use std::path::{Path, PathBuf};

use manifest::{Interface, InterfaceError, Interfaces, Manifest};

use trusted::{Trust, Untrusted};

/// Longest zook.conf and longest interface file, in bytes; the parsers have narrower bounds and better words.
const MAX_TEXT: u64 = 1024 * 1024;
/// Most interface files.
const MAX_INTERFACES: usize = 256;

/// A table, and where its programs stand.
#[derive(Debug)]
pub struct Table {
    /// What zook.conf says.
    pub manifest: Manifest,
    /// Directory of the programs and of `interfaces/`.
    pub programs: PathBuf,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// zook.conf itself is not believed or cannot be read.
    #[error("{}:1", .1.display())]
    Conf(#[source] Untrusted, PathBuf),
    /// Everything that is wrong with zook.conf, one to a line.
    #[error("{0}")]
    Problems(String),
    /// There are no interfaces where they should be.
    #[error("the directory of interfaces cannot be used; run make setup, or write programs = DIRECTORY in [zook]")]
    Interfaces(#[source] Untrusted),
    /// A directory cannot be listed.
    #[error("cannot list {}", .0.display())]
    List(PathBuf, #[source] std::io::Error),
    /// A directory is not what it should be.
    #[error("there are more than {MAX_INTERFACES} files in {}", .0.display())]
    TooMany(PathBuf),
    /// A file is not believed or cannot be read.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// A file is no definition.
    #[error("{} is not an interface", .0.display())]
    Interface(PathBuf, #[source] InterfaceError),
    /// The kernel does not say where this program's file is.
    #[error("cannot find the directory of this program itself; write programs = DIRECTORY in [zook]")]
    Nowhere(#[source] std::io::Error),
}

impl Table {
    /// Reads and checks everything; starts nothing.
    pub fn read(conf: &Path, trust: Trust) -> Result<Self, TableError> {
        let text = trusted::text(conf, trust, MAX_TEXT).map_err(|why| TableError::Conf(why, conf.to_owned()))?;
        let programs = manifest::programs(&text).map_or_else(beside_this_program, Ok)?;
        let interfaces = interfaces(&programs.join("interfaces"), trust)?;
        let file = conf.display().to_string();
        let manifest = Manifest::parse(&text, &interfaces)
            .map_err(|found| TableError::Problems(found.in_file(&file).to_string()))?;
        Ok(Self { manifest, programs })
    }
}

/// Programs and interfaces stand side by side unless `[zook]` says otherwise.
fn beside_this_program() -> Result<PathBuf, TableError> {
    let program = std::env::current_exe().map_err(TableError::Nowhere)?;
    Ok(program.parent().unwrap_or(Path::new("/")).to_owned())
}

fn interfaces(directory: &Path, trust: Trust) -> Result<Interfaces, TableError> {
    trusted::directory(directory, trust).map_err(TableError::Interfaces)?;
    let failed = |source| TableError::List(directory.to_owned(), source);
    let mut interfaces = Interfaces::default();
    for (count, entry) in fs::read_dir(directory).map_err(failed)?.enumerate() {
        if count == MAX_INTERFACES {
            return Err(TableError::TooMany(directory.to_owned()));
        }
        let path = entry.map_err(failed)?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let (Some(name), true) = (name, path.extension().is_some_and(|end| end == "varlink")) else { continue };
        let text = trusted::text(&path, trust, MAX_TEXT)?;
        let interface = Interface::scan(&text).map_err(|why| TableError::Interface(path.clone(), why))?;
        interfaces.insert(name, interface);
    }
    Ok(interfaces)
}
