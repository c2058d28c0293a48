//! What an account holds.

use bank_api::Error;
use rusqlite::{Connection, OptionalExtension};

use super::{Failed, Ledger};

impl Ledger {
    /// What `username` has.
    pub(crate) fn balance(&self, username: &str) -> Result<u64, Failed> {
        self.store.reader.read(|db| balance(db, username))
    }
}

pub(super) fn balance(db: &Connection, username: &str) -> Result<u64, Failed> {
    let mut query = db.prepare_cached("SELECT zoobars FROM account WHERE username = ?1")?;
    let zoobars = query.query_row([username], |row| row.get(0)).optional()?;
    zoobars.ok_or_else(|| Failed::Refused(Error::NoSuchAccount { username: username.to_owned() }))
}
