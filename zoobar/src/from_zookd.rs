//! The inherited listener, as axum takes one. Only zookd may speak to the pages: what it says about a request (the visitor's
//! address, TLS, the request id) is believed, so nobody else may say it.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use axum::serve::Listener;
use rpc::Peers;
use tokio::net::{UnixListener, UnixStream};

/// How long accepting pauses when the kernel has no descriptor or memory left for a connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Hands out connections of the callers that zook.conf names for this service: zookd alone.
pub(crate) struct FromZookd {
    listener: UnixListener,
    peers: Peers,
}

impl FromZookd {
    /// Within a runtime only.
    pub(crate) fn new(listener: OwnedFd, peers: Peers) -> io::Result<Self> {
        let listener = std::os::unix::net::UnixListener::from(listener);
        listener.set_nonblocking(true)?;
        Ok(Self { listener: UnixListener::from_std(listener)?, peers })
    }
}

impl Listener for FromZookd {
    type Io = UnixStream;
    type Addr = ();

    async fn accept(&mut self) -> (UnixStream, ()) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => match self.peers.identify(&stream) {
                    Ok(Some(_)) => return (stream, ()),
                    Ok(None) => tracing::warn!("a user that zook.conf does not name as a caller was turned away"),
                    Err(why) => tracing::warn!(%why, "the kernel did not say who connected"),
                },
                Err(why) => {
                    tracing::warn!(%why, "accepting a connection failed");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
