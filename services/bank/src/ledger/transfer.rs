//! A transfer: both balances and the row of the log change together or not at all.

use bank_api::Error;
use rusqlite::{Connection, OptionalExtension};

use super::balance::balance;
use super::{Failed, Ledger};
use crate::amount::Amount;
use crate::chain::{Link, Row};

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// A transfer that its sender wants, by the word of auth.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) sender: String,
    pub(crate) recipient: String,
    pub(crate) amount: Amount,
    /// Present where a run of the sender's profile wants it.
    pub(crate) run: Option<RunLimit>,
    /// Seconds since 1970.
    pub(crate) time: i64,
}

/// A profile's run, and what all runs of its owner together may spend on one day (UTC).
#[derive(Debug, Clone)]
pub(crate) struct RunLimit {
    pub(crate) run: String,
    pub(crate) cap: u64,
}

/// A transfer that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Booked {
    /// What the sender has left.
    pub(crate) balance: u64,
    /// Number of its row in the log.
    pub(crate) row: u64,
    /// The new end of the chain.
    pub(crate) head: Link,
}

impl Ledger {
    /// Moves zoobars, or says why not.
    pub(crate) async fn transfer(&self, order: Order) -> Result<Booked, Failed> {
        self.store.writer.write(move |db| book(db, order)).await
    }
}

fn book(db: &Connection, order: Order) -> Result<Booked, Failed> {
    let amount = order.amount.zoobars();
    if order.sender == order.recipient {
        return Err(Failed::Refused(Error::ToOneself));
    }
    let sender_has = balance(db, &order.sender)?;
    let recipient_has = balance(db, &order.recipient)?;
    let sender_left =
        sender_has.checked_sub(amount).ok_or(Failed::Refused(Error::NotEnough { balance: sender_has }))?;
    // More than an account can hold is more than has ever been made.
    let recipient_gets =
        recipient_has.checked_add(amount).filter(|sum| *sum <= Amount::MAX).ok_or(Failed::Refused(Error::BadAmount))?;
    if let Some(limit) = &order.run {
        stay_within(limit, amount, spent_by_runs(db, &order.sender, order.time)?)?;
    }
    set_balance(db, &order.sender, sender_left)?;
    set_balance(db, &order.recipient, recipient_gets)?;
    let (row, head) = append(db, order)?;
    Ok(Booked { balance: sender_left, row, head })
}

fn stay_within(limit: &RunLimit, amount: u64, spent_today: u64) -> Result<(), Failed> {
    match spent_today.checked_add(amount) {
        Some(sum) if sum <= limit.cap => Ok(()),
        _ => Err(Failed::Refused(Error::CapReached { cap: limit.cap, spent_today })),
    }
}

fn spent_by_runs(db: &Connection, owner: &str, time: i64) -> Result<u64, Failed> {
    let midnight = time - time.rem_euclid(SECONDS_A_DAY);
    let mut query = db.prepare_cached(
        "SELECT coalesce(sum(amount), 0) FROM transfer
         WHERE sender = ?1 AND run IS NOT NULL AND time >= ?2 AND time < ?3",
    )?;
    Ok(query.query_row((owner, midnight, midnight + SECONDS_A_DAY), |row| row.get(0))?)
}

fn set_balance(db: &Connection, username: &str, zoobars: u64) -> Result<(), Failed> {
    db.prepare_cached("UPDATE account SET zoobars = ?2 WHERE username = ?1")?.execute((username, zoobars))?;
    Ok(())
}

fn append(db: &Connection, order: Order) -> Result<(u64, Link), Failed> {
    let mut last = db.prepare_cached("SELECT id, link FROM transfer ORDER BY id DESC LIMIT 1")?;
    let last = last.query_row([], |row| Ok((row.get(0)?, Link(row.get(1)?)))).optional()?;
    let (last_id, last_link) = last.unwrap_or((0, Link::FIRST));
    let row = Row {
        id: last_id + 1,
        time: order.time,
        sender: order.sender,
        recipient: order.recipient,
        amount: order.amount.zoobars(),
        run: order.run.map(|limit| limit.run),
    };
    let link = last_link.then(&row);
    db.prepare_cached(
        "INSERT INTO transfer (id, time, sender, recipient, amount, run, link) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((row.id, row.time, row.sender, row.recipient, row.amount, row.run, link.0))?;
    Ok((row.id, link))
}
