//! What a guest prints.

use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::Timespec;
use rustix::io::Errno;

/// Of the error output only the end is kept: that is where the traceback is.
const ERRORS_KEPT: usize = 16 * 1024;

/// Both streams of one guest, with one limit.
#[derive(Debug)]
pub(super) struct Printed {
    limit: usize,
    total: usize,
    pub(super) output: Vec<u8>,
    pub(super) errors: Vec<u8>,
}

/// Which stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Output,
    Errors,
}

/// Both of them.
pub(super) const STREAMS: [Stream; 2] = [Stream::Output, Stream::Errors];

/// What a look at a stream found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read {
    Some,
    /// More than the limit: the guest has to end.
    TooMuch,
    /// Nobody can write any more.
    End,
}

impl Printed {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, total: 0, output: Vec::new(), errors: Vec::new() }
    }

    /// Bytes of both streams.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Reads once from a pipe that has something to read.
    pub(super) fn read(&mut self, pipe: &OwnedFd, stream: Stream) -> Read {
        let mut buffer = [0; 16 * 1024];
        let read = match rustix::io::read(pipe, &mut buffer) {
            Ok(0) => return Read::End,
            Ok(length) => &buffer[..length],
            Err(Errno::INTR | Errno::AGAIN) => return Read::Some,
            Err(_) => return Read::End,
        };
        let room = self.limit - self.total;
        let kept = &read[..read.len().min(room)];
        self.total += kept.len();
        match stream {
            Stream::Output => self.output.extend(kept),
            Stream::Errors => {
                self.errors.extend(kept);
                let surplus = self.errors.len().saturating_sub(ERRORS_KEPT);
                self.errors.drain(..surplus);
            }
        }
        if read.len() > room { Read::TooMuch } else { Read::Some }
    }

    /// Reads what is left of a guest that has ended, without waiting.
    pub(super) fn drain(&mut self, pipe: &OwnedFd, stream: Stream) -> Read {
        loop {
            let mut watched = [PollFd::new(pipe, PollFlags::IN)];
            let waiting = poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
            if !matches!(waiting, Ok(1..)) {
                return Read::End;
            }
            match self.read(pipe, stream) {
                Read::Some => {}
                end => return end,
            }
        }
    }
}
