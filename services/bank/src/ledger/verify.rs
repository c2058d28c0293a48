//! Does the log hold, and do the balances follow from it?

use bank_api::{Error, INITIAL_BALANCE, Verified};
use rusqlite::{Connection, OptionalExtension};
use store::Reader;

use super::{Failed, Ledger};
use crate::chain::{Link, Row};

/// An account that does not hold what it began with, and what came, less what went.
const WRONG_BALANCE: &str = "
    SELECT username FROM account WHERE zoobars <> ?1
        + (SELECT coalesce(sum(amount), 0) FROM transfer WHERE recipient = username)
        - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE sender = username)
    LIMIT 1";

impl Ledger {
    /// Recomputes everything, on a connection and a thread of its own: with a long log this takes a while.
    pub(crate) async fn verify(&self) -> Result<Verified, Failed> {
        let reader = self.store.reader.another().map_err(|why| {
            tracing::error!(%why, "the ledger cannot be opened a second time");
            Failed::Refused(Error::Unavailable)
        })?;
        let verifying = tokio::task::spawn_blocking(move || verify(&reader));
        verifying.await.unwrap_or(Err(Failed::Refused(Error::Unavailable)))
    }
}

fn verify(reader: &Reader) -> Result<Verified, Failed> {
    reader.read(|db| {
        let (rows, head) = follow_chain(db)?;
        if let Some(username) = db.query_row(WRONG_BALANCE, [INITIAL_BALANCE], |row| row.get(0)).optional()? {
            return Err(Failed::Refused(Error::BalanceWrong { username }));
        }
        let sums = "SELECT count(*), coalesce(sum(zoobars), 0) FROM account";
        let (accounts, total) = db.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Verified { rows, head: head.to_string(), accounts, total })
    })
}

fn follow_chain(db: &Connection) -> Result<(u64, Link), Failed> {
    let mut query = db.prepare("SELECT id, time, sender, recipient, amount, run, link FROM transfer ORDER BY id")?;
    let mut rows = query.query([])?;
    let (mut last, mut head) = (0, Link::FIRST);
    while let Some(row) = rows.next()? {
        let expected = last + 1;
        // A value that does not even have its type was not written by the bank.
        let (row, link) = read(row).map_err(|_| Failed::Refused(Error::ChainBroken { row: expected }))?;
        head = head.then(&row);
        if row.id != expected || link != head {
            return Err(Failed::Refused(Error::ChainBroken { row: expected }));
        }
        last = row.id;
    }
    Ok((last, head))
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Row, Link)> {
    let fields = Row {
        id: row.get(0)?,
        time: row.get(1)?,
        sender: row.get(2)?,
        recipient: row.get(3)?,
        amount: row.get(4)?,
        run: row.get(5)?,
    };
    Ok((fields, Link(row.get(6)?)))
}
