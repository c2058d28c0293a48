//! Bytes to a site as they are, and whatever comes back: for what no well-behaved client would send.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most bytes that are read back.
const MAX_ANSWER: u64 = 16 * 1024 * 1024;

/// Sends the bytes, ends the sending side, and returns all that comes back until the server closes.
pub fn exchange(server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server).expect("the site listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("sets");
    // A server may refuse, answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.take(MAX_ANSWER).read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status code of an answer; 0 where there is none.
pub fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}
