//! The serving side: a task per connection, each caller within its own limits.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tracing::Instrument;

use crate::connection::Conversation;
use crate::leaving::{Leaver, Leaving};
use crate::limits::MAX_CALL;
use crate::peer::{Peer, Peers};
use crate::{Limits, Router};

/// How long accepting pauses when the kernel has no descriptor or memory left for a connection.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

/// Answers calls until `leave` is ready; then takes no new ones, and gives those under way a last moment.
pub async fn serve<S: Send + Sync + 'static>(
    listener: UnixListener,
    router: Router<S>,
    peers: Peers,
    limits: Limits,
    leave: impl Future<Output = ()>,
) {
    let leaving = Leaving::new(limits.leave);
    let router = Arc::new(router);
    let places = Places::new(limits.connections_per_caller);
    tokio::pin!(leave);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut leave => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(why) => {
                tracing::warn!(%why, "accepting a connection failed");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (router, peers, places, leaver) = (router.clone(), peers.clone(), places.clone(), leaving.leaver());
        tokio::spawn(async move {
            if let Err(why) = converse(stream, &router, &peers, limits, &places, leaver).await {
                tracing::warn!(%why, "connection closed");
            }
        });
    }
    leaving.wait().await;
}

async fn converse<S: Send + Sync + 'static>(
    stream: UnixStream,
    router: &Router<S>,
    peers: &Peers,
    limits: Limits,
    places: &Places,
    leaver: Leaver,
) -> io::Result<()> {
    let Some(peer) = peers.identify(&stream)? else {
        let uid = stream.peer_cred()?.uid();
        tracing::warn!(uid, "a user that zook.conf does not name as a caller was turned away");
        return crate::connection::turn_away(&stream, limits).await;
    };
    let Some(_place) = places.take(&peer) else {
        tracing::warn!(caller = peer.service(), "too many connections at a time");
        return Ok(());
    };
    let span = tracing::info_span!("conversation", caller = peer.service());
    Conversation::new(stream, peer, router, peers, limits, leaver).run().instrument(span).await
}

/// How many connections each caller holds.
#[derive(Clone)]
struct Places {
    each: usize,
    by_uid: Arc<Mutex<HashMap<u32, Arc<Semaphore>>>>,
}

impl Places {
    fn new(each: usize) -> Self {
        Self { each, by_uid: Arc::default() }
    }

    /// A place for as long as the value lives; `None` when the caller holds all of his.
    fn take(&self, peer: &Peer) -> Option<tokio::sync::OwnedSemaphorePermit> {
        let mut by_uid = self.by_uid.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Only uids of zook.conf get here, so the map stays small.
        let semaphore = by_uid.entry(peer.uid()).or_insert_with(|| Arc::new(Semaphore::new(self.each))).clone();
        drop(by_uid);
        semaphore.try_acquire_owned().ok()
    }
}

const _: () = assert!(MAX_CALL >= 6 * 64 * 1024, "profiles of 64 KiB must fit");
