//! Sessions: who came in, and until when he may stay.

use rusqlite::OptionalExtension;

use super::{Credentials, Failed, devices};
use crate::name::Name;
use crate::secret::Fingerprint;

/// A session ends two weeks after its login, however much it is used: so that checking a token writes nothing.
pub(super) const LIFETIME: i64 = 14 * 24 * 60 * 60;
/// Most sessions of a user; the next login ends the oldest.
pub(super) const PER_USER: u32 = 16;

impl Credentials {
    /// Begins a session of an account, which is open from now on, and remembers the browser.
    pub(crate) async fn begin_session(
        &self,
        name: Name,
        session: Fingerprint,
        device: Fingerprint,
        now: i64,
    ) -> Result<(), Failed> {
        let beginning = self.store.writer.write(move |db| {
            let name = name.as_str();
            db.prepare_cached("UPDATE account SET state = 'open' WHERE username = ?1 AND state = 'opening'")?
                .execute([name])?;
            db.prepare_cached("INSERT INTO session (fingerprint, username, expires) VALUES (?1, ?2, ?3)")?
                .execute((session.0, name, now + LIFETIME))?;
            db.prepare_cached(
                "DELETE FROM session WHERE username = ?1 AND (expires <= ?2 OR id NOT IN
                 (SELECT id FROM session WHERE username = ?1 ORDER BY id DESC LIMIT ?3))",
            )?
            .execute((name, now, PER_USER))?;
            devices::remember(db, name, device)?;
            Ok(())
        });
        beginning.await
    }

    /// Whose session this is, if it lasts.
    pub(crate) fn session_owner(&self, session: Fingerprint, now: i64) -> Result<Option<String>, Failed> {
        self.store.reader.read(|db| {
            let query = "SELECT username FROM session WHERE fingerprint = ?1 AND expires > ?2";
            Ok(db.prepare_cached(query)?.query_row((session.0, now), |row| row.get(0)).optional()?)
        })
    }

    /// Ends a session, if there is one.
    pub(crate) async fn end_session(&self, session: Fingerprint) -> Result<(), Failed> {
        let ending = self.store.writer.write(move |db| {
            db.prepare_cached("DELETE FROM session WHERE fingerprint = ?1")?.execute([session.0])?;
            Ok(())
        });
        ending.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: Fingerprint = Fingerprint([9; 32]);

    async fn anna() -> (Credentials, Name, tempfile::TempDir) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let credentials = Credentials::open(directory.path()).expect("opens");
        let name = Name::parse("anna").expect("a name");
        let _ = credentials.add(name.clone(), "hash".into(), 0).await.expect("adds");
        (credentials, name, directory)
    }

    #[tokio::test]
    async fn a_session_ends_after_two_weeks() {
        let (credentials, name, _directory) = anna().await;
        credentials.begin_session(name, Fingerprint([1; 32]), DEVICE, 100).await.expect("begins");
        let owner_at = |now| credentials.session_owner(Fingerprint([1; 32]), now).expect("reads");
        assert_eq!(owner_at(100 + LIFETIME - 1).as_deref(), Some("anna"));
        assert_eq!(owner_at(100 + LIFETIME), None);
    }

    #[tokio::test]
    async fn the_oldest_of_too_many_sessions_ends() {
        let (credentials, name, _directory) = anna().await;
        for number in 0..=PER_USER {
            let session = Fingerprint([u8::try_from(number).expect("few"); 32]);
            credentials.begin_session(name.clone(), session, DEVICE, 100).await.expect("begins");
        }
        let owner = |number| credentials.session_owner(Fingerprint([number; 32]), 100).expect("reads");
        assert_eq!(owner(0), None);
        assert!((1..=16).all(|number| owner(number).is_some()));
    }

    #[tokio::test]
    async fn expired_sessions_are_forgotten_at_the_next_login() {
        let (credentials, name, _directory) = anna().await;
        credentials.begin_session(name.clone(), Fingerprint([1; 32]), DEVICE, 0).await.expect("begins");
        credentials.begin_session(name, Fingerprint([2; 32]), DEVICE, LIFETIME).await.expect("begins");
        let count: Result<u32, Failed> =
            credentials.store.reader.read(|db| Ok(db.query_row("SELECT count(*) FROM session", [], |row| row.get(0))?));
        assert_eq!(count.expect("counts"), 1);
    }
}
