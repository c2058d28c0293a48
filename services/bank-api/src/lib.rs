//! The contract of the bank. `bank.varlink` is the same in varlink's own language.

#![forbid(unsafe_code)]

use auth_api::Token;
use rpc::Nothing;
use serde::{Deserialize, Serialize};

/// The interface in varlink's definition language; the service hands it out on request.
pub const IDL: &str = include_str!("bank.varlink");

/// What a new account holds, in zoobars.
pub const INITIAL_BALANCE: u64 = 10;
/// Most rows that one [`Log`] call answers with.
pub const MAX_LOG: u32 = 1000;

/// Opens an account with [`INITIAL_BALANCE`], once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Open {
    pub username: String,
}

/// Asks what a user has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Balance {
    pub username: String,
}

/// What a user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balanced {
    pub zoobars: u64,
}

/// Moves zoobars from the owner of a session to `recipient`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transfer {
    /// Of a session; a run's is [`Error::InvalidToken`].
    pub token: Token,
    pub recipient: String,
    /// As the caller sent it; the bank refuses what is not positive.
    pub zoobars: i64,
}

/// Moves zoobars of a profile's owner to `recipient`, within what the owner's grant leaves for today.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spend {
    /// Of a run; a session's is [`Error::InvalidToken`].
    pub token: Token,
    pub recipient: String,
    /// As the program sent it; the bank refuses what is not positive.
    pub zoobars: i64,
}

/// A transfer that is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferred {
    pub sender: String,
    /// What the sender has left.
    pub balance: u64,
}

/// Asks for the transfers that a user took part in; who is no user has an empty log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Log {
    pub username: String,
    /// At most [`MAX_LOG`]; the newest are kept.
    pub limit: u32,
}

/// Transfers, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    pub transfers: Vec<TransferRecord>,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRecord {
    pub id: u64,
    /// As C's asctime writes it, in UTC: `Sat Nov 21 17:30:13 2026`.
    pub time: String,
    pub sender: String,
    pub recipient: String,
    pub amount: u64,
}

/// Recomputes the chain, and every balance from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verify {}

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    pub rows: u64,
    /// Hash of the newest row, in hexadecimal digits.
    pub head: String,
    pub accounts: u64,
    /// Sum of all balances: [`INITIAL_BALANCE`] times `accounts`.
    pub total: u64,
}

/// How the bank refuses. The texts are for the log; pages find their own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum Error {
    #[serde(rename = "org.zoobar.Bank.NoSuchAccount")]
    #[error("{username:?} has no account")]
    NoSuchAccount { username: String },
    #[serde(rename = "org.zoobar.Bank.NotEnough")]
    #[error("the balance of {balance} is not enough")]
    NotEnough { balance: u64 },
    #[serde(rename = "org.zoobar.Bank.BadAmount")]
    #[error("an amount is a positive whole number")]
    BadAmount,
    #[serde(rename = "org.zoobar.Bank.ToOneself")]
    #[error("sender and recipient are the same")]
    ToOneself,
    #[serde(rename = "org.zoobar.Bank.InvalidToken")]
    #[error("the token is not valid here")]
    InvalidToken,
    /// Runs of this owner have spent today what the grant allows.
    #[serde(rename = "org.zoobar.Bank.CapReached")]
    #[error("profile runs may spend {cap} a day and have spent {spent_today}")]
    CapReached { cap: u64, spent_today: u64 },
    #[serde(rename = "org.zoobar.Bank.ChainBroken")]
    #[error("row {row} of the log does not follow from the one before it")]
    ChainBroken { row: u64 },
    /// The log holds, but an account does not hold what its transfers add up to.
    #[serde(rename = "org.zoobar.Bank.BalanceWrong")]
    #[error("the balance of {username:?} does not follow from the log")]
    BalanceWrong { username: String },
    /// Storage or a called service failed; what was asked for did not happen.
    #[serde(rename = "org.zoobar.Bank.Unavailable")]
    #[error("the bank cannot answer now")]
    Unavailable,
}

rpc::methods! { "org.zoobar.Bank", Error;
    Open => Nothing, repeatable;
    Balance => Balanced, repeatable;
    Transfer => Transferred;
    Spend => Transferred;
    Log => Logged, repeatable;
    Verify => Verified, repeatable, minutes(10);
}
