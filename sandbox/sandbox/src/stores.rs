//! The owners' files between runs.

use std::fs::File;
use std::io;
use std::path::Path;

use vfs::store::{Dir, Loaded, Store, StoreError};
use vfs::{Limits, Tree};

/// The directory in which each owner has one.
#[derive(Debug)]
pub(crate) struct Stores {
    directory: File,
    limits: Limits,
}

impl Stores {
    pub(crate) fn open(directory: &Path, limits: Limits) -> io::Result<Self> {
        Ok(Self { directory: File::open(directory)?, limits })
    }

    /// What an owner has, and where commits of it go. One at a time for each owner.
    pub(crate) fn load(&self, owner: &str) -> Result<(Store, Tree), StoreError> {
        let directory = Dir::open(&self.directory, owner)?;
        let Loaded { store, tree, damaged } = Store::load(directory, self.limits, crate::native::now())?;
        for error in damaged {
            tracing::error!(why = crate::words(&error), "an owner's newest files are damaged; older ones are used");
        }
        Ok((store, tree))
    }
}
