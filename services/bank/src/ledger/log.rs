//! A user's transfers.

use bank_api::{MAX_LOG, TransferRecord};

use super::{Failed, Ledger};
use crate::asctime::asctime;

/// Each half takes no more rows than are wanted, from the end of its index. Nobody sends to himself: no row is in both.
const NEWEST: &str = "
    SELECT * FROM (
        SELECT * FROM (
            SELECT id, time, sender, recipient, amount FROM transfer WHERE sender = ?1 ORDER BY id DESC LIMIT ?2)
        UNION ALL
        SELECT * FROM (
            SELECT id, time, sender, recipient, amount FROM transfer WHERE recipient = ?1 ORDER BY id DESC LIMIT ?2)
        ORDER BY id DESC LIMIT ?2)
    ORDER BY id";

impl Ledger {
    /// The newest transfers that `username` took part in, at most `limit`, oldest first.
    pub(crate) fn log(&self, username: &str, limit: u32) -> Result<Vec<TransferRecord>, Failed> {
        self.store.reader.read(|db| {
            let mut query = db.prepare_cached(NEWEST)?;
            let rows = query.query_map((username, limit.min(MAX_LOG)), |row| {
                Ok(TransferRecord {
                    id: row.get(0)?,
                    time: asctime(row.get(1)?),
                    sender: row.get(2)?,
                    recipient: row.get(3)?,
                    amount: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
