//! What owners let their profiles spend.

use rusqlite::OptionalExtension;

use super::{Credentials, Failed};

impl Credentials {
    /// Zoobars a day; `None` where there is no grant.
    pub(crate) fn grant(&self, owner: &str) -> Result<Option<u64>, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached("SELECT cap FROM profile_grant WHERE owner = ?1")?;
            Ok(query.query_row([owner], |row| row.get(0)).optional()?)
        })
    }

    /// Sets a grant; 0 takes it back.
    pub(crate) async fn set_grant(&self, owner: String, cap: u64) -> Result<(), Failed> {
        let setting = self.store.writer.write(move |db| {
            if cap == 0 {
                db.prepare_cached("DELETE FROM profile_grant WHERE owner = ?1")?.execute([owner])?;
            } else {
                let set = "INSERT INTO profile_grant (owner, cap) VALUES (?1, ?2)
                           ON CONFLICT (owner) DO UPDATE SET cap = excluded.cap";
                db.prepare_cached(set)?.execute((owner, cap))?;
            }
            Ok(())
        });
        setting.await
    }
}
