//! A load made by Debian's wrk, and what it says about it.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, ensure};

/// What becomes of a connection after its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connections {
    /// The next request follows.
    Kept,
    /// Each request has one of its own.
    Closed,
}

/// What wrk measured.
#[derive(Debug, PartialEq)]
pub(super) struct Load {
    /// Requests that were answered.
    pub(super) requests: f64,
    /// Requests per second.
    pub(super) rate: f64,
    /// Median of the latency, in milliseconds.
    pub(super) median: f64,
    /// The latency that 1 % of the requests exceed, in milliseconds.
    pub(super) tail: f64,
    /// Answers that were no success, and connections that broke.
    pub(super) failures: u64,
}

/// 32 clients that ask again as soon as they are answered, on one thread: the server needs a core too.
pub(super) fn load(server: SocketAddr, target: &str, connections: Connections, seconds: u64) -> anyhow::Result<Load> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c32", &format!("-d{seconds}s"), "--latency"]);
    if connections == Connections::Closed {
        wrk.args(["-H", "Connection: close"]);
    }
    let output = wrk.arg(format!("http://{server}{target}")).output().context("apt-get install wrk")?;
    let report = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk: {report}{}", String::from_utf8_lossy(&output.stderr));
    understand(&report).with_context(|| format!("wrk said something else than usual:\n{report}"))
}

fn understand(report: &str) -> Option<Load> {
    let after = |name: &str| {
        let line = report.lines().map(str::trim).find(|line| line.starts_with(name))?;
        Some(line[name.len()..].trim())
    };
    let failures = |name| after(name).map_or(0, numbers_in);
    let requests = report.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    Some(Load {
        requests: requests.parse().ok()?,
        rate: after("Requests/sec:")?.parse().ok()?,
        median: milliseconds(after("50%")?)?,
        tail: milliseconds(after("99%")?)?,
        failures: failures("Non-2xx or 3xx responses:") + failures("Socket errors:"),
    })
}

/// A time such as `1.07ms`.
fn milliseconds(text: &str) -> Option<f64> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let factor = match &text[unit..] {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        _ => return None,
    };
    Some(text[..unit].parse::<f64>().ok()? * factor)
}

/// The sum of all numbers in a line such as `connect 0, read 3, write 0, timeout 1`.
fn numbers_in(line: &str) -> u64 {
    line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Running 3s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   823.12us    1.01ms  20.31ms   95.11%
    Req/Sec    50.99k     2.31k   54.41k    80.00%
  Latency Distribution
     50%  552.00us
     75%    0.93ms
     90%    1.53ms
     99%    4.51ms
  152184 requests in 3.00s, 188.24MB read
  Socket errors: connect 0, read 3, write 0, timeout 1
  Non-2xx or 3xx responses: 5
Requests/sec:  50713.93
Transfer/sec:     62.73MB
";

    #[test]
    fn a_report_is_understood() {
        let load = Load { requests: 152_184.0, rate: 50_713.93, median: 0.552, tail: 4.51, failures: 9 };
        assert_eq!(understand(REPORT), Some(load));
        assert_eq!(understand("unable to connect to 127.0.0.1:1 Connection refused"), None);
    }
}
