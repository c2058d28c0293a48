//! cred.db: the only module that knows SQL and its tables.

mod accounts;
mod devices;
mod grants;
mod sessions;

use std::path::Path;

use auth_api::Error;
use store::{OpenError, Schema, Store};

pub(crate) use accounts::{Added, State};

/// Why an operation on cred.db did not happen.
pub(crate) type Failed = store::Failed<Error>;

const SCHEMA: Schema = Schema {
    file: "cred.db",
    application: *b"cred",
    migrations: &[
        include_str!("credentials/schema.sql"),
        include_str!("credentials/devices.sql"),
        include_str!("credentials/grants.sql"),
    ],
};

/// cred.db.
#[derive(Debug)]
pub(crate) struct Credentials {
    store: Store,
}

impl Credentials {
    /// Opens cred.db in `directory`, or makes it.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        Ok(Self { store: Store::open(directory, &SCHEMA)? })
    }
}
