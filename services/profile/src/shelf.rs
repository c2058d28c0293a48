//! profile.db: the only module that knows SQL and its tables.

mod runs;
mod texts;

use std::path::Path;

use profile_api::Error;
use store::{OpenError, Schema, Store};

pub(crate) use runs::PastRun;

/// Why an operation on profile.db did not happen.
pub(crate) type Failed = store::Failed<Error>;

const SCHEMA: Schema = Schema {
    file: "profile.db",
    application: *b"prof",
    migrations: &[include_str!("shelf/schema.sql"), include_str!("shelf/account.sql")],
};

/// profile.db.
#[derive(Debug)]
pub(crate) struct Shelf {
    store: Store,
}

impl Shelf {
    /// Opens profile.db in `directory`, or makes it.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        Ok(Self { store: Store::open(directory, &SCHEMA)? })
    }
}
