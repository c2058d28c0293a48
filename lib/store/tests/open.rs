//! What opening a file accepts, makes, and refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::Connection;
use store::{Failed, MigrateError, OpenError, Schema, Store};

const FIRST: &str = "CREATE TABLE coin (face TEXT NOT NULL) STRICT; INSERT INTO coin VALUES ('heads')";
const SECOND: &str = "ALTER TABLE coin ADD COLUMN year INTEGER";

const OLD: Schema = Schema { file: "purse.db", application: *b"test", migrations: &[FIRST] };
const NEW: Schema = Schema { migrations: &[FIRST, SECOND], ..OLD };

fn read<T: rusqlite::types::FromSql>(store: &Store, sql: &str) -> T {
    let value = store.reader.read::<T, ()>(|db| Ok(db.query_row(sql, [], |row| row.get(0))?));
    value.expect("reads")
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// Changes the file behind the store's back.
fn tamper(directory: &Path, sql: &str) {
    Connection::open(directory.join(OLD.file)).and_then(|db| db.execute_batch(sql)).expect("tampers");
}

#[test]
fn a_new_file_is_private_durable_and_has_the_newest_version() {
    let directory = directory();
    let store = Store::open(directory.path(), &NEW).expect("opens");
    for file in ["purse.db", "purse.db-wal", "purse.db-shm"] {
        let mode = fs::metadata(directory.path().join(file)).expect("exists").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{file}");
    }
    assert_eq!(read::<i64>(&store, "PRAGMA user_version"), 2);
    assert_eq!(read::<String>(&store, "PRAGMA journal_mode"), "wal");
    assert_eq!(read::<i64>(&store, "PRAGMA synchronous"), 2);
    assert_eq!(read::<i64>(&store, "PRAGMA foreign_keys"), 1);
    assert_eq!(read::<i64>(&store, "PRAGMA trusted_schema"), 0);
}

#[test]
fn an_older_file_is_migrated_and_keeps_its_rows() {
    let directory = directory();
    drop(Store::open(directory.path(), &OLD).expect("opens"));
    let store = Store::open(directory.path(), &NEW).expect("migrates");
    assert_eq!(read::<String>(&store, "SELECT face FROM coin WHERE year IS NULL"), "heads");
    assert_eq!(read::<i64>(&store, "PRAGMA user_version"), 2);
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it() {
    let directory = directory();
    let broken = Schema { migrations: &[FIRST, "DELETE FROM coin; DELETE FROM nothing"], ..OLD };
    let refused = Store::open(directory.path(), &broken).expect_err("the second step fails");
    assert!(matches!(refused, OpenError::Version { source: MigrateError::Step { to: 2, .. }, .. }), "{refused:?}");
    let store = Store::open(directory.path(), &OLD).expect("the first step holds");
    assert_eq!(read::<String>(&store, "SELECT face FROM coin"), "heads");
}

#[test]
fn a_file_of_a_newer_program_is_refused_and_left_alone() {
    let directory = directory();
    drop(Store::open(directory.path(), &NEW).expect("opens"));
    let refused = Store::open(directory.path(), &OLD).expect_err("too new");
    assert!(matches!(refused, OpenError::Version { source: MigrateError::Newer { found: 2, known: 1 }, .. }));
    Store::open(directory.path(), &NEW).expect("still opens");
}

#[test]
fn another_services_file_is_refused() {
    let directory = directory();
    drop(Store::open(directory.path(), &OLD).expect("opens"));
    let refused = Store::open(directory.path(), &Schema { application: *b"else", ..OLD }).expect_err("foreign");
    assert!(matches!(refused, OpenError::Version { source: MigrateError::Foreign { .. }, .. }));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let directory = directory();
    drop(Store::open(directory.path(), &OLD).expect("opens"));
    fs::set_permissions(directory.path().join(OLD.file), fs::Permissions::from_mode(0o640)).expect("chmod");
    let refused = Store::open(directory.path(), &OLD).expect_err("too open");
    assert!(matches!(refused, OpenError::Mode { mode: 0o640, .. }));
    assert!(refused.to_string().contains("set it to 0600"), "{refused}");
}

#[test]
fn a_link_to_a_file_is_refused() {
    let (linked, elsewhere) = (directory(), directory());
    drop(Store::open(elsewhere.path(), &OLD).expect("opens"));
    std::os::unix::fs::symlink(elsewhere.path().join(OLD.file), linked.path().join(OLD.file)).expect("links");
    let refused = Store::open(linked.path(), &OLD).expect_err("a link");
    assert!(matches!(refused, OpenError::Database { .. }), "{refused:?}");
}

#[test]
fn what_is_no_database_is_refused() {
    let directory = directory();
    fs::write(directory.path().join(OLD.file), "x".repeat(8192)).expect("writes");
    fs::set_permissions(directory.path().join(OLD.file), fs::Permissions::from_mode(0o600)).expect("chmod");
    let refused = Store::open(directory.path(), &OLD).expect_err("no database");
    assert!(matches!(refused, OpenError::Database { .. }));
    assert!(refused.to_string().contains("put a backup in its place"), "{refused}");
}

#[test]
fn a_damaged_page_is_noticed_at_open() {
    let directory = directory();
    drop(Store::open(directory.path(), &OLD).expect("opens"));
    tamper(directory.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
    let path = directory.path().join(OLD.file);
    let mut bytes = fs::read(&path).expect("reads");
    // The table's only page: everything but its first bytes.
    bytes[4096 + 16..].fill(0x5a);
    fs::write(&path, bytes).expect("writes");
    let refused = Store::open(directory.path(), &OLD).expect_err("damaged");
    assert!(matches!(refused, OpenError::Damaged { .. } | OpenError::Database { .. }), "{refused:?}");
}

#[test]
fn a_reader_cannot_write() {
    let directory = directory();
    let store = Store::open(directory.path(), &OLD).expect("opens");
    let refused = store.reader.read::<_, ()>(|db| Ok(db.execute("DELETE FROM coin", [])?));
    assert!(matches!(refused, Err(Failed::Storage(_))));
}
