//! How much of everything one dispatcher takes on. Each can be set in zook.conf, as `set.NAME`, where main says so.

use std::time::Duration;

/// The limits of one dispatcher.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address (of IPv6: from one /64).
    pub connections_per_address: usize,
    /// Connections from this machine count like all others. They do not by default: whoever connects from here is the
    /// operator, or a front that speaks for many visitors.
    pub count_loopback: bool,
    /// Bytes of one request's body.
    pub body: u64,
    /// Bytes of all requests' bodies together, in memory at a time, beyond the first 64 KiB of each.
    pub bodies: usize,
    /// From the first byte of a head to its last.
    pub head_time: Duration,
    /// For a whole body.
    pub body_time: Duration,
    /// Before each request of a connection.
    pub idle_time: Duration,
    /// The same in a crowd: less than what those who are turned away are told to wait.
    pub crowded_idle_time: Duration,
    /// For a service: until its head is there, and between two parts of its body.
    pub answer_time: Duration,
    /// For a visitor to take the next `take_bytes` of an answer, or all that is left of it.
    pub take_time: Duration,
    /// How much he has to take in that time: 64 KiB in half a minute are what a modem of 1995 manages.
    pub take_bytes: usize,
    /// For what is under way when the launcher asks to finish.
    pub drain_time: Duration,
    /// How long a file's answer may be given again without asking the file service. Zero: never.
    pub recent_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            connections_per_address: 128,
            count_loopback: false,
            body: http_strict::limits::BODY,
            bodies: 64 * 1024 * 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(60),
            crowded_idle_time: Duration::from_secs(1),
            answer_time: Duration::from_secs(30),
            take_time: Duration::from_secs(30),
            take_bytes: 64 * 1024,
            drain_time: Duration::from_secs(2),
            recent_time: Duration::from_secs(1),
        }
    }
}
