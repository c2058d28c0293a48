//! One run: its connection, from the first call to the last.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use profile_api::api_server::{Error, Serve, Served};
use rustix::net::{AddressFamily, SocketType, sockopt};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::calls::{Run, Services};
use crate::wire::{Incoming, Reply, Wire};

/// Most runs that are served at a time.
const MAX_RUNS: usize = 64;
/// Longest life of a connection, whatever the caller asks for.
const MAX_SECONDS: u32 = 25;

/// The service's state.
#[derive(Debug)]
pub(crate) struct ApiServer {
    services: Services,
    /// Most calls of any run.
    calls: u32,
    places: Semaphore,
}

impl ApiServer {
    pub(crate) fn new(services: Services, calls: u32) -> Self {
        Self { services, calls, places: Semaphore::new(MAX_RUNS) }
    }

    /// Answers the calls of a run until its connection ends, which its time may bring about.
    pub(crate) async fn serve(&self, of: Serve, connection: Option<OwnedFd>) -> Result<Served, Error> {
        let _place = self.places.try_acquire().map_err(|_| Error::Busy)?;
        let stream = connection.and_then(|descriptor| stream(descriptor).ok()).ok_or(Error::NoDescriptor)?;
        let time = Duration::from_secs(of.seconds.min(MAX_SECONDS).into());
        let calls = of.calls.map_or(self.calls, |calls| calls.min(self.calls));
        let run = Run { owner: of.owner, visitor: of.visitor, token: of.token, services: self.services.clone() };
        let mut api_calls = 0;
        // Counted here, so that the count outlives the end of the time.
        if timeout(time, converse(stream, &run, calls, &mut api_calls)).await.is_err() {
            tracing::info!(owner = run.owner, api_calls, "a run's connection outlived its time");
        }
        Ok(Served { api_calls })
    }
}

/// The descriptor came through a trusted service, but is used only if it is what it should be.
fn stream(descriptor: OwnedFd) -> io::Result<UnixStream> {
    let is_stream = sockopt::socket_domain(&descriptor)? == AddressFamily::UNIX
        && sockopt::socket_type(&descriptor)? == SocketType::STREAM;
    if !is_stream {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let stream = std::os::unix::net::UnixStream::from(descriptor);
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

async fn converse(stream: UnixStream, run: &Run, most: u32, api_calls: &mut u32) {
    let mut wire = Wire::new(stream);
    loop {
        let (reply, last) = match wire.next().await {
            Incoming::Call(call) if *api_calls < most => {
                *api_calls += 1;
                (run.answer(call).await, false)
            }
            Incoming::Call(_) => (Reply::Error(format!("a run makes at most {most} calls")), true),
            Incoming::Broken(rule) => (Reply::Error(rule.to_owned()), true),
            Incoming::End => return,
        };
        if wire.send(&reply).await.is_err() || last {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
