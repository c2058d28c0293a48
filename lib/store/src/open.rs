//! Opening: the file's mode, the settings, the check, the migrations, in this order.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::migrate::migrate;
use crate::{MigrateError, Schema};

/// How long one connection waits for the other's lock. They share it for microseconds, when the log is folded in.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a file could not be opened. Each sentence tells the operator what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or read.
    #[error("{path} cannot be opened; the service's user must own it and its directory")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Others could read or write the file.
    #[error("{path} has mode {mode:04o}, so that others can get at it; set it to 0600")]
    Mode { path: PathBuf, mode: u32 },
    /// SQLite cannot use the file.
    #[error("{path} cannot be used as a database; if it is damaged, put a backup in its place")]
    Database {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    /// SQLite uses the file, but finds it damaged.
    #[error("{path} is damaged ({finding}); put a backup in its place")]
    Damaged { path: PathBuf, finding: String },
    /// The thread that writes cannot be started, most likely because the service may have no second one.
    #[error("no thread can be started to write {path}; raise the service's `processes` in zook.conf")]
    Thread {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Its version does not fit.
    #[error("{path} does not fit this program")]
    Version {
        path: PathBuf,
        #[source]
        source: MigrateError,
    },
}

/// The one connection that writes.
pub(crate) fn for_writing(path: &Path, schema: &Schema) -> Result<Connection, OpenError> {
    make_private(path)?;
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    settle(&connection).map_err(|source| OpenError::Database { path: path.to_owned(), source })?;
    check(&connection, path)?;
    migrate(&mut connection, schema).map_err(|source| OpenError::Version { path: path.to_owned(), source })?;
    Ok(connection)
}

/// Another connection, which cannot write.
pub(crate) fn for_reading(path: &Path) -> Result<Connection, OpenError> {
    // Opened for writing all the same: a reader of a write-ahead log keeps its place in the shared index.
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let settled = settle(&connection).and_then(|()| connection.pragma_update(None, "query_only", true));
    settled.map_err(|source| OpenError::Database { path: path.to_owned(), source })?;
    Ok(connection)
}

/// Makes the file, if there is none, before SQLite does: SQLite would leave its mode to the umask. The `-wal` and `-shm`
/// files get the mode of the file.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let mode = file.and_then(|file| file.metadata()).map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(OpenError::Mode { path: path.to_owned(), mode });
    }
    Ok(())
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, OpenError> {
    // Without SQLITE_OPEN_URI: a path is a path. Each connection is used by one thread at a time.
    Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW)
        .map_err(|source| OpenError::Database { path: path.to_owned(), source })
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // Nobody rewrites the schema or the file's pages by SQL; text in double quotes is never a string.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // A damaged or planted schema runs no functions, and a damaged page is noticed when it is read.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // The service's root has no directory for temporary files.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A commit is on the disk when it returns.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)
}

/// The quick form leaves out only that indexes match their tables, and takes a fraction of the time: a service that is
/// restarted has visitors waiting.
fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let finding = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(|source| OpenError::Database { path: path.to_owned(), source })?;
    if finding == "ok" { Ok(()) } else { Err(OpenError::Damaged { path: path.to_owned(), finding }) }
}
