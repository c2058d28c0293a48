//! The operator's hand: calls a service as another service would, to see what the kernel and zook.conf let it do, and asks in
//! his own name what zook.conf lets him.
//!
//! Only root can: it takes over the caller's user for one connection, and the service on the other side cannot tell.

#![forbid(unsafe_code)]

mod call;
mod command;
mod site;
mod terminal;
mod verify_bank;

use std::process::ExitCode;

use command::Command;
use table::Table;
use table::trusted::Trust;
use terminal::inert;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(why) => {
            eprintln!("zookctl: {}", inert(&format!("{why:#}")));
            ExitCode::from(2)
        }
    }
}

fn run() -> anyhow::Result<ExitCode> {
    match Command::read(std::env::args().skip(1))? {
        Command::Help => println!("{}", command::HELP),
        Command::Call { conf, caller, method, parameters } => {
            let site = Table::read(&conf, Trust::Root)?.manifest;
            return call::call(&site, &caller, &method, &parameters);
        }
        Command::Connect { conf, caller, callee } => {
            let site = Table::read(&conf, Trust::Root)?.manifest;
            call::relay(&site, &caller, &callee)?;
        }
        Command::VerifyBank { conf } => return verify_bank::verify(&Table::read(&conf, Trust::Root)?.manifest),
    }
    Ok(ExitCode::SUCCESS)
}
