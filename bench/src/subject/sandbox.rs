//! A program in Python from its start to its end: what a web server without a sandbox of its own would do.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::effort::Effort;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};

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

/// The API that the profile asks for a visitor's name; outside of the site there is nobody to ask.
const API: &str = "import builtins\nclass Api: call = staticmethod(lambda *a, **k: 'visitor')\nbuiltins.api = Api\n";

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let profile = harness::repository().join("profiles/api/hello-user.py");
    let profile = std::fs::read_to_string(&profile).with_context(|| profile.display().to_string())?;
    let program = format!("{API}{profile}");
    let mut contenders = [
        Contender::new("python3 -I -S", PYTHON.to_vec()),
        Contender::new("bwrap --unshare-all python3 -I -S", [BUBBLEWRAP, PYTHON].concat()),
    ];
    for _ in 0..effort.rounds {
        for contender in &mut contenders {
            contender.turn(&program, effort.runs.div_ceil(5))?;
        }
    }
    let columns = ["hello-user.py, cold", "first byte p50 ms", "outcome p50 ms", "spread", "outcome p99 ms"];
    let mut table = Table::new("Sandbox: a program started for one run", &columns);
    for contender in &contenders {
        table.row([
            contender.name.to_owned(),
            figure(contender.first.median()),
            figure(contender.end.median()),
            spread(&contender.end),
            figure(contender.end.quantile(0.99)),
        ]);
    }
    Ok(table)
}

/// One way to run the program.
struct Contender {
    name: &'static str,
    command: Vec<&'static str>,
    /// Time of the first byte of output, in milliseconds.
    first: Samples,
    /// Time until it was reaped, in milliseconds.
    end: Samples,
}

impl Contender {
    fn new(name: &'static str, command: Vec<&'static str>) -> Self {
        Self { name, command, first: Samples::default(), end: Samples::default() }
    }

    fn turn(&mut self, program: &str, runs: usize) -> anyhow::Result<()> {
        for _ in 0..runs {
            let (first, end) = run(&self.command, program).with_context(|| self.command[0].to_owned())?;
            self.first.push_time(first);
            self.end.push_time(end);
        }
        Ok(())
    }
}

fn run(command: &[&str], program: &str) -> anyhow::Result<(Duration, Duration)> {
    let begin = Instant::now();
    let mut process = Command::new(command[0])
        .args(&command[1..])
        .arg(program)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("it cannot be started (apt-get install bubblewrap python3)")?;
    let mut output = process.stdout.take().context("its output is a pipe")?;
    let mut printed = vec![0; 1];
    let read = output.read(&mut printed)?;
    let first = begin.elapsed();
    output.read_to_end(&mut printed)?;
    let ended = process.wait()?;
    let end = begin.elapsed();
    ensure!(ended.success() && read == 1 && printed.starts_with(b"Hello"), "it did not greet: {ended}");
    Ok((first, end))
}
