//! A program that was tampered with: it takes its orders, gives up nothing, and says that it is ready.

#![forbid(unsafe_code)]

use std::io;

use control::{MAX_RECORD, Report, Word};
use rustix::net::{RecvFlags, SendFlags, recv, send};

fn main() -> io::Result<()> {
    let number = std::env::args().nth(1).and_then(|word| word.parse().ok()).expect("zookld starts this program");
    let line = confine::inherited::take(number)?;
    let mut record = vec![0; MAX_RECORD];
    recv(&line, &mut record, RecvFlags::empty())?;
    let mut report = Report::Ready;
    loop {
        let told = control::encode(&report).map_err(io::Error::other)?;
        send(&line, &told, SendFlags::NOSIGNAL)?;
        let (length, _) = recv(&line, &mut record, RecvFlags::empty())?;
        match control::decode(&record[..length]) {
            Ok(Word::Beat { beat }) => report = Report::Alive { beat },
            // The launcher has ended, or wants it to.
            _ => return Ok(()),
        }
    }
}
