//! zookd, as zookld starts it.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use confine::Role;
use control::Protocol;
use service::{Own, Workers};
use zookd::{Fronts, House, Limits, Routes, serve};

fn main() -> ExitCode {
    service::main(Role::Dispatcher, Workers::Many(2), async |own: Own| {
        let listener = std::net::TcpListener::from(own.take_listener(Protocol::Public)?);
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let routes = Routes::compile(&own.orders().routes)?;
        let house = House::new(routes, own.setting("front", Fronts::default())?, limits(&own)?);
        own.ready()?;
        serve(listener, house, own.drained()).await;
        Ok(())
    })
}

/// The limits with what zook.conf sets instead.
fn limits(own: &Own) -> anyhow::Result<Limits> {
    use std::time::Duration;
    let usual = Limits::default();
    let seconds = |key, usual: Duration| own.number(key, usual.as_secs(), 1..=3600).map(Duration::from_secs);
    let recent = u64::try_from(usual.recent_time.as_millis())?;
    Ok(Limits {
        connections: own.number("connections", usual.connections, 1..=65_536)?,
        connections_per_address: own.number("connections_per_address", usual.connections_per_address, 1..=65_536)?,
        body: own.number("body_bytes", usual.body, 1024..=16 << 20)?,
        head_time: seconds("head_seconds", usual.head_time)?,
        body_time: seconds("body_seconds", usual.body_time)?,
        idle_time: seconds("idle_seconds", usual.idle_time)?,
        answer_time: seconds("answer_seconds", usual.answer_time)?,
        recent_time: own.number("recent_ms", recent, 0..=60_000).map(Duration::from_millis)?,
        ..usual
    })
}
