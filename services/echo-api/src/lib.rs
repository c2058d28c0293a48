//! The contract of the echo service. `echo.varlink` is the same in varlink's own language.

#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};

/// The interface in varlink's definition language; the service hands it out on request.
pub const IDL: &str = include_str!("echo.varlink");

/// Longest message that is echoed, in bytes.
pub const MAX_MESSAGE: usize = 8 * 1024;

/// Asks for the message back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// At most [`MAX_MESSAGE`] bytes.
    pub message: String,
}

/// The message, and who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echoed {
    /// What was said.
    pub reply: String,
    /// Section name of the caller, as the kernel and zook.conf have it.
    pub caller: String,
}

/// How echo refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum Error {
    /// Longer than [`MAX_MESSAGE`].
    #[serde(rename = "org.zoobar.Echo.TooLong")]
    #[error("the message is longer than {limit} bytes")]
    TooLong { limit: usize },
}

rpc::methods! { "org.zoobar.Echo", Error;
    Echo => Echoed, repeatable;
}
