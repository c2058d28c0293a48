//! How auth refuses.

use serde::{Deserialize, Serialize};

/// How auth refuses. The texts are for the log; pages find their own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum Error {
    /// No such user, or not his password: which of both is not told.
    #[serde(rename = "org.zoobar.Auth.InvalidCredentials")]
    #[error("the user name or the password is wrong")]
    InvalidCredentials,
    /// Somebody has this name already.
    #[serde(rename = "org.zoobar.Auth.UsernameTaken")]
    #[error("the user name is taken")]
    UsernameTaken,
    /// The name breaks a rule; `why` is a sentence for the visitor.
    #[serde(rename = "org.zoobar.Auth.BadUsername")]
    #[error("the user name is not allowed: {why}")]
    BadUsername { why: String },
    /// The password breaks a rule; `why` is a sentence for the visitor.
    #[serde(rename = "org.zoobar.Auth.BadPassword")]
    #[error("the password is not allowed: {why}")]
    BadPassword { why: String },
    /// The account or the address has to wait.
    #[serde(rename = "org.zoobar.Auth.TooManyAttempts")]
    #[error("too many attempts; the next one is possible in {retry_after_seconds} s")]
    TooManyAttempts { retry_after_seconds: u64 },
    /// Nobody's token, an ended one, or one of the wrong kind.
    #[serde(rename = "org.zoobar.Auth.InvalidToken")]
    #[error("the token is not valid here")]
    InvalidToken,
    /// Above the largest cap.
    #[serde(rename = "org.zoobar.Auth.BadCap")]
    #[error("a cap is at most {limit}")]
    BadCap { limit: u64 },
    /// Storage or a called service failed; what was asked for did not happen.
    #[serde(rename = "org.zoobar.Auth.Unavailable")]
    #[error("auth cannot answer now")]
    Unavailable,
}
