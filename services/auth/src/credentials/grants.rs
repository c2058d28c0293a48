//! What owners let their profiles spend.

use auth_api::{Allowance, ProgramDigest};
use rusqlite::OptionalExtension;
use rusqlite::types::Type;

use super::{Credentials, Failed};

impl Credentials {
    /// An owner's grant, whichever program it is for.
    pub(crate) fn grant(&self, owner: &str) -> Result<Option<Allowance>, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached("SELECT cap, program FROM profile_grant WHERE owner = ?1")?;
            let allowance = |row: &rusqlite::Row<'_>| {
                let digits = ProgramDigest::try_from(row.get::<_, String>(1)?);
                let program =
                    digits.map_err(|why| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, why.into()))?;
                Ok(Allowance { cap: row.get(0)?, program })
            };
            Ok(query.query_row([owner], allowance).optional()?)
        })
    }

    /// Zoobars a day that a program may spend; `None` where the owner has not said so of this one.
    pub(crate) fn cap(&self, owner: &str, program: &ProgramDigest) -> Result<Option<u64>, Failed> {
        Ok(self.grant(owner)?.filter(|grant| grant.program == *program).map(|grant| grant.cap))
    }

    /// Sets a grant in the place of any other; a cap of 0 takes it back.
    pub(crate) async fn set_grant(&self, owner: String, grant: Allowance) -> Result<(), Failed> {
        let setting = self.store.writer.write(move |db| {
            if grant.cap == 0 {
                db.prepare_cached("DELETE FROM profile_grant WHERE owner = ?1")?.execute([owner])?;
            } else {
                let set = "INSERT INTO profile_grant (owner, cap, program) VALUES (?1, ?2, ?3)
                           ON CONFLICT (owner) DO UPDATE SET cap = excluded.cap, program = excluded.program";
                db.prepare_cached(set)?.execute((owner, grant.cap, grant.program.as_str()))?;
            }
            Ok(())
        });
        setting.await
    }
}
