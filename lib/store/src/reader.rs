//! The connection that reads.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::open::for_reading;
use crate::{Failed, OpenError};

/// Reads what has been committed, beside the writer: with a write-ahead log neither waits for the other.
///
/// Reading happens on the caller's thread. That is right for look-ups, which take microseconds; what walks a whole table
/// takes [`Reader::another`] to a thread of its own.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self { path: path.to_owned(), connection: Mutex::new(for_reading(path)?) })
    }

    /// A further connection, for a long read that nobody else shall wait for.
    pub fn another(&self) -> Result<Self, OpenError> {
        Self::open(&self.path)
    }

    /// Runs `operation` on one state of the database, whatever is written meanwhile.
    pub fn read<T, R>(&self, operation: impl FnOnce(&Connection) -> Result<T, Failed<R>>) -> Result<T, Failed<R>> {
        // A read that panicked has changed nothing.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let state = connection.unchecked_transaction()?;
        operation(&state)
    }
}
