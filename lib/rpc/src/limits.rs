//! Every bound of the protocol in one place.

use std::time::Duration;

/// Largest message in bytes, the closing NUL included. A longer one closes the connection.
pub(crate) const MAX_MESSAGE: usize = 1024 * 1024;

/// Most idle connections that a client keeps to one service.
pub(crate) const MAX_IDLE_CONNECTIONS: usize = 32;

/// What a server grants its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections that one caller may hold at a time; the next one waits.
    pub connections_per_caller: usize,
    /// Longest silence between two messages.
    pub idle: Duration,
    /// From a message's first byte to its last, and for taking the answer.
    pub transfer: Duration,
    /// For the method itself.
    pub work: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_per_caller: 64,
            idle: Duration::from_secs(300),
            transfer: Duration::from_secs(5),
            work: Duration::from_secs(30),
        }
    }
}
