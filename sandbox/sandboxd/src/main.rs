//! The sandbox as a service of zookws: runs strangers' Python, each owner's in a private directory.
//!
//! Before this process gives up its power, it opens the guests' nursery, which needs to mount; everything else happens
//! behind its confinement. It holds no token and knows no other service: a run's connection to the host's services comes
//! with the call and is handed on.

#![forbid(unsafe_code)]

mod answers;
mod setup;
mod under_way;

use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use confine::Role;
use confine::guest::nursery::{End, Nursery};
use control::{Orders, Protocol};
use rpc::{Limits, Router};
use sandbox::Sandbox;
use sandbox_api::{Commit, IDL, Run};
use service::{Own, Workers};
use tokio::sync::oneshot;

use crate::answers::{Answers, commit, run};

fn main() -> ExitCode {
    service::main_after(Role::Supervisor, Workers::One, open_nursery, async |own: Own, nursery: Nursery| {
        let config = setup::config(&own)?;
        let gone = watch(nursery.end()?)?;
        let answers = Answers::new(Sandbox::start(nursery, &config)?);
        let router = Router::new(IDL, Arc::new(answers)).on::<Run, _, _>(run).on::<Commit, _, _>(commit);
        let listener = std::os::unix::net::UnixListener::from(own.take_listener(Protocol::Varlink)?);
        listener.set_nonblocking(true)?;
        let listener = tokio::net::UnixListener::from_std(listener)?;
        own.ready()?;
        tokio::select! {
            () = rpc::serve(listener, router, own.peers(), Limits::default(), own.drained()) => Ok(()),
            _ = gone => bail!("the process that starts zygotes is gone"),
        }
    })
}

/// What has to be done before this process is confined.
fn open_nursery(orders: &Orders) -> anyhow::Result<Nursery> {
    let namespace = setup::inherited(orders, "userns").context("the section needs `userns = FIRST COUNT`")?;
    let house = setup::house(orders)?;
    Ok(Nursery::open(namespace.as_fd(), &house)?)
}

/// Tells when the nursery is gone.
fn watch(end: End) -> std::io::Result<oneshot::Receiver<()>> {
    let (gone, told) = oneshot::channel();
    std::thread::Builder::new().name("nursery".into()).spawn(move || {
        end.wait();
        // At the end of this process nobody waits for it.
        let _ = gone.send(());
    })?;
    Ok(told)
}
