//! Going without dropping what is under way.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// The server's side: tells all conversations to end, and waits for them.
pub(crate) struct Leaving {
    word: watch::Sender<bool>,
    patience: Duration,
}

/// A conversation's side. As long as one lives, the server waits for it, within its patience.
#[derive(Clone)]
pub(crate) struct Leaver(watch::Receiver<bool>);

impl Leaving {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { word: watch::Sender::new(false), patience }
    }

    pub(crate) fn leaver(&self) -> Leaver {
        Leaver(self.word.subscribe())
    }

    /// Ends the idle conversations at once, and the others after their answer.
    pub(crate) async fn wait(self) {
        self.word.send_replace(true);
        if timeout(self.patience, self.word.closed()).await.is_err() {
            tracing::warn!("some calls under way were cut off");
        }
    }
}

impl Leaver {
    /// Returns when the server leaves.
    pub(crate) async fn asked(&mut self) {
        // A server that is gone has left.
        let _ = self.0.wait_for(|leaving| *leaving).await;
    }
}
