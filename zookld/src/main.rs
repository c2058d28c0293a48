//! The launcher: reads zook.conf, prepares the site, starts every process with as little power as its section says, and
//! watches over them until it is asked to stop.
//!
//! It is the only process that stays root, so it must never parse a stranger's byte: it accepts no connection, and of what a
//! service says it reads only the few words of [`control::Report`] and lines to show.

#![forbid(unsafe_code)]

mod announce;
mod backoff;
mod command;
mod ending;
mod fence;
mod heart;
mod jail;
mod journal;
mod load;
mod look;
mod orders;
mod output;
mod plan;
mod process;
mod program;
mod pythons;
mod settings;
mod slot;
mod sockets;
mod supervisor;
mod wait;

use std::process::ExitCode;

use anyhow::Context;
use confine::Root;
use confine::signals::Signals;
use rustix::process::Signal;

use command::Command;
use fence::Fences;
use jail::Jail;
use load::Site;
use supervisor::{Stopped, Supervisor};
use table::trusted::Trust;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(why) => {
            journal::complain(&format!("{why:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let conf = match Command::read(std::env::args_os().skip(1))? {
        Command::Say(text) => {
            journal::say(&text);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Check(conf) => {
            let site = Site::check(&conf, Trust::RootOrSelf)?;
            let policy = site.manifest.policy().to_string();
            journal::say(&format!("{}\n\n{}", policy.trim_end(), fence::outlook()));
            return Ok(ExitCode::SUCCESS);
        }
        Command::Serve(conf) => conf,
    };
    let root = Root::claim()?;
    let signals = Signals::take(&[Signal::TERM, Signal::INT]).context("cannot wait for signals")?;
    let site = Site::load(&conf, Trust::Root)?;
    let jail = Jail::claim(&root, &site.manifest.jail)?;
    let fences = Fences::claim(&jail)?;
    let (plans, address) = plan::prepare(&root, &jail, &fences, site)?;
    let stopped = Supervisor::new(root, signals, plans, &jail)?.serve(&jail, &fences, address)?;
    Ok(if stopped == Stopped::InOrder { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
