//! From the launcher's exec to the program's own code.

use std::process::ExitCode;

use anyhow::Context;
use confine::{Grounds, Role};
use control::{Orders, Protocol};
use rpc::{Limits, Router};

use crate::launcher::Line;
use crate::log;
use crate::own::Own;

/// How many threads serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// The main thread alone.
    One,
    /// As many as given here.
    Many(usize),
}

/// The whole life of a program that is no plain RPC service: `body` runs once its confinement is proved, and has to call
/// [`Own::ready`].
pub fn main<F>(role: Role, workers: Workers, body: F) -> ExitCode
where
    F: AsyncFnOnce(Own) -> anyhow::Result<()>,
{
    main_after(role, workers, |_| Ok(()), async |own, ()| body(own).await)
}

/// The same for a program that has to do something before it is confined, such as starting a process that is not: `first`
/// knows the orders and nothing else, and what it returns is handed to `body`.
pub fn main_after<T, P, F>(role: Role, workers: Workers, first: P, body: F) -> ExitCode
where
    P: FnOnce(&Orders) -> anyhow::Result<T>,
    F: AsyncFnOnce(Own, T) -> anyhow::Result<()>,
{
    match begin(role, workers, first, body) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why:#}");
            ExitCode::FAILURE
        }
    }
}

/// The whole life of an RPC service: `open` opens what is its own and says which code answers which method.
pub fn rpc_main<S, F>(role: Role, open: F) -> ExitCode
where
    S: Send + Sync + 'static,
    F: FnOnce(&Own) -> anyhow::Result<Router<S>>,
{
    main(role, Workers::One, async |own: Own| {
        let router = open(&own)?;
        let listener = std::os::unix::net::UnixListener::from(own.take_listener(Protocol::Varlink)?);
        listener.set_nonblocking(true)?;
        let listener = tokio::net::UnixListener::from_std(listener)?;
        own.ready()?;
        rpc::serve(listener, router, own.peers(), Limits::default(), own.drained()).await;
        Ok(())
    })
}

/// Orders, confinement, runtime, body: whatever fails before `Own` exists is reported to the launcher as well.
fn begin<T, P, F>(role: Role, workers: Workers, first: P, body: F) -> anyhow::Result<()>
where
    P: FnOnce(&Orders) -> anyhow::Result<T>,
    F: AsyncFnOnce(Own, T) -> anyhow::Result<()>,
{
    let line = Line::inherited()?;
    match prepare(&line, role, workers, first) {
        Ok((orders, confined, runtime, made)) => runtime.block_on(async {
            let own = Own::new(orders, line.watch().context("the line to the launcher is not usable")?, confined);
            let result = body(own, made).await;
            if let Err(why) = &result {
                tracing::error!(why = format!("{why:#}"), "stopped");
            }
            result
        }),
        Err(why) => {
            line.failed(format!("{why:#}"))?;
            Err(why)
        }
    }
}

fn prepare<T>(
    line: &Line,
    role: Role,
    workers: Workers,
    first: impl FnOnce(&Orders) -> anyhow::Result<T>,
) -> anyhow::Result<(Orders, confine::Confined, tokio::runtime::Runtime, T)> {
    let orders = line.orders()?;
    let made = first(&orders)?;
    let grounds = Grounds {
        readable: orders.readable.clone(),
        writable: orders.writable.iter().chain([&orders.log_dir]).cloned().collect(),
        tolerate: orders.tolerate.iter().map(|layer| layer.parse()).collect::<Result<_, _>>()?,
    };
    let confined = confine::lock_down(role, &grounds).context("confinement is not complete")?;
    log::to_directory(&orders.service, &orders.log_dir).context("the log cannot be opened")?;
    let mut builder = match workers {
        Workers::One => tokio::runtime::Builder::new_current_thread(),
        Workers::Many(threads) => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    let runtime = builder.enable_all().build().context("the runtime cannot start")?;
    Ok((orders, confined, runtime, made))
}
