//! Runs one Python program in the sandbox, from the command line, without zookws.

#![forbid(unsafe_code)]

mod arguments;
mod identity;

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use confine::guest::nursery::{House, Nursery};
use sandbox::{Config, Ending, Outcome, Python, Request, Sandbox};

use crate::arguments::Arguments;

/// As timeout(1) says it.
const OUT_OF_TIME: u8 = 124;
const NOT_STARTED: u8 = 125;
/// As a shell says it of a program that was killed for its memory.
const OUT_OF_MEMORY: u8 = 137;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("zook-sandbox: {why}\n{}", arguments::USAGE);
            return ExitCode::from(NOT_STARTED);
        }
    };
    match run(&arguments) {
        Ok(outcome) => ExitCode::from(code(&outcome)),
        Err(why) => {
            eprintln!("zook-sandbox: {why:#}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let code = fs::read_to_string(&arguments.file).with_context(|| format!("cannot read {}", arguments.file))?;
    let directories = Python::usual_directories();
    let python = Python::find(&directories).context("cannot find CPython")?;
    let zygote = std::env::current_exe()?.with_file_name("zygote");
    let zygote = arguments.zygote.as_deref().map_or(zygote.as_path(), Path::new);
    let zygote = File::open(zygote).with_context(|| format!("cannot open {}", zygote.display()))?;
    let house = House { contents: directories, zygote: zygote.into(), site: "/tmp".into() };
    // Without a store of its own, a program's files end with it.
    let passing = tempfile::tempdir().context("cannot make a temporary directory")?;
    let store = arguments.store.as_deref().map_or(passing.path(), Path::new);
    let namespace = identity::change(store)?;
    let nursery = Nursery::open(namespace.as_fd(), &house)?;
    let mut config = Config::new(python, store.to_owned());
    (config.cores, config.lanes_per_core, config.spares_per_core) = (1, 1, 1);
    let sandbox = Sandbox::start(nursery, &config)?;
    let outcome = sandbox.run(Request {
        arguments: arguments.words.clone(),
        limits: arguments.limits,
        ..Request::new(&arguments.user, code)
    })?;
    show(arguments, &outcome)?;
    Ok(outcome)
}

fn show(arguments: &Arguments, outcome: &Outcome) -> io::Result<()> {
    if arguments.json {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let object = serde_json::json!({
            "ending": format!("{:?}", outcome.ending),
            "exit_code": code(outcome),
            "output": text(&outcome.output),
            "errors": text(&outcome.errors),
            "remark": outcome.remark(),
            "denials": outcome.denials,
            "microseconds": outcome.usage.time.as_micros() as u64,
            "processor_microseconds": outcome.usage.processor_time.as_micros() as u64,
        });
        return writeln!(io::stdout(), "{object}");
    }
    io::stdout().write_all(&outcome.output)?;
    io::stderr().write_all(&outcome.errors)?;
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

fn code(outcome: &Outcome) -> u8 {
    match outcome.ending {
        Ending::Finished { exit_code } => u8::try_from(exit_code).unwrap_or(1),
        Ending::OutOfTime { .. } => OUT_OF_TIME,
        Ending::NotStarted { .. } => NOT_STARTED,
        Ending::OutOfMemory => OUT_OF_MEMORY,
        Ending::Crashed { signal } => 128_u8.saturating_add(u8::try_from(signal).unwrap_or(1)),
        Ending::OutOfOutput { .. } | Ending::Denied => 1,
    }
}
