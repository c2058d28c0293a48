//! What the command says of a run: the program's output and reasons, or one object.

use std::io::{self, Write};

use sandbox::{Ending, Outcome};
use serde_json::json;

/// As timeout(1) says it.
const OUT_OF_TIME: u8 = 124;
pub(crate) const NOT_STARTED: u8 = 125;
/// As a shell says it of a program that was killed for its memory.
const OUT_OF_MEMORY: u8 = 137;

/// The program's output to the output; everything else to the error output.
pub(crate) fn in_words(outcome: &Outcome, missing: &[&str]) -> io::Result<()> {
    io::stdout().write_all(&outcome.output)?;
    io::stderr().write_all(&outcome.errors)?;
    for call in &outcome.transcript {
        eprintln!("{call}");
    }
    if !outcome.transcript.is_empty() && !missing.is_empty() {
        eprintln!("sandbox: not as root, and so without: {}", missing.join(", "));
    }
    for denial in &outcome.denials {
        eprintln!("sandbox: {denial}");
    }
    if let Some(remark) = outcome.remark() {
        eprintln!("sandbox: {remark}");
    }
    if let Ending::NotStarted { why } = &outcome.ending {
        eprintln!("sandbox: {why}");
    }
    Ok(())
}

/// Everything as one object.
pub(crate) fn in_json(outcome: &Outcome, missing: &[&str]) -> io::Result<()> {
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
        Ending::OutOfOutput { .. } | Ending::Denied => 1,
    }
}
