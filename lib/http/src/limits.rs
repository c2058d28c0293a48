//! Every bound of this crate by name. Each is checked before anything is stored.

/// A request or answer head with its final empty line, in bytes. A longer one is refused with 431.
pub const HEAD: usize = 16 * 1024;

/// The request target, in bytes. A longer one is refused with 414.
pub const TARGET: usize = 8 * 1024;

/// Fields of one head. More are refused with 431.
pub const FIELDS: usize = 100;

/// Body of a request where the site sets nothing else. A longer one is refused with 413.
pub const BODY: u64 = 1024 * 1024;

/// Hexadecimal digits of one chunk size: enough for 4 GiB, and far from any overflow.
pub const CHUNK_SIZE_DIGITS: u8 = 8;

/// A Host value: the longest domain name, with a port.
pub const HOST: usize = 255 + 6;
