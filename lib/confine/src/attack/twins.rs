//! The harmless twins: what our programs really do, under all layers.

use super::*;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn a_service_with_tokio_and_sqlite_lives_under_its_filter() {
    let worked = Outcome::Worked("1 row".to_owned());
    assert_eq!(Stage::new(Role::Service).run(Attack::Serve, ""), worked);
    assert_eq!(Stage::new(Role::Supervisor).run(Attack::Groups, ""), Outcome::Worked("[]".to_owned()));
}

#[test]
fn a_dispatcher_with_worker_threads_lives_under_its_filter() {
    for role in [Role::Dispatcher, Role::Service, Role::Pages] {
        assert_eq!(Stage::new(role).run(Attack::Dispatch, ""), Outcome::Worked("pong".to_owned()), "{role:?}");
    }
}

#[test]
fn a_file_service_runs_programs_that_are_bound_into_its_root() {
    let stage = inside::PROGRAMS.iter().fold(Stage::new(Role::Files), |stage, place| stage.bind_programs(place));
    let own = stage.uid.to_string();
    assert_eq!(stage.run(Attack::RunChild, "id -u"), Outcome::Worked(own.clone()));
    assert_eq!(stage.run(Attack::RunChild, "id -G"), Outcome::Worked(own));
    assert_eq!(
        stage.run(Attack::RunChild, "echo one | (read word; ls -d /usr; echo $word)"),
        Outcome::Worked("/usr\none".to_owned())
    );
    assert_eq!(stage.run(Attack::RunChild, "cat /etc/passwd || echo none"), Outcome::Worked("none".to_owned()));
}

#[test]
fn a_panic_in_a_thread_is_an_error_and_not_the_end() {
    assert_eq!(Stage::new(Role::Service).run(Attack::PanicInThread, ""), Outcome::Worked("caught".to_owned()));
}

/// One thread, a database in WAL mode, a timer.
pub(super) fn serve() -> io::Result<String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        tokio::task::spawn_blocking(database).await.expect("no panic").map_err(io::Error::other)
    })
}

fn database() -> rusqlite::Result<String> {
    let database = rusqlite::Connection::open("/db/test.db")?;
    database.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;
         CREATE TABLE line (text TEXT NOT NULL); INSERT INTO line VALUES ('one');",
    )?;
    let reader = rusqlite::Connection::open("/db/test.db")?;
    let rows: i64 = reader.query_row("SELECT count(*) FROM line", [], |row| row.get(0))?;
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;")?;
    Ok(format!("{rows} row"))
}

/// Two workers and a Unix socket between two tasks.
pub(super) fn dispatch() -> io::Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let (mut here, mut there) = tokio::net::UnixStream::pair()?;
        let answering = tokio::spawn(async move {
            let mut word = [0; 4];
            there.read_exact(&mut word).await?;
            there.write_all(if &word == b"ping" { b"pong" } else { b"what" }).await
        });
        here.write_all(b"ping").await?;
        let mut word = [0; 4];
        here.read_exact(&mut word).await?;
        answering.await.expect("no panic")?;
        Ok(String::from_utf8_lossy(&word).into_owned())
    })
}

/// A dynamic program, a shell, pipes and children: as the file service runs a CGI program.
pub(super) fn run_child(words: &str) -> io::Result<String> {
    // The standard library would open /dev/null for its input, which is not there.
    let mut shell = std::process::Command::new("/usr/bin/sh");
    shell.args(["-c", words]).env_clear().env("PATH", "/usr/bin").stdin(std::process::Stdio::inherit());
    let output = shell.output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

pub(super) fn panic_in_thread() -> io::Result<String> {
    let panicked = std::thread::spawn(|| panic!("this panic belongs to a test")).join().is_err();
    Ok(if panicked { "caught" } else { "lost" }.to_owned())
}
