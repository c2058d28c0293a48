//! zookfs, as zookld starts it: `zookfs FD` for files, `zookfs FD UID GID` for programs.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use confine::Role;
use control::Protocol;
use service::{Own, Workers};
use zookfs::{Ground, Kind, Programs, Rule, Site, serve};

fn main() -> ExitCode {
    service::main(Role::Files, Workers::One, async |own: Own| {
        let listener = std::os::unix::net::UnixListener::from(own.take_listener(Protocol::Descriptor)?);
        listener.set_nonblocking(true)?;
        let listener = tokio::net::UnixListener::from_std(listener)?;
        let site = Site::new(ground(&own)?, kind(&own)?);
        own.ready()?;
        serve(listener, site, own.peers(), own.drained()).await;
        Ok(())
    })
}

/// The directory to serve: `set.root`, or the first of `reads`.
fn ground(own: &Own) -> anyhow::Result<Ground> {
    let first = own.orders().readable.first().map(|path| path.display().to_string());
    let root: String = own.setting("root", first.unwrap_or_default())?;
    if root.is_empty() {
        bail!("[{}] needs `reads = DIRECTORY`: what it is to serve", own.orders().service);
    }
    Ground::open(PathBuf::from(&root)).with_context(|| format!("{root} cannot be served"))
}

fn kind(own: &Own) -> anyhow::Result<Kind> {
    match own.orders().args.as_slice() {
        [] => Ok(Kind::Files { max_age: Duration::from_secs(own.number("max_age", 60, 0..=31_536_000)?) }),
        [uid, gid] => {
            let number = |text: &str| text.parse().with_context(|| format!("`args` has {text} where a number belongs"));
            let rule = Rule { uid: number(uid)?, gid: number(gid)? };
            let seconds = Duration::from_secs(own.number("program_seconds", 10, 1..=3600)?);
            Ok(Kind::Programs(Programs::new(rule, seconds, own.number("programs", 16, 1..=1024)?)))
        }
        _ => bail!("`args` has to be empty (files) or `UID GID` (programs)"),
    }
}
