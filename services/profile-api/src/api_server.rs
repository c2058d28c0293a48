//! The contract between the profile service and the server that a running profile talks to.

use auth_api::Token;
use serde::{Deserialize, Serialize};

/// The interface in varlink's definition language; the service hands it out on request.
pub const IDL: &str = include_str!("profile_api_server.varlink");

/// Answers the calls of one run. Its end of the run's connection travels with the call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Serve {
    pub owner: String,
    pub visitor: String,
    /// The run token; `None` where the owner allows his profile nothing.
    pub token: Option<Token>,
    /// Longest life of the connection, in seconds.
    pub seconds: u32,
    /// Most calls, where that is fewer than zook.conf allows to each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u32>,
}

/// The connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    pub api_calls: u32,
}

/// How the API server refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
pub enum Error {
    #[serde(rename = "org.zoobar.ProfileApi.NoDescriptor")]
    #[error("no connection came with the call")]
    NoDescriptor,
    #[serde(rename = "org.zoobar.ProfileApi.Busy")]
    #[error("too many runs are being served")]
    Busy,
}

rpc::methods! { "org.zoobar.ProfileApi", Error;
    Serve => Served, takes_descriptor;
}
