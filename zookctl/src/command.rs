//! What the operator asks for on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

pub(crate) const HELP: &str = "\
zookctl: calls a service, as another service would or as the operator (as root).

    zookctl [--conf FILE] call --as CALLER INTERFACE.METHOD [JSON]
        prints the answer; exit code 0 for a reply, 1 for a refusal
        zookctl call --as dynamic_svc org.zoobar.Bank.Balance '{\"username\":\"alice\"}'

    zookctl [--conf FILE] connect --as CALLER SERVICE
        standard input and output become the connection, for messages by hand (each ends with a NUL byte)

    zookctl [--conf FILE] verify-bank
        asks the bank to recompute its log and all balances; exit code 0 if they hold, 1 if not

FILE is the zook.conf of the running site, by default the one that zookctl was installed with, as /jail/bin/zookctl was with
/jail/zook.conf.";

/// Where `make setup` puts it, if nobody chooses another place.
const CONF: &str = "/jail/zook.conf";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    /// One varlink call.
    Call {
        conf: PathBuf,
        caller: String,
        method: String,
        parameters: String,
    },
    /// A connection for bytes of any kind.
    Connect {
        conf: PathBuf,
        caller: String,
        callee: String,
    },
    /// Does the bank's log hold?
    VerifyBank {
        conf: PathBuf,
    },
}

impl Command {
    /// Reads the words after the program's name.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut words = words.peekable();
        let program = std::env::current_exe().unwrap_or_default();
        let mut conf = installed_with(&program).unwrap_or_else(|| CONF.into());
        if words.next_if(|word| word == "--conf").is_some() {
            conf = words.next().context("--conf needs a file")?.into();
        }
        let verb = words.next().unwrap_or_default();
        if verb == "verify-bank" {
            if let Some(word) = words.next() {
                bail!("verify-bank needs no {word:?}");
            }
            return Ok(Self::VerifyBank { conf });
        }
        if !["call", "connect"].contains(&verb.as_str()) {
            if ["--help", "-h", ""].contains(&verb.as_str()) {
                return Ok(Self::Help);
            }
            bail!("there is no command {verb:?}; see zookctl --help");
        }
        if words.next().as_deref() != Some("--as") {
            bail!("say who calls: zookctl {verb} --as SERVICE ...");
        }
        let caller = words.next().context("--as needs a section of zook.conf")?;
        let what = words.next().context("say whom to call; see zookctl --help")?;
        let parameters = words.next();
        if words.next().is_some() || (verb == "connect" && parameters.is_some()) {
            bail!("there are too many words; put the JSON in quotes");
        }
        Ok(match verb.as_str() {
            "call" => Self::Call { conf, caller, method: what, parameters: parameters.unwrap_or("{}".into()) },
            _ => Self::Connect { conf, caller, callee: what },
        })
    }
}

/// The zook.conf above the directory of a program.
fn installed_with(program: &Path) -> Option<PathBuf> {
    let conf = program.parent()?.parent()?.join("zook.conf");
    conf.is_file().then_some(conf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> anyhow::Result<Command> {
        Command::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_call_names_its_caller_and_method() {
        let call = Command::Call {
            conf: "x.conf".into(),
            caller: "bank_svc".into(),
            method: "org.zoobar.Auth.Check".into(),
            parameters: "{}".into(),
        };
        assert_eq!(read("--conf x.conf call --as bank_svc org.zoobar.Auth.Check").expect("is clear"), call);
    }

    #[test]
    fn the_site_is_the_one_that_it_was_installed_with() {
        let jail = tempfile::tempdir().expect("a temporary directory");
        let (program, conf) = (jail.path().join("bin/zookctl"), jail.path().join("zook.conf"));
        assert_eq!(installed_with(&program), None);
        std::fs::write(&conf, "").expect("can be written");
        assert_eq!(installed_with(&program), Some(conf));
    }

    #[test]
    fn what_is_unclear_is_refused() {
        assert_eq!(read("--conf x.conf verify-bank").expect("is clear"), Command::VerifyBank { conf: "x.conf".into() });
        for line in [
            "cal",
            "verify-bank now",
            "call",
            "call --as",
            "call --as a",
            "call --as a b.C {} more",
            "connect --as a b c",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
