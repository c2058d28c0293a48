//! The contract of the auth service. `auth.varlink` is the same in varlink's own language.

#![forbid(unsafe_code)]

mod digest;
mod digits;
mod error;
mod token;

use rpc::Nothing;
use serde::{Deserialize, Serialize};

pub use digest::ProgramDigest;
pub use digits::NotDigits;
pub use error::Error;
pub use token::Token;

/// The interface in varlink's definition language; the service hands it out on request.
pub const IDL: &str = include_str!("auth.varlink");

/// Longest password, in bytes: hashing a longer one would cost the server more than the visitor.
pub const MAX_PASSWORD: usize = 4 * 1024;
/// Longest user name, in characters.
pub const MAX_USERNAME: usize = 64;
/// Longest life of a run token, in seconds.
pub const RUN_SECONDS: u64 = 60;
/// Largest daily cap of a grant, in zoobars.
pub const MAX_CAP: u64 = 1_000_000;

/// Makes an account, opens its bank account, and starts a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Register {
    pub username: String,
    pub password: Password,
    /// The visitor's network address, for the limit on attempts.
    pub address: String,
}

/// Starts a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Login {
    pub username: String,
    pub password: Password,
    /// The visitor's network address, for the limit on attempts.
    pub address: String,
    /// What the visitor's browser was given at its last login: one that this account knows has attempts of its own.
    pub device: Option<Token>,
}

/// A new session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The name as it is stored (NFC).
    pub username: String,
    pub token: Token,
    /// By which the account will know the visitor's browser again. It opens nothing.
    pub device: Token,
}

/// Ends a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Logout {
    pub token: Token,
}

/// Whose token is this?
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Check {
    pub token: Token,
}

/// Whose token it is, and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub username: String,
    /// Present for a run token: it is good for transfers within a cap and for nothing else.
    pub run: Option<RunToken>,
}

impl Checked {
    /// The user, if this was a session's token: a run's token is good at the bank and nowhere else.
    pub fn session(self) -> Option<String> {
        self.run.is_none().then_some(self.username)
    }
}

/// What a run token allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunToken {
    /// Identifies the run in the bank's log.
    pub run: String,
    /// Zoobars a day (UTC) that all runs of this owner together may spend.
    pub cap: u64,
}

/// Allows one program of the token's owner to spend, and no other any more; 0 allows none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    pub token: Token,
    /// Zoobars a day, at most [`MAX_CAP`].
    pub cap: u64,
    /// The program that the owner had before him when he said so.
    pub program: ProgramDigest,
}

/// Asks for the grant of the token's owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetGrant {
    pub token: Token,
}

/// A grant, where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    pub grant: Option<Allowance>,
}

/// What a grant allows, and to which program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    pub cap: u64,
    pub program: ProgramDigest,
}

/// Begins a run of a profile that somebody looks at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BeginRun {
    /// The session of whoever looks: there are no runs without a visitor.
    pub token: Token,
    pub owner: String,
    /// What is about to run.
    pub program: ProgramDigest,
}

/// A run that may begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    pub visitor: String,
    /// The run token, where the owner lets this program spend anything.
    pub run: Option<Token>,
}

/// Ends a run token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndRun {
    pub token: Token,
}

/// A password on its way. It does not print.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Password(…)")
    }
}

rpc::methods! { "org.zoobar.Auth", Error;
    Register => Session;
    Login => Session;
    Logout => Nothing, repeatable;
    Check => Checked, repeatable;
    Grant => Nothing, repeatable;
    GetGrant => Granted, repeatable;
    BeginRun => Begun;
    EndRun => Nothing, repeatable;
}
