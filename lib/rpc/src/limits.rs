//! Every bound of the protocol in one place.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

/// Largest call in bytes, the closing NUL included. A longer one closes the connection. The largest that is meant to pass
/// is a profile: 64 KiB, and JSON may write a byte as six characters. A caller that holds back the end of a call on each of
/// its connections must not use up a service's memory.
pub(crate) const MAX_CALL: usize = 512 * 1024;

/// Largest answer in bytes, the closing NUL included. The largest that is meant to pass is what a guest printed: 256 KiB.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Most idle connections that a client keeps to one service.
pub(crate) const MAX_IDLE_CONNECTIONS: usize = 32;

/// What a server grants its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections that one caller may hold at a time; a further one is closed. Our own clients queue before that.
    pub connections_per_caller: usize,
    /// Longest silence between two messages.
    pub idle: Duration,
    /// From a message's first byte to its last, and for taking the answer.
    pub transfer: Duration,
    /// For the method itself, where it has no limit of its own.
    pub work: Duration,
    /// For the calls under way when the server is asked to leave.
    pub leave: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_per_caller: 64,
            idle: Duration::from_secs(300),
            transfer: Duration::from_secs(5),
            work: Duration::from_secs(30),
            leave: Duration::from_secs(1),
        }
    }
}

/// An operation that may not take longer than `limit`.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
