//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use sandbox::{Detail, Limits};

pub(crate) const USAGE: &str = "usage: zook-sandbox run [--user NAME] [--store DIR] [--arg K=V]... [--stdin FILE] \
     [--timeout SECONDS] [--memory MB] [--threads N] [--python PROGRAM] [--venv DIR] [--preimport MODULE,...] \
     [--zygote PROGRAM] [--json] [--trace] FILE.py";

/// What is to be run, and how.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) user: String,
    pub(crate) store: Option<String>,
    pub(crate) words: Vec<String>,
    pub(crate) stdin: Option<String>,
    pub(crate) limits: Limits,
    /// In bytes.
    pub(crate) json: bool,
    pub(crate) trace: bool,
    pub(crate) python: Option<PathBuf>,
    pub(crate) venv: Option<PathBuf>,
    pub(crate) preimport: Vec<String>,
    pub(crate) zygote: Option<String>,
    pub(crate) file: String,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        if words.next().as_deref() != Some("run") {
            return Err("the first word has to be `run`".into());
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
                "--timeout" => {
                    let seconds = value()?.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds < 86_400.0);
                    arguments.limits.time =
                        Duration::from_secs_f64(seconds.ok_or("--timeout takes a number of seconds")?);
                }
                "--memory" => {
                    let megabytes = value()?.parse().ok().filter(|megabytes| (1..=MOST_MEGABYTES).contains(megabytes));
                    arguments.limits.memory = megabytes.ok_or("--memory takes a number of megabytes")? << 20;
                }
                "--threads" => {
                    let more = value()?.parse().ok().filter(|more| (0..=MOST_THREADS).contains(more));
                    arguments.limits.threads =
                        more.ok_or("--threads takes how many there may be beside the first")? + 1;
                }
                "--python" => arguments.python = Some(value()?.into()),
                "--venv" => arguments.venv = Some(value()?.into()),
                "--preimport" => arguments.preimport.extend(value()?.split(',').map(str::to_owned)),
                "--zygote" => arguments.zygote = Some(value()?),
                "--json" => arguments.json = true,
                "--trace" => arguments.trace = true,
                option if option.starts_with('-') => return Err(format!("{option} is not an option")),
                _ if arguments.file.is_empty() => arguments.file = word,
                _ => return Err(format!("{word}: one program at a time")),
            }
        }
        if arguments.file.is_empty() { Err("which program?".into()) } else { Ok(arguments) }
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

/// Beside the first.
const MOST_THREADS: u64 = 64;
/// One terabyte.
const MOST_MEGABYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_whole_line_is_understood() {
        let line =
            "run --user a --arg K=V --arg L=W --stdin y --timeout 0.5 --memory 8 --threads 2 --json --trace x.py";
        let arguments = parse(line).expect("good");
        assert_eq!(arguments.words, ["K=V", "L=W"]);
        assert_eq!(arguments.limits.time, Duration::from_millis(500));
        assert_eq!((arguments.limits.memory, arguments.limits.threads), (8 << 20, 3));
        assert_eq!(arguments.stdin.as_deref(), Some("y"));
        assert!(arguments.json && arguments.store.is_none());
        assert_eq!(arguments.detail(), Detail::Transcript);
        assert_eq!(arguments.file, "x.py");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "",
            "x.py",
            "run",
            "run --nonsense x.py",
            "run --timeout -1 x.py",
            "run --memory 0 x.py",
            "run --threads 65 x.py",
            "run --user",
            "run a.py b.py",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
