//! A connection as somebody else, and one call on it.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use manifest::{Manifest, Service};
use serde_json::{Value, json};

use crate::site;
use crate::terminal::inert;

/// Longest wait for an answer. It is longer than a service works on a call (`rpc::Limits`): it is the service that gives up,
/// and its log that says so.
const PATIENCE: Duration = Duration::from_secs(60);
/// For methods that declare how long they take: so much longer.
const MARGIN: Duration = Duration::from_secs(30);
/// The operator's user and group.
const ROOT: (u32, u32) = (0, 0);

/// Calls a method as `caller` and prints the answer.
pub(crate) fn call(manifest: &Manifest, caller: &str, method: &str, parameters: &str) -> anyhow::Result<ExitCode> {
    let parameters: Value = serde_json::from_str(parameters).context("the parameters are not JSON")?;
    let callee = site::answering(manifest, method)?;
    let caller = site::section(manifest, caller)?;
    let stream = connect(manifest, caller.name.as_str(), (caller.uid.as_raw(), caller.gid.as_raw()), callee)?;
    let answer = ask(stream, callee.name.as_str(), method, &parameters)?;
    let answer =
        answer.with_context(|| format!("{} closed the connection without an answer; its log says why", callee.name))?;
    println!("{}", inert(&format!("{answer:#}")));
    Ok(if answer.get("error").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Calls a method as root, who may where `operator_calls` say so. `None`: the connection was closed without an answer.
pub(crate) fn call_as_operator<M: rpc::Method>(manifest: &Manifest, params: &M) -> anyhow::Result<Option<Value>> {
    let callee = site::answering(manifest, M::NAME)?;
    let stream = connect(manifest, "root", ROOT, callee)?;
    if let Some(work) = M::WORK {
        stream.set_read_timeout(Some(work + MARGIN))?;
    }
    ask(stream, callee.name.as_str(), M::NAME, &serde_json::to_value(params)?)
}

fn ask(mut stream: UnixStream, callee: &str, method: &str, parameters: &Value) -> anyhow::Result<Option<Value>> {
    let message = json!({ "method": method, "parameters": parameters });
    // A service that knows no such caller closes at once: its silence says so below.
    let _ = stream.write_all(format!("{message}\0").as_bytes());
    let mut answer = Vec::new();
    let read = BufReader::new(stream.take(rpc::MAX_ANSWER as u64)).read_until(0, &mut answer);
    if matches!(&read, Err(why) if why.kind() == ErrorKind::WouldBlock) {
        bail!("{callee} has not answered in time; it may be busy or stopped: try again");
    }
    if answer.pop() != Some(0) {
        return Ok(None);
    }
    serde_json::from_slice(&answer).map(Some).context("the answer is not JSON")
}

/// Connects standard input and output with a service, as `caller`.
pub(crate) fn relay(manifest: &Manifest, caller: &str, callee: &str) -> anyhow::Result<()> {
    let caller = site::section(manifest, caller)?;
    let users = (caller.uid.as_raw(), caller.gid.as_raw());
    let mut stream = connect(manifest, caller.name.as_str(), users, site::section(manifest, callee)?)?;
    // Who types by hand is given all the time; the service may close.
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(None)?;
    let mut sending = stream.try_clone().context("the connection cannot be shared")?;
    std::thread::spawn(move || {
        // The service may close while there is input left; what it said is printed all the same.
        let _ = std::io::copy(&mut std::io::stdin(), &mut sending);
        let _ = sending.shutdown(Shutdown::Write);
    });
    std::io::copy(&mut stream, &mut std::io::stdout()).context("the connection broke")?;
    Ok(())
}

/// `caller` is for the words only: the kernel tells the service the user.
fn connect(manifest: &Manifest, caller: &str, (uid, gid): (u32, u32), callee: &Service) -> anyhow::Result<UnixStream> {
    let socket = site::socket(manifest, callee);
    let stream = confine::connect_as(uid, gid, &socket).with_context(|| {
        format!("cannot connect to {} as {caller} (this takes root, and a running site)", socket.display())
    })?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slowness_and_a_closed_connection_are_told_apart() {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        ours.set_read_timeout(Some(Duration::from_millis(1))).expect("set");
        let late = ask(ours, "bank_svc", "m", &json!({})).expect_err("nobody answers");
        assert!(late.to_string().contains("bank_svc has not answered in time"), "{late}");
        drop(theirs);
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        drop(theirs);
        assert_eq!(ask(ours, "bank_svc", "m", &json!({})).expect("no trouble"), None);
    }

    #[test]
    fn a_service_gives_up_before_we_do() {
        assert!(PATIENCE > rpc::Limits::default().work + rpc::Limits::default().transfer);
    }
}
