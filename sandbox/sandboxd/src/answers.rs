//! What the service answers.

use std::sync::Arc;
use std::time::Duration;

use rpc::{Call, Nothing};
use sandbox::{Ending, Limits, Request, Sandbox};
use sandbox_api::{Commit, Error, Outcome, Ran, Run};

/// How long a commit may take.
const COMMIT: Duration = Duration::from_secs(5);

/// Runs a program to its end.
pub(crate) async fn run(sandbox: Arc<Sandbox>, call: Call<Run>) -> Result<Ran, Error> {
    let Run { owner, visitor, code } = call.params;
    let request = Request {
        arguments: vec![format!("ZOOBAR_SELF={owner}"), format!("ZOOBAR_VISITOR={visitor}")],
        owner,
        code,
        api: call.descriptor,
        limits: Limits::default(),
    };
    let (done, outcome) = tokio::sync::oneshot::channel();
    sandbox.submit(request, move |result| {
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

/// Makes durable what the owner's current run has written.
pub(crate) async fn commit(sandbox: Arc<Sandbox>, call: Call<Commit>) -> Result<Nothing, Error> {
    let committed = tokio::task::spawn_blocking(move || sandbox.commit(&call.params.owner, COMMIT)).await;
    match committed {
        Ok(Ok(())) => Ok(Nothing {}),
        Ok(Err(why)) => {
            tracing::error!(%why, "a commit failed");
            Err(Error::Unavailable)
        }
        Err(_) => Err(Error::Unavailable),
    }
}

fn log(outcome: &sandbox::Outcome) {
    let microseconds = u64::try_from(outcome.time.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(ending = ?outcome.ending, microseconds, denials = outcome.denials.len(), "a run has ended");
}

/// The outcome in the words of the contract.
fn told(outcome: sandbox::Outcome) -> Outcome {
    let remark = outcome.remark();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (ending, exit_code) = match outcome.ending {
        Ending::Finished { exit_code } => (sandbox_api::Ending::Finished, Some(exit_code)),
        Ending::OutOfTime { .. } => (sandbox_api::Ending::Timeout, None),
        Ending::OutOfMemory => (sandbox_api::Ending::Memory, None),
        Ending::OutOfOutput { .. } => (sandbox_api::Ending::Output, None),
        Ending::Denied => (sandbox_api::Ending::Denied, None),
        Ending::Crashed { .. } => (sandbox_api::Ending::Crashed, None),
        Ending::NotStarted { .. } => (sandbox_api::Ending::NotStarted, None),
    };
    Outcome {
        ending,
        exit_code,
        output: text(outcome.output),
        errors: text(outcome.errors),
        remark,
        denials: outcome.denials,
        milliseconds: u64::try_from(outcome.time.as_millis()).unwrap_or(u64::MAX),
    }
}
