//! What a service prints, made safe to show: short lines, no control characters, not too many of them.

use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

/// Longest line that is shown, in bytes; a longer one is shown in parts.
const MAX_LINE: usize = 1024;
/// Most bytes that are read at once.
const MAX_READ: usize = 16 * 1024;
/// Reads after the end of a process: a pipe holds 64 KiB.
const LAST_READS: usize = 4;
/// Pause after a read: with it, a service that prints without end costs the launcher next to nothing, and waits itself.
const PAUSE: Duration = Duration::from_millis(20);
/// Most lines shown in one [`PERIOD`]; the others are counted.
const MAX_LINES: u32 = 100;
const PERIOD: Duration = Duration::from_secs(1);

/// The reading end of a service's standard output and error.
#[derive(Debug)]
pub(crate) struct Output {
    pipe: OwnedFd,
    open: bool,
    line: Vec<u8>,
    next_read: Instant,
    period: Instant,
    shown: u32,
    left_out: u64,
}

impl Output {
    /// `pipe` must not block.
    pub(crate) fn new(pipe: OwnedFd, now: Instant) -> Self {
        Self { pipe, open: true, line: Vec::new(), next_read: now, period: now, shown: 0, left_out: 0 }
    }

    /// What to wait for, and from when on; nothing if the other end is closed.
    pub(crate) fn wants(&self) -> Option<(BorrowedFd<'_>, Instant)> {
        self.open.then(|| (self.pipe.as_fd(), self.next_read))
    }

    /// Reads once; the lines to show.
    pub(crate) fn read(&mut self, now: Instant) -> Vec<String> {
        self.next_read = now + PAUSE;
        let mut bytes = [0; MAX_READ];
        match rustix::io::read(&self.pipe, &mut bytes) {
            Ok(0) => self.end(),
            Ok(length) => self.take(&bytes[..length], now),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Vec::new(),
            Err(_) => self.end(),
        }
    }

    /// The last lines of a process that has ended. Descendants may hold the pipe open, so this is not read to its end.
    pub(crate) fn finish(mut self, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..LAST_READS {
            lines.extend(self.read(now));
        }
        lines.extend(self.end());
        lines
    }

    fn end(&mut self) -> Vec<String> {
        self.open = false;
        let rest = mem::take(&mut self.line);
        let mut lines = Vec::new();
        if !rest.is_empty() {
            lines.push(shown(&rest));
        }
        lines.extend(self.sum_up());
        lines
    }

    fn take(&mut self, bytes: &[u8], now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        if now.duration_since(self.period) >= PERIOD {
            lines.extend(self.sum_up());
            (self.period, self.shown) = (now, 0);
        }
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
            }
            if *byte == b'\n' || self.line.len() == MAX_LINE {
                let line = mem::take(&mut self.line);
                if self.shown < MAX_LINES {
                    self.shown += 1;
                    lines.push(shown(&line));
                } else {
                    self.left_out += 1;
                }
            }
        }
        lines
    }

    fn sum_up(&mut self) -> Option<String> {
        let left_out = mem::take(&mut self.left_out);
        (left_out > 0).then(|| format!("({left_out} more lines were not shown)"))
    }
}

/// A line without what could move a terminal's cursor, change its colours or turn its text around.
fn shown(line: &[u8]) -> String {
    let harmful = |c: char| {
        c.is_control() && c != '\t'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    String::from_utf8_lossy(line).replace(harmful, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};

    fn lines_of(printed: &[u8]) -> Vec<String> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).expect("a pipe");
        rustix::io::write(&writer, printed).expect("fits into the pipe");
        drop(writer);
        Output::new(reader, Instant::now()).finish(Instant::now())
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(lines_of(b"a\x1b[31mb\r\n\xff"), ["a\u{fffd}[31mb\u{fffd}", "\u{fffd}"]);
    }

    #[test]
    fn a_long_line_is_shown_in_parts() {
        let lines = lines_of(&[b'x'; 2 * MAX_LINE + 1]);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, MAX_LINE, 1]);
    }

    #[test]
    fn a_flood_is_counted_and_not_shown() {
        let lines = lines_of(&[b'\n'; 5000]);
        assert_eq!(lines.len() as u32, MAX_LINES + 1);
        assert_eq!(lines.last().map(String::as_str), Some("(4900 more lines were not shown)"));
    }
}
