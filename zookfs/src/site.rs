//! What one file service serves, and the choice between its two kinds.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use http_strict::RequestHead;

use crate::cgi::Programs;
use crate::ground::Ground;
use crate::reply::Reply;
use crate::stored;

/// One directory, served in one way.
#[derive(Debug)]
pub struct Site {
    ground: Ground,
    kind: Kind,
}

/// How a directory is served.
#[derive(Debug)]
pub enum Kind {
    /// Its files are given. Browsers may keep them for `max_age` without asking.
    Files { max_age: Duration },
    /// Its programs are run.
    Programs(Programs),
}

impl Site {
    pub fn new(ground: Ground, kind: Kind) -> Arc<Site> {
        Arc::new(Site { ground, kind })
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: &RequestHead, body: Option<OwnedFd>) -> Reply {
        let reply = match &self.kind {
            Kind::Files { max_age } => stored::answer(&self.ground, request, *max_age),
            Kind::Programs(programs) => programs.answer(&self.ground, request, body).await,
        };
        reply.unwrap_or_else(|refusal| {
            tracing::info!(path = %request.path, status = refusal.status.code(), why = refusal.why, "not served");
            Reply::page(refusal.status, request)
        })
    }
}

/// The request with this head, for tests.
#[cfg(test)]
pub(crate) fn parsed(head: &str) -> RequestHead {
    let (head, _) = http_strict::CompleteHead::split(head.as_bytes()).expect("has good lines").expect("is complete");
    RequestHead::parse(head).expect("is well formed")
}
