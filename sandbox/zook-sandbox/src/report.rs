//! What the command says of a run: the program's output and reasons, or one object.

use std::io::{self, Write};

use sandbox::{Ending, Outcome};
use serde_json::json;

use crate::arguments::Arguments;

/// As timeout(1) says it.
const OUT_OF_TIME: u8 = 124;
pub(crate) const NOT_STARTED: u8 = 125;
/// As a shell says it of a program that was killed for its memory.
const OUT_OF_MEMORY: u8 = 137;

/// As a shell says it of a program that was ended by SIGXFSZ, for what it wrote.
const OUT_OF_OUTPUT: u8 = 153;
/// As a shell says it of a program that was ended by SIGSYS, which it was.
const DENIED: u8 = 159;

/// Says what came of a run.
pub(crate) fn tell(arguments: &Arguments, outcome: &Outcome, missing: &[&str]) -> io::Result<()> {
    if arguments.json { in_json(outcome, missing) } else { in_words(outcome, missing) }
}

/// Says why there was none.
pub(crate) fn tell_failure(arguments: &Arguments, why: &str) -> io::Result<()> {
    if arguments.json {
        let object = json!({ "outcome": "not_started", "exit_code": NOT_STARTED, "remark": why });
        return writeln!(io::stdout(), "{object}");
    }
    writeln!(io::stderr(), "zook-sandbox: {why}")
}

/// The program's output to the output; everything else to the error output.
fn in_words(outcome: &Outcome, missing: &[&str]) -> io::Result<()> {
    io::stdout().write_all(&outcome.output)?;
    io::stdout().flush()?;
    let mut errors = io::stderr();
    errors.write_all(&outcome.errors)?;
    for call in &outcome.transcript {
        writeln!(errors, "{call}")?;
    }
    if !outcome.transcript.is_empty() && !missing.is_empty() {
        writeln!(errors, "sandbox: not as root, and so without: {}", missing.join(", "))?;
    }
    for denial in &outcome.denials {
        writeln!(errors, "sandbox: {denial}")?;
    }
    if let Some(remark) = outcome.remark() {
        writeln!(errors, "sandbox: {remark}")?;
    }
    if let Ending::NotStarted { why } = &outcome.ending {
        writeln!(errors, "sandbox: {why}")?;
    }
    Ok(())
}

/// Everything as one object.
fn in_json(outcome: &Outcome, missing: &[&str]) -> io::Result<()> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let usage = &outcome.usage;
    let object = json!({
        "outcome": kind(&outcome.ending),
        "exit_code": exit_code(outcome),
        "remark": outcome.remark(),
        "output": text(&outcome.output),
        "errors": text(&outcome.errors),
        "usage": {
            "microseconds": usage.time.as_micros() as u64,
            "processor_microseconds": usage.processor_time.as_micros() as u64,
            "commit_microseconds": usage.commit.as_micros() as u64,
            "peak_memory_bytes": usage.peak_memory,
            "calls": usage.calls,
            "files": usage.files,
            "bytes": usage.bytes,
        },
        "denials": outcome.denials,
        "missing_walls": missing,
        "transcript": outcome.transcript,
    });
    writeln!(io::stdout(), "{object}")
}

fn kind(ending: &Ending) -> &'static str {
    match ending {
        Ending::Finished { .. } => "finished",
        Ending::OutOfTime { of_processor: false, .. } => "out_of_time",
        Ending::OutOfTime { of_processor: true, .. } => "out_of_processor_time",
        Ending::OutOfMemory => "out_of_memory",
        Ending::OutOfOutput { .. } => "out_of_output",
        Ending::Denied => "denied",
        Ending::Crashed { .. } => "crashed",
        Ending::NoPython { .. } => "no_python",
        Ending::NotStarted { .. } => "not_started",
    }
}

/// What a shell gets.
pub(crate) fn exit_code(outcome: &Outcome) -> u8 {
    match outcome.ending {
        Ending::Finished { exit_code } => u8::try_from(exit_code).unwrap_or(1),
        Ending::OutOfTime { .. } => OUT_OF_TIME,
        Ending::NoPython { .. } | Ending::NotStarted { .. } => NOT_STARTED,
        Ending::OutOfMemory => OUT_OF_MEMORY,
        Ending::Crashed { signal } => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(1)),
        Ending::OutOfOutput { .. } => OUT_OF_OUTPUT,
        Ending::Denied => DENIED,
    }
}
