//! The line to the launcher: orders in, reports out, heartbeats answered.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use anyhow::Context;
use control::{MAX_RECORD, Orders, Report, Word};
use rustix::net::{RecvFlags, SendFlags};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::watch;

/// The line before there is a runtime.
pub(crate) struct Line(OwnedFd);

impl Line {
    /// Takes the descriptor whose number the launcher gave as the first argument.
    pub(crate) fn inherited() -> anyhow::Result<Self> {
        let number = std::env::args().nth(1).and_then(|text| text.parse().ok());
        let number =
            number.context("the first argument must be the launcher's descriptor: zookld starts this program")?;
        let socket = confine::inherited::take(number).context("the descriptor to the launcher is not usable")?;
        Ok(Self(socket))
    }

    /// Waits for the orders.
    pub(crate) fn orders(&self) -> anyhow::Result<Orders> {
        let mut record = vec![0; MAX_RECORD];
        let (length, _) =
            rustix::net::recv(&self.0, &mut record, RecvFlags::empty()).context("no orders from the launcher")?;
        control::decode(&record[..length]).context("the launcher's orders are not understood; are its versions mixed?")
    }

    /// Tells the launcher why this process cannot start.
    pub(crate) fn failed(&self, why: String) -> anyhow::Result<()> {
        send(&self.0, &Report::Failed { why })?;
        Ok(())
    }

    /// The same line for the time after. Within a runtime only.
    pub(crate) fn watch(self) -> io::Result<Watch> {
        // To the runtime a socket of records is a socket like any other; only the system calls below know the difference.
        let socket = std::os::unix::net::UnixStream::from(self.0);
        socket.set_nonblocking(true)?;
        Ok(Watch { socket: Arc::new(UnixStream::from_std(socket)?), draining: watch::Sender::new(false) })
    }
}

/// The line of a running process.
#[derive(Debug)]
pub(crate) struct Watch {
    socket: Arc<UnixStream>,
    draining: watch::Sender<bool>,
}

impl Watch {
    /// Reports readiness, and from then on answers heartbeats from this runtime: one that hangs falls silent.
    pub(crate) fn ready(&self) -> anyhow::Result<()> {
        send(&self.socket, &Report::Ready).context("the launcher is gone")?;
        tokio::spawn(listen(self.socket.clone(), self.draining.clone()));
        Ok(())
    }

    /// Returns when the launcher asks to finish.
    pub(crate) async fn drained(&self) {
        // The sender lives as long as this value, so the wait can only end with the word.
        let _ = self.draining.subscribe().wait_for(|draining| *draining).await;
    }
}

async fn listen(socket: Arc<UnixStream>, draining: watch::Sender<bool>) {
    loop {
        let mut record = [0; 256];
        let received = socket
            .async_io(Interest::READABLE, || Ok(rustix::net::recv(&*socket, &mut record, RecvFlags::DONTWAIT)?.0));
        let word = match received.await {
            Ok(length) if length > 0 => control::decode::<Word>(&record[..length]),
            // Without a launcher nobody restarts, watches or stops us: end with it.
            _ => std::process::exit(1),
        };
        match word {
            Ok(Word::Beat { beat }) => {
                // A launcher that does not read its reports is one that is ending.
                let _ = send(&socket, &Report::Alive { beat });
            }
            Ok(Word::Drain) => {
                draining.send_replace(true);
            }
            Err(why) => tracing::warn!(%why, "a word of the launcher is not understood"),
        }
    }
}

fn send(socket: impl AsFd, report: &Report) -> io::Result<()> {
    let record = control::encode(report).map_err(io::Error::other)?;
    rustix::net::send(socket, &record, SendFlags::NOSIGNAL)?;
    Ok(())
}
