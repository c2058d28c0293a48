//! zook.conf and what it refers to, read and checked.

use std::path::Path;

use control::Python;
use manifest::Manifest;
use table::trusted::Trust;
use table::{Table, TableError};

use crate::program::{self, Programs};
use crate::{pythons, settings};

/// A table that may be started.
pub(crate) struct Site {
    pub(crate) manifest: Manifest,
    pub(crate) programs: Programs,
    pub(crate) pythons: Vec<Python>,
}

/// What is wrong with a section although its text is good.
pub(crate) struct Mistake {
    /// Line of the section.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) why: String,
}

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{0}")]
    Mistakes(String),
}

impl Site {
    /// Reads and checks everything; opens nothing but the programs.
    pub(crate) fn load(conf: &Path, trust: Trust) -> Result<Self, LoadError> {
        let Table { mut manifest, programs } = Table::read(conf, trust)?;
        let in_words = |mistakes| LoadError::at_lines(conf, mistakes);
        let programs = program::open_all(&programs, manifest.services(), trust).map_err(in_words)?;
        let pythons = pythons::find_all(&mut manifest, trust).map_err(in_words)?;
        Ok(Self { manifest, programs, pythons })
    }

    /// The same, and what the programs would say of their settings if they were started.
    pub(crate) fn check(conf: &Path, trust: Trust) -> Result<Self, LoadError> {
        let site = Self::load(conf, trust)?;
        settings::check(site.manifest.services()).map_err(|mistakes| LoadError::at_lines(conf, mistakes))?;
        Ok(site)
    }
}

impl LoadError {
    fn at_lines(conf: &Path, mistakes: Vec<Mistake>) -> Self {
        let lines = mistakes.iter().map(|Mistake { line, why }| format!("{}:{line}: {why}", conf.display()));
        Self::Mistakes(lines.collect::<Vec<_>>().join("\n"))
    }
}
