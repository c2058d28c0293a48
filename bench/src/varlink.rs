//! Calls to a service of a site, by hand, as the service itself would not notice a difference from its usual callers.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use anyhow::{Context, ensure};
use harness::Site;
use serde_json::{Value, json};

/// A connection to one service, which the kernel attributes to one of its callers.
pub(crate) struct Caller(BufReader<UnixStream>);

impl Caller {
    pub(crate) fn new(site: &Site, caller: &str, callee: &str) -> Self {
        Self(BufReader::new(site.connect_as(caller, callee)))
    }

    /// Sends a message and waits for its answer's parameters; a refusal is an error.
    pub(crate) fn call(&mut self, message: &[u8]) -> anyhow::Result<Value> {
        self.0.get_mut().write_all(message)?;
        let mut answer = Vec::new();
        self.0.read_until(0, &mut answer)?;
        answer.pop();
        let mut answer: Value = serde_json::from_slice(&answer).context("a service's answer")?;
        ensure!(answer.get("error").is_none(), "a service refused: {answer}");
        Ok(answer["parameters"].take())
    }
}

/// A call as it stands on the wire, with its closing NUL.
pub(crate) fn message(method: &str, parameters: &Value) -> Vec<u8> {
    let call = json!({ "method": method, "parameters": parameters, "request": "bench" });
    format!("{call}\0").into_bytes()
}
