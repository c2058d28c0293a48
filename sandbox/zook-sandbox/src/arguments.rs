//! The command line.

use std::time::Duration;

use sandbox::Limits;

pub(crate) const USAGE: &str = "usage: zook-sandbox run [--user NAME] [--store DIR] [--arg K=V]... [--timeout SECONDS] \
     [--json] [--repeat N] FILE.py";

/// What is to be run, and how.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) user: String,
    pub(crate) store: String,
    pub(crate) words: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) json: bool,
    pub(crate) repeat: u32,
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
            store: String::new(),
            words: Vec::new(),
            limits: Limits::default(),
            json: false,
            repeat: 1,
            zygote: None,
            file: String::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--user" => arguments.user = value()?,
                "--store" => arguments.store = value()?,
                "--arg" => arguments.words.push(value()?),
                "--timeout" => {
                    let seconds = value()?.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds < 86_400.0);
                    arguments.limits.time =
                        Duration::from_secs_f64(seconds.ok_or("--timeout takes a number of seconds")?);
                }
                "--repeat" => arguments.repeat = value()?.parse().map_err(|_| "--repeat takes a number")?,
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
