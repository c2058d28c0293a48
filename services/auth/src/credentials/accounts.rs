//! Who has which password.

use rusqlite::OptionalExtension;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};

use super::{Credentials, Failed};
use crate::name::Name;

/// An account as login needs it.
#[derive(Debug)]
pub(crate) struct Account {
    /// Argon2id, as a PHC string.
    pub(crate) password: String,
    pub(crate) state: State,
}

/// How far the making of an account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The bank may not have opened its side.
    Opening,
    Open,
}

/// Whether a name was free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Added {
    New,
    Taken,
}

impl Credentials {
    /// The account of this name.
    pub(crate) fn account(&self, name: &Name) -> Result<Option<Account>, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached("SELECT password, state FROM account WHERE username = ?1")?;
            let account = |row: &rusqlite::Row<'_>| Ok(Account { password: row.get(0)?, state: row.get(1)? });
            Ok(query.query_row([name.as_str()], account).optional()?)
        })
    }

    /// Adds an account that is opening, unless there is one of this name.
    pub(crate) async fn add(&self, name: Name, password: String, created: i64) -> Result<Added, Failed> {
        let add = "INSERT INTO account (username, password, state, created) VALUES (?1, ?2, 'opening', ?3)
                   ON CONFLICT (username) DO NOTHING";
        let adding = self.store.writer.write(move |db| {
            let rows = db.prepare_cached(add)?.execute((name.as_str(), password, created))?;
            Ok(if rows == 1 { Added::New } else { Added::Taken })
        });
        adding.await
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "opening" => Ok(Self::Opening),
            "open" => Ok(Self::Open),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}
