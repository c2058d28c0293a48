//! zook.conf and what it refers to, read and checked.

use std::path::Path;

use control::Python;
use manifest::Manifest;
use table::trusted::Trust;
use table::{Table, TableError};

use crate::program::{self, NoProgram, Programs};
use crate::pythons;

/// A table that may be started.
pub(crate) struct Site {
    pub(crate) manifest: Manifest,
    pub(crate) programs: Programs,
    pub(crate) pythons: Vec<Python>,
}

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{0}")]
    Programs(String),
}

impl Site {
    /// Reads and checks everything; opens nothing but the programs.
    pub(crate) fn load(conf: &Path, trust: Trust) -> Result<Self, LoadError> {
        let Table { mut manifest, programs } = Table::read(conf, trust)?;
        let in_words = |missing: Vec<NoProgram>| {
            let lines = missing.iter().map(|NoProgram { line, why }| format!("{}:{line}: {why}", conf.display()));
            LoadError::Programs(lines.collect::<Vec<_>>().join("\n"))
        };
        let programs = program::open_all(&programs, manifest.services(), trust).map_err(in_words)?;
        let pythons = pythons::find_all(&mut manifest, trust).map_err(in_words)?;
        Ok(Self { manifest, programs, pythons })
    }
}
