//! What the service answers.

use std::sync::Arc;
use std::time::Duration;

use rpc::{Call, Nothing, request};
use sandbox::{DEFAULT, Ending, Limits, Request, Sandbox};
use sandbox_api::{Commit, Error, Outcome, Ran, Run};

use crate::under_way::UnderWay;

/// How long a commit may take.
const COMMIT: Duration = Duration::from_secs(5);

/// The sandbox and the runs that are under way in it.
pub(crate) struct Answers {
    sandbox: Sandbox,
    under_way: UnderWay,
}

impl Answers {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, under_way: UnderWay::default() }
    }
}

/// Runs a program to its end.
pub(crate) async fn run(answers: Arc<Answers>, call: Call<Run>) -> Result<Ran, Error> {
    let Run { owner, visitor, code, python, limits } = call.params;
    let python = python.unwrap_or_else(|| DEFAULT.to_owned());
    let going = answers.under_way.add(&owner, request::current());
    let arguments = vec![format!("ZOOBAR_SELF={owner}"), format!("ZOOBAR_VISITOR={visitor}")];
    let limits = limits.map_or(Limits::WIDE, within);
    let request = Request { arguments, api: call.descriptor, limits, python, ..Request::new(owner, code) };
    let (done, outcome) = tokio::sync::oneshot::channel();
    answers.sandbox.submit(request, move |result| {
        drop(going);
        // A caller that has gone away does not wait for it.
        let _ = done.send(result);
    });
    match outcome.await {
        Ok(Ok(outcome)) => {
            log(&outcome);
            Ok(Ran { outcome: told(outcome) })
        }
        Ok(Err(sandbox::Busy)) => Err(Error::Busy),
        Err(_) => Err(Error::Unavailable),
    }
}

/// Makes durable what the owner's current run has written. A run that asks although it is not under way here died with the
/// process before this one, and what it wrote with it: another run's files must not stand for them.
pub(crate) async fn commit(answers: Arc<Answers>, call: Call<Commit>) -> Result<Nothing, Error> {
    let Commit { owner } = call.params;
    if !answers.under_way.holds(&owner, request::current()) {
        tracing::warn!("a commit is refused: the run that it is for is over");
        return Err(Error::Unavailable);
    }
    let committed = tokio::task::spawn_blocking(move || answers.sandbox.commit(&owner, COMMIT)).await;
    match committed {
        Ok(Ok(())) => Ok(Nothing {}),
        Ok(Err(why)) => {
            tracing::error!(%why, "a commit failed");
            Err(Error::Unavailable)
        }
        Err(_) => Err(Error::Unavailable),
    }
}

/// What is asked for, and the most where nothing is: the sandbox cuts each limit to that of zook.conf.
fn within(asked: sandbox_api::Limits) -> Limits {
    let most = Limits::WIDE;
    Limits {
        time: asked.time_ms.map_or(most.time, Duration::from_millis),
        processor_time: asked.cpu_ms.map_or(most.processor_time, Duration::from_millis),
        memory: asked.memory_mb.map_or(most.memory, |megabytes| megabytes.saturating_mul(1 << 20)),
        output: asked.output_kb.map_or(most.output, |kilobytes| kilobytes.saturating_mul(1 << 10)),
        open_files: asked.open_files.unwrap_or(most.open_files),
        // Beside the first.
        threads: asked.threads.map_or(most.threads, |threads| threads.saturating_add(1)),
    }
}

fn log(outcome: &sandbox::Outcome) {
    let microseconds = u64::try_from(outcome.usage.time.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(ending = ?outcome.ending, microseconds, calls = outcome.usage.calls, denials = outcome.denials.len(), "a run has ended");
}

/// The outcome in the words of the contract.
fn told(outcome: sandbox::Outcome) -> Outcome {
    let remark = outcome.remark();
    let (ending, exit_code) = match outcome.ending {
        Ending::Finished { exit_code } => (sandbox_api::Ending::Finished, Some(exit_code)),
        Ending::OutOfTime { .. } => (sandbox_api::Ending::Timeout, None),
        Ending::OutOfMemory => (sandbox_api::Ending::Memory, None),
        Ending::OutOfOutput { .. } => (sandbox_api::Ending::Output, None),
        Ending::Denied => (sandbox_api::Ending::Denied, None),
        Ending::Crashed { .. } => (sandbox_api::Ending::Crashed, None),
        Ending::NoPython { .. } => (sandbox_api::Ending::NoPython, None),
        Ending::NotStarted { .. } => (sandbox_api::Ending::NotStarted, None),
    };
    Outcome {
        ending,
        exit_code,
        output: text(outcome.output),
        errors: text(outcome.errors),
        remark,
        denials: outcome.denials,
        milliseconds: u64::try_from(outcome.usage.time.as_millis()).unwrap_or(u64::MAX),
        peak_memory: outcome.usage.peak_memory,
        files: outcome.usage.files,
        file_bytes: outcome.usage.bytes,
    }
}

/// Text that fits a message: six bytes of JSON for a control character would be too many, and nobody can see one.
fn text(bytes: Vec<u8>) -> String {
    let visible =
        |c: char| if c.is_control() && !matches!(c, '\n' | '\r' | '\t') { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(&bytes).chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_a_program_can_print_fits_a_message() {
        for byte in [0, 0x1b, b'"', b'\\', 0xff, b'\n'] {
            let all = text(vec![byte; Limits::default().output]);
            let written = serde_json::to_string(&all).expect("text is JSON");
            assert!(written.len() < 1_000_000, "{byte}: {}", written.len());
        }
        assert_eq!(text(b"a\tb\0\xffc".to_vec()), "a\tb\u{fffd}\u{fffd}c");
    }
}
