//! Browsers that accounts know: from each, somebody has shown the right password.

use rusqlite::OptionalExtension;

use super::{Credentials, Failed};
use crate::name::Name;
use crate::secret::Fingerprint;

/// Most browsers that an account knows; the next login from another forgets the one unused longest.
const PER_USER: u32 = 16;

impl Credentials {
    /// Whether a browser is one that this account knows. What another account knows is a stranger's here.
    pub(crate) fn knows(&self, name: &Name, device: Fingerprint) -> Result<bool, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached("SELECT 1 FROM device WHERE fingerprint = ?1 AND username = ?2")?;
            Ok(query.query_row((device.0, name.as_str()), |_| Ok(())).optional()?.is_some())
        })
    }
}

/// Makes a browser the one that the account has seen last.
pub(super) fn remember(db: &rusqlite::Connection, name: &str, device: Fingerprint) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM device WHERE fingerprint = ?1")?.execute([device.0])?;
    db.prepare_cached("INSERT INTO device (fingerprint, username) VALUES (?1, ?2)")?.execute((device.0, name))?;
    db.prepare_cached(
        "DELETE FROM device WHERE username = ?1 AND id NOT IN
         (SELECT id FROM device WHERE username = ?1 ORDER BY id DESC LIMIT ?2)",
    )?
    .execute((name, PER_USER))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_account_knows_the_browsers_it_saw_last() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let credentials = Credentials::open(directory.path()).expect("opens");
        let (anna, bob) = (Name::parse("anna").expect("a name"), Name::parse("bob").expect("a name"));
        for name in [&anna, &bob] {
            let _ = credentials.add(name.clone(), "hash".into(), 0).await.expect("adds");
        }
        let device = |number: u32| Fingerprint([u8::try_from(number).expect("few"); 32]);
        for number in (0..PER_USER).chain([0, PER_USER]) {
            let session = Fingerprint(crate::secret::random());
            credentials.begin_session(anna.clone(), session, device(number), 0).await.expect("begins");
        }
        let known = |number| credentials.knows(&anna, device(number)).expect("reads");
        assert!(!known(1), "the one unused longest");
        assert!([0, 2, PER_USER].into_iter().all(known));
        assert!(!credentials.knows(&bob, device(0)).expect("reads"), "what is known to others is not known to him");
    }
}
