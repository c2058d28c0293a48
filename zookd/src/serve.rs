//! Where conversations begin: connections are accepted, until this process leaves.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::House;
use crate::conversation::converse;
use crate::visitor::Visitor;

/// What the listener waits after an error that the next attempt would meet again, such as no free descriptor.
const BREATH: Duration = Duration::from_millis(50);

/// Serves until `leave` is ready; then takes nothing new, and finishes what is under way.
pub async fn serve(listener: TcpListener, house: Arc<House>, leave: impl Future<Output = ()>) {
    // A task of its own runs on a worker; this future does not, and each connection would have to be carried over.
    let receiving = tokio::spawn(receive_all(listener, house.clone()));
    leave.await;
    receiving.abort();
    // What was aborted says so; the listener is closed then.
    let _ = receiving.await;
    house.leaving.send_replace(true);
    if timeout(house.limits.drain_time, house.door.empty()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

async fn receive_all(listener: TcpListener, house: Arc<House>) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => receive(&house, stream, from),
            Err(why) => wait_out(&why).await,
        }
    }
}

fn receive(house: &Arc<House>, stream: TcpStream, from: SocketAddr) {
    let address = from.ip().to_canonical();
    let guest = if house.fronts.include(address) { house.door.admit_front() } else { house.door.admit(address) };
    let Some(guest) = guest else {
        tracing::warn!(%address, "a connection was turned away: all places are taken");
        // Best effort, without waiting: there is no place to wait in.
        let _ = stream.try_write(
            b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        );
        return;
    };
    if let Err(why) = stream.set_nodelay(true) {
        tracing::debug!(%why, "the connection is gone already");
    }
    let house = house.clone();
    tokio::spawn(async move {
        converse(&house, Visitor::new(stream, address)).await;
        drop(guest);
    });
}

async fn wait_out(why: &io::Error) {
    // A visitor who left before being let in is no reason to wait.
    if !matches!(why.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::warn!(%why, "no connection can be accepted just now");
        sleep(BREATH).await;
    }
}
