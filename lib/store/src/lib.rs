//! One private SQLite file of one service: opened with strict settings, checked and migrated; written by one thread, read
//! beside it.
//!
//! This crate knows no table. Each service keeps its SQL in one module, as operations on a [`rusqlite::Connection`] that it
//! hands to [`Writer::write`] and [`Reader::read`].

#![forbid(unsafe_code)]

mod failed;
mod migrate;
mod open;
mod reader;
mod writer;

use std::path::Path;

pub use failed::{Failed, Trouble};
pub use migrate::MigrateError;
pub use open::OpenError;
pub use reader::Reader;
pub use writer::Writer;

/// What a service's file is and how it came to be.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// File name, such as `bank.db`.
    pub file: &'static str,
    /// Four letters in the file's header, so that one service never opens another's file.
    pub application: [u8; 4],
    /// SQL that leads from version 0 to 1, from 1 to 2, and so on. Never change one that has been released: add one.
    pub migrations: &'static [&'static str],
}

/// An open file.
#[derive(Debug)]
pub struct Store {
    /// Writes, many operations to one fsync.
    pub writer: Writer,
    /// Reads what has been committed.
    pub reader: Reader,
}

impl Store {
    /// Opens the file in `directory`, or makes it with mode 0600, and brings it to the newest version of `schema`.
    pub fn open(directory: &Path, schema: &Schema) -> Result<Self, OpenError> {
        let path = directory.join(schema.file);
        let writing = open::for_writing(&path, schema)?;
        let reader = Reader::open(&path)?;
        let writer = Writer::start(writing, schema.file).map_err(|source| OpenError::Thread { path, source })?;
        Ok(Self { writer, reader })
    }
}
