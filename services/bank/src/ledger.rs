//! The ledger: the only module that knows SQL and the tables of bank.db.

mod balance;
mod log;
mod open_account;
mod transfer;
mod verify;

use std::path::Path;

use bank_api::Error;
use store::{OpenError, Schema, Store};

pub(crate) use transfer::{Order, RunLimit};

/// Why an operation on the ledger did not happen.
pub(crate) type Failed = store::Failed<Error>;

const SCHEMA: Schema =
    Schema { file: "bank.db", application: *b"bank", migrations: &[include_str!("ledger/schema.sql")] };

/// bank.db.
#[derive(Debug)]
pub(crate) struct Ledger {
    store: Store,
}

impl Ledger {
    /// Opens bank.db in `directory`, or makes it.
    pub(crate) fn open(directory: &Path) -> Result<Self, OpenError> {
        Ok(Self { store: Store::open(directory, &SCHEMA)? })
    }
}

#[cfg(test)]
mod tests;
