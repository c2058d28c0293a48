//! A program in Python from the wish to its outcome: in our sandbox, and started for the purpose as a web server without a
//! sandbox of its own would do it.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use harness::Site;
use serde_json::json;

use crate::effort::Effort;
use crate::goal::Goal;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};
use crate::varlink::{Caller, message};

/// The host's Python, never another one that happens to be first in PATH.
const PYTHON: &[&str] = &["/usr/bin/python3", "-I", "-S", "-c"];

/// Everything unshared, and the little of the host that Python needs.
const BUBBLEWRAP: &[&str] = &[
    "bwrap",
    "--unshare-all",
    "--die-with-parent",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
    "--tmpfs",
    "/tmp",
    "--chdir",
    "/tmp",
];

/// What `profiles/api/hello-user.py` does, without the API: outside of the site there is none.
const PROGRAM: &str = "import time\nprint('Hello, <i>', 'visitor', '</i>')\nprint('<p>Current time:', time.time())\n";

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let site = Site::start();
    let mut ours = Ours::new(&site);
    let mut contenders = [
        Contender::new("the sandbox, asked over RPC", Goal::None),
        Contender::new("python3 -I -S", Goal::AtLeast(10.0)),
        Contender::new("bwrap --unshare-all python3 -I -S", Goal::AtLeast(20.0)),
    ];
    for _ in 0..effort.rounds {
        contenders[0].turn(effort.runs, || ours.run())?;
        contenders[1].turn(effort.runs.div_ceil(5), || run(PYTHON))?;
        contenders[2].turn(effort.runs.div_ceil(5), || run(&[BUBBLEWRAP, PYTHON].concat()))?;
    }
    Ok(table(&contenders))
}

/// One way to run the program: what each round's runs took, in milliseconds.
struct Contender {
    name: &'static str,
    /// How many times as fast the sandbox should be.
    goal: Goal,
    median: Samples,
    tail: Samples,
}

impl Contender {
    fn new(name: &'static str, goal: Goal) -> Self {
        Self { name, goal, median: Samples::default(), tail: Samples::default() }
    }

    fn turn(&mut self, runs: usize, mut run: impl FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<()> {
        let mut times = Samples::default();
        for _ in 0..runs {
            times.push_time(run().context(self.name)?);
        }
        self.median.push(times.median());
        self.tail.push(times.quantile(0.99));
        Ok(())
    }
}

fn table(contenders: &[Contender]) -> Table {
    let columns =
        ["hello-user.py", "outcome p50 ms", "spread", "p99 ms", "sandbox is faster", "spread", "reach", "reached"];
    let mut table = Table::new("Sandbox: from the wish to the outcome", &columns);
    for contender in contenders {
        let times_faster = contender.median.per(&contenders[0].median);
        let [reach, reached] = contender.goal.verdict(times_faster.median());
        table.row([
            contender.name.to_owned(),
            figure(contender.median.median()),
            spread(&contender.median),
            figure(contender.tail.median()),
            figure(times_faster.median()),
            spread(&times_faster),
            reach,
            reached,
        ]);
    }
    table
}

/// The sandbox of a site, asked as profile asks it, but without an API.
struct Ours {
    sandbox: Caller,
    call: Vec<u8>,
}

impl Ours {
    fn new(site: &Site) -> Self {
        let run = json!({ "owner": "bench", "visitor": "visitor", "code": PROGRAM });
        Self { sandbox: Caller::new(site, "profile_svc", "sandbox_svc"), call: message("org.zoobar.Sandbox.Run", &run) }
    }

    fn run(&mut self) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        let ran = self.sandbox.call(&self.call)?;
        let time = begin.elapsed();
        let output = ran["outcome"]["output"].as_str().unwrap_or_default();
        ensure!(output.starts_with("Hello"), "it did not greet: {ran}");
        Ok(time)
    }
}

/// Starts a command for one run.
fn run(command: &[&str]) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let mut process = Command::new(command[0])
        .args(&command[1..])
        .arg(PROGRAM)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("it cannot be started (apt-get install bubblewrap python3)")?;
    let mut output = String::new();
    process.stdout.take().context("its output is a pipe")?.read_to_string(&mut output)?;
    let ended = process.wait()?;
    let time = begin.elapsed();
    ensure!(ended.success() && output.starts_with("Hello"), "it did not greet: {ended}");
    Ok(time)
}
