//! What the launcher has to say: words for the terminal, JSON lines for the log file.

use std::io::{self, Write};
use std::path::Path;

use logfile::RotatingFile;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The log file of the launcher.
#[derive(Debug)]
pub(crate) struct Journal {
    file: RotatingFile,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// For the file alone.
    Info,
    /// For the terminal too.
    Warn,
}

impl Journal {
    /// Opens `zookld.log` in the directory of logs.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        Ok(Self { file: RotatingFile::open(directory, "zookld")? })
    }

    /// Notes something about the site.
    pub(crate) fn note(&mut self, level: Level, message: &str) {
        self.write(level, message, json!({}));
        if level == Level::Warn {
            complain(message);
        }
    }

    /// Notes something about a service.
    pub(crate) fn about(&mut self, level: Level, service: &str, pid: Option<Pid>, what: &str) {
        let number = pid.map(|pid| pid.as_raw_nonzero().get());
        let place = number.map(|number| format!(" (pid {number})")).unwrap_or_default();
        let message = format!("{service}{place} {what}");
        self.write(level, &message, json!({ "about": service, "pid": number }));
        if level == Level::Warn {
            complain(&message);
        }
    }

    /// One JSON object on a line, in the form of the services' own logs.
    fn write(&mut self, level: Level, message: &str, fields: Value) {
        let mut line = json!({
            "time": OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
            "level": if level == Level::Warn { "warn" } else { "info" },
            "service": "zookld",
            "request": "-",
            "message": message,
        });
        if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
            line.extend(fields);
        }
        if let Err(why) = self.file.append(format!("{line}\n").as_bytes()) {
            complain(&format!("the log cannot be written: {why}"));
        }
    }
}

/// A line that a service printed. For the terminal alone: a service has a log of its own, and one that was broken into must
/// not be able to push older lines out of this one.
pub(crate) fn relay(service: &str, line: &str) {
    show(&format!("{service}: {line}"));
}

/// A line for the operator. A terminal that has gone away is no reason to stop serving, so errors are dropped.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Something that is wrong, for the operator.
pub(crate) fn complain(text: &str) {
    show(&format!("zookld: {text}"));
}

/// A line on the terminal, if it takes one just now: a terminal that was stopped with Ctrl-S, or a pipe that nobody reads,
/// must not stop the launcher, and with it the services, which wait when nobody reads what they print. (A line is shorter
/// than the 4 KiB that a pipe which can be written to takes at once.)
fn show(line: &str) {
    let mut stderr = io::stderr();
    let writable = poll(&mut [PollFd::new(&stderr, PollFlags::OUT)], Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    if writable == Ok(1) {
        let _ = stderr.write_all(format!("{line}\n").as_bytes());
    }
}
