//! Who is at the other end of a connection, by the word of the kernel.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::net::UnixStream;

/// A caller that the kernel named (`SO_PEERCRED`, unix(7)) and zook.conf knows. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    service: Arc<str>,
    uid: u32,
}

impl Peer {
    /// Section name in zook.conf.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Unix user at the time of the connection.
    pub fn uid(&self) -> u32 {
        self.uid
    }
}

/// One line of the list of callers, as zook.conf's `calls` lines make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Section name of the caller.
    pub service: String,
    /// Its Unix user.
    pub uid: u32,
    /// Full names of the methods that it may call.
    pub methods: Vec<String>,
}

/// All callers of a service. The default knows nobody.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    by_uid: Arc<HashMap<u32, Grant>>,
}

/// Whether a caller may use a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Decision {
    /// It is on the method's list.
    Allow,
    /// It is not.
    Deny,
}

impl Peers {
    /// The list as zook.conf has it. A uid that occurs twice keeps its last grant only: the manifest refuses such tables.
    pub fn new(grants: impl IntoIterator<Item = Grant>) -> Self {
        Self { by_uid: Arc::new(grants.into_iter().map(|grant| (grant.uid, grant)).collect()) }
    }

    /// Asks the kernel who connected. `None` means that zook.conf knows no such caller here.
    pub fn identify(&self, stream: &UnixStream) -> std::io::Result<Option<Peer>> {
        let uid = stream.peer_cred()?.uid();
        Ok(self.by_uid.get(&uid).map(|grant| Peer { service: grant.service.as_str().into(), uid }))
    }

    /// Looks the method up in the caller's list.
    pub(crate) fn decide(&self, peer: &Peer, method: &str) -> Decision {
        let listed = self.by_uid.get(&peer.uid).is_some_and(|grant| grant.methods.iter().any(|m| m == method));
        if listed { Decision::Allow } else { Decision::Deny }
    }
}
