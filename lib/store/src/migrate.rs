//! From the version that a file has to the version that this program knows, one step per transaction.

use rusqlite::{Connection, TransactionBehavior};

use crate::Schema;

/// Why a file cannot be brought to this program's version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// Another service's file, or none of ours.
    #[error("it belongs to another program (application id {found:#010x}, expected {expected:#010x})")]
    Foreign { found: i32, expected: i32 },
    /// A newer program has been here.
    #[error("it has version {found}, and this program knows versions up to {known}: install the newer program again")]
    Newer { found: i32, known: i32 },
    /// SQLite refused a step.
    #[error("the step to version {to} failed")]
    Step {
        to: i32,
        #[source]
        source: rusqlite::Error,
    },
    /// The header could not be read.
    #[error("its header cannot be read")]
    Header(#[source] rusqlite::Error),
}

/// Takes the steps that are missing.
pub(crate) fn migrate(connection: &mut Connection, schema: &Schema) -> Result<(), MigrateError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0)).map_err(MigrateError::Header);
    let (application, found): (i32, i32) = (number("application_id")?, number("user_version")?);
    let expected = i32::from_be_bytes(schema.application);
    // A file that was just made has neither number.
    if application != expected && (application, found) != (0, 0) {
        return Err(MigrateError::Foreign { found: application, expected });
    }
    let mut known = 0;
    for (to, sql) in (1..).zip(schema.migrations) {
        if to > found {
            take(connection, expected, to, sql).map_err(|source| MigrateError::Step { to, source })?;
        }
        known = to;
    }
    if found > known { Err(MigrateError::Newer { found, known }) } else { Ok(()) }
}

/// A step and the new number happen together or not at all.
fn take(connection: &mut Connection, application: i32, to: i32, sql: &str) -> rusqlite::Result<()> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    step.execute_batch(sql)?;
    step.pragma_update(None, "application_id", application)?;
    step.pragma_update(None, "user_version", to)?;
    step.commit()
}
