//! Profiles as they were written.

use rusqlite::OptionalExtension;

use super::{Failed, Shelf};

impl Shelf {
    /// A user's profile; empty where he has none.
    pub(crate) fn text(&self, owner: &str) -> Result<String, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached("SELECT text FROM profile WHERE owner = ?1")?;
            Ok(query.query_row([owner], |row| row.get(0)).optional()?.unwrap_or_default())
        })
    }

    /// Stores a user's profile.
    pub(crate) async fn put(&self, owner: String, text: String) -> Result<(), Failed> {
        let put = "INSERT INTO profile (owner, text) VALUES (?1, ?2)
                   ON CONFLICT (owner) DO UPDATE SET text = excluded.text";
        let putting = self.store.writer.write(move |db| {
            db.prepare_cached(put)?.execute((owner, text))?;
            Ok(())
        });
        putting.await
    }
}
