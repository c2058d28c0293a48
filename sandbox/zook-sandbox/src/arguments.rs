//! The command line.

use std::time::Duration;

use sandbox::Limits;

pub(crate) const USAGE: &str = "usage: zook-sandbox run [--user NAME] [--store DIR] [--arg K=V]... [--timeout SECONDS] \
     [--zygote PROGRAM] [--json] FILE.py";

/// What is to be run, and how.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) user: String,
    pub(crate) store: Option<String>,
    pub(crate) words: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) json: bool,
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
            limits: Limits::default(),
            json: false,
            zygote: None,
            file: String::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--user" => arguments.user = value()?,
                "--store" => arguments.store = Some(value()?),
                "--arg" => arguments.words.push(value()?),
                "--timeout" => {
                    let seconds = value()?.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds < 86_400.0);
                    arguments.limits.time =
                        Duration::from_secs_f64(seconds.ok_or("--timeout takes a number of seconds")?);
                }
                "--zygote" => arguments.zygote = Some(value()?),
                "--json" => arguments.json = true,
                option if option.starts_with('-') => return Err(format!("{option} is not an option")),
                _ if arguments.file.is_empty() => arguments.file = word,
                _ => return Err(format!("{word}: one program at a time")),
            }
        }
        if arguments.file.is_empty() { Err("which program?".into()) } else { Ok(arguments) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_whole_line_is_understood() {
        let arguments = parse("run --user a --arg K=V --arg L=W --timeout 0.5 --json x.py").expect("good");
        assert_eq!(arguments.words, ["K=V", "L=W"]);
        assert_eq!(arguments.limits.time, Duration::from_millis(500));
        assert!(arguments.json && arguments.store.is_none());
        assert_eq!(arguments.file, "x.py");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["", "x.py", "run", "run --nonsense x.py", "run --timeout -1 x.py", "run --user", "run a.py b.py"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
