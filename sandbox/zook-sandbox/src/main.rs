//! Runs one Python program in the sandbox, from the command line, without zookws.

#![forbid(unsafe_code)]

mod arguments;
mod identity;
mod report;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use confine::guest::nursery::House;
use cpython::Installation;
use sandbox::{Config, Limits, Outcome, Python, Request, Sandbox};

use crate::arguments::{Arguments, Asked, HELP};
use crate::identity::Birthplace;

/// Longest wait for a guest.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let words: Result<Vec<_>, _> = std::env::args_os().skip(1).map(|word| word.into_string()).collect();
    let parsed =
        words.map_err(|word| format!("{word:?} is not UTF-8")).and_then(|words| Arguments::parse(words.into_iter()));
    let (said, code) = match parsed {
        Ok(Asked::Help) => (writeln!(io::stdout(), "{HELP}"), 0),
        Ok(Asked::Run(arguments)) => match run(&arguments) {
            Ok((outcome, missing)) => (report::tell(&arguments, &outcome, missing), report::exit_code(&outcome)),
            Err(why) => (report::tell_failure(&arguments, &format!("{why:#}")), report::NOT_STARTED),
        },
        Err(why) => (writeln!(io::stderr(), "zook-sandbox: {why}; see zook-sandbox --help"), report::NOT_STARTED),
    };
    if let Err(why) = said {
        // Perhaps nobody hears this either.
        let _ = writeln!(io::stderr(), "zook-sandbox: what there was to say could not be written: {why}");
        return ExitCode::FAILURE;
    }
    ExitCode::from(code)
}

/// What came of it, and the walls that were not there.
fn run(arguments: &Arguments) -> anyhow::Result<(Outcome, &'static [&'static str])> {
    // Everything of the caller's is opened before power is given up.
    let code = fs::read(&arguments.file).with_context(|| format!("cannot read {}", arguments.file))?;
    let code = String::from_utf8(code).with_context(|| format!("{} has to be UTF-8, and is not", arguments.file))?;
    // Some editors begin a file with a mark that Python skips, in a file.
    let code = code.strip_prefix('\u{feff}').unwrap_or(&code);
    let input = arguments.stdin.as_deref().map(open).transpose()?;
    let installation = Installation::find(arguments.python.as_deref(), arguments.venv.as_deref())?;
    let zygote = std::env::current_exe()?.with_file_name("zygote");
    let zygote = open(arguments.zygote.as_deref().map_or(zygote.as_path(), Path::new))?;
    let house = House {
        contents: cpython::contents([&installation]),
        zygote: zygote.into(),
        groups_entered: Vec::new(),
        site: "/tmp".into(),
    };
    if let Some(module) = arguments.preimport.iter().find(|module| !installation.has(module)) {
        bail!("--preimport {module}: this Python has no such module");
    }
    let store = arguments.store.as_deref().map(Path::new);
    let Birthplace { nursery, ids, missing, claimed: _claimed } = identity::settle(store, &house)?;
    let mut python = Python::new(installation);
    python.preimport.extend(arguments.preimport.iter().cloned());
    let mut config = Config::new(python, store.map(Path::to_owned));
    (config.cores, config.lanes_per_core, config.spares_per_core, config.ids) = (1, 1, 1, ids);
    // Its zygote starts for this one run, with all that is to be imported.
    config.patience = PATIENCE;
    // More than usual is for a spare to be born with; less is taken from it.
    let Limits { memory, threads, .. } = config.limits;
    let asked = arguments.limits;
    config.limits = Limits { memory: asked.memory.max(memory), threads: asked.threads.max(threads), ..asked };
    let sandbox = Sandbox::start(nursery, &config)?;
    let name = Path::new(&arguments.file).file_name().unwrap_or_default();
    let outcome = sandbox.run(Request {
        name: name.to_string_lossy().into(),
        arguments: arguments.words.clone(),
        input: input.map(Into::into),
        limits: asked,
        detail: arguments.detail(),
        ..Request::new(&arguments.user, code)
    })?;
    Ok((outcome, missing))
}

fn open(path: impl AsRef<Path>) -> anyhow::Result<File> {
    let path = path.as_ref();
    File::open(path).with_context(|| format!("cannot open {}", path.display()))
}
