//! The command line.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sandbox::{Detail, Limits};

pub(crate) const HELP: &str = "\
zook-sandbox: runs one Python program in the sandbox, as root or as anybody who may make user namespaces.

    zook-sandbox run [OPTION]... FILE.py

    --store DIR          keep the files of /tmp there for the next run; otherwise they go with the program
    --user NAME          whose files they are, by default nobody's; each user sees his own
    --arg WORD           a word for sys.argv, as often as wanted
    --stdin FILE         its standard input, otherwise empty
    --timeout SECONDS    5 if not said          --cpu SECONDS    2, of all its threads together
    --memory MB          64, above Python's own --output KB      256
    --open-files N       64                     --threads N      8, beside the first
    --python PROGRAM     a CPython from 3.9 on, by default /usr/bin/python3
    --venv DIR           a virtual environment, whose packages the program sees
    --preimport M,...    modules to import outside and before; those in machine code can be had in no other way
    --zygote PROGRAM     the zygote, by default the one beside this command
    --json               print one object: outcome, output, usage, and what was denied
    --trace              print each call that the sandbox answered

The program's output goes to the output, everything else to the error output. The exit code is the program's own, or
    124  it was out of time
    125  it was not started
    137  it was out of memory
    153  it printed too much
    159  it made a system call that is forbidden
    128 + N  it was ended by signal N";

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Asked {
    Help,
    Run(Box<Arguments>),
}

/// What is to be run, and how.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) user: String,
    pub(crate) store: Option<String>,
    pub(crate) words: Vec<String>,
    pub(crate) stdin: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) json: bool,
    pub(crate) trace: bool,
    pub(crate) python: Option<PathBuf>,
    pub(crate) venv: Option<PathBuf>,
    pub(crate) preimport: Vec<String>,
    pub(crate) zygote: Option<String>,
    pub(crate) file: String,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
        match words.next().as_deref() {
            Some("run") => {}
            None | Some("--help" | "-h") => return Ok(Asked::Help),
            Some(word) => return Err(format!("there is no command {word:?}")),
        }
        let mut arguments = Self {
            user: "nobody".into(),
            store: None,
            words: Vec::new(),
            stdin: None,
            limits: Limits::default(),
            json: false,
            trace: false,
            python: None,
            venv: None,
            preimport: Vec::new(),
            zygote: None,
            file: String::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--user" => arguments.user = value()?,
                "--store" => arguments.store = Some(value()?),
                "--arg" => arguments.words.push(value()?),
                "--stdin" => arguments.stdin = Some(value()?),
                "--timeout" => arguments.limits.time = seconds(&word, &value()?, MOST.time)?,
                "--cpu" => arguments.limits.processor_time = seconds(&word, &value()?, MOST.processor_time)?,
                "--memory" => arguments.limits.memory = number(&word, &value()?, 1..=MOST.memory >> 20)? << 20,
                "--output" => arguments.limits.output = number(&word, &value()?, 1..=MOST.output >> 10)? << 10,
                "--open-files" => arguments.limits.open_files = number(&word, &value()?, 1..=MOST.open_files)?,
                // Beside the first.
                "--threads" => arguments.limits.threads = number(&word, &value()?, 0..=MOST.threads - 1)? + 1,
                "--python" => arguments.python = Some(value()?.into()),
                "--venv" => arguments.venv = Some(value()?.into()),
                "--preimport" => arguments.preimport.extend(value()?.split(',').map(str::to_owned)),
                "--zygote" => arguments.zygote = Some(value()?),
                "--help" | "-h" => return Ok(Asked::Help),
                "--json" => arguments.json = true,
                "--trace" => arguments.trace = true,
                option if option.starts_with('-') => return Err(format!("{option} is not an option")),
                _ if arguments.file.is_empty() => arguments.file = word,
                _ => return Err(format!("{word}: one program at a time")),
            }
        }
        if arguments.file.is_empty() { Err("which program?".into()) } else { Ok(Asked::Run(Box::new(arguments))) }
    }

    /// How much has to be told.
    pub(crate) fn detail(&self) -> Detail {
        match (self.trace, self.json) {
            (true, _) => Detail::Transcript,
            (false, true) => Detail::Account,
            (false, false) => Detail::Outcome,
        }
    }
}

const MOST: Limits = Limits::WIDE;

fn seconds(option: &str, value: &str, most: Duration) -> Result<Duration, String> {
    let time = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = time.filter(|time| !time.is_zero() && *time <= most);
    time.ok_or_else(|| format!("{option} takes a number of seconds, up to {}", most.as_secs()))
}

fn number<N: FromStr + PartialOrd + Display>(option: &str, value: &str, from: RangeInclusive<N>) -> Result<N, String> {
    let number = value.parse().ok().filter(|number| from.contains(number));
    number.ok_or_else(|| format!("{option} takes a number from {} to {}", from.start(), from.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Asked, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_whole_line_is_understood() {
        let line = "run --user a --arg K=V --arg L=W --stdin y --timeout 0.5 --cpu 0.25 --memory 8 --output 1 --open-files 3 \
                    --threads 2 --json --trace x.py";
        let Ok(Asked::Run(arguments)) = parse(line) else { panic!("a good line") };
        assert_eq!(arguments.words, ["K=V", "L=W"]);
        let (time, processor_time) = (Duration::from_millis(500), Duration::from_millis(250));
        let limits = Limits { time, processor_time, output: 1024, memory: 8 << 20, threads: 3, open_files: 3 };
        assert_eq!(arguments.limits, limits);
        assert_eq!(arguments.stdin.as_deref(), Some("y"));
        assert!(arguments.json && arguments.store.is_none());
        assert_eq!(arguments.detail(), Detail::Transcript);
        assert_eq!(arguments.file, "x.py");
    }

    #[test]
    fn who_asks_for_help_gets_it() {
        for line in ["", "--help", "-h", "run --help", "run --timeout 3 -h x.py"] {
            assert!(matches!(parse(line), Ok(Asked::Help)), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "x.py",
            "run",
            "run --nonsense x.py",
            "run --timeout -1 x.py",
            "run --timeout 0 x.py",
            "run --cpu 86401 x.py",
            "run --memory 0 x.py",
            "run --output 0 x.py",
            "run --open-files 65 x.py",
            "run --threads 65 x.py",
            "run --user",
            "run a.py b.py",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
