//! One caller's connection: message in, decision, answer out.

use std::io;

use serde::{Deserialize, Serialize};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::frame::{Descriptors, FrameError, Frames, send};
use crate::leaving::Leaver;
use crate::limits::{MAX_CALL, within};
use crate::message::{CallMessage, GoodReply, Standard, encode};
use crate::peer::{Decision, Peer, Peers};
use crate::router::{RawCall, Router, refusal};
use crate::{Limits, request};

/// A conversation with a known caller.
pub(crate) struct Conversation<'s, S> {
    stream: UnixStream,
    peer: Peer,
    router: &'s Router<S>,
    peers: &'s Peers,
    limits: Limits,
    leaver: Leaver,
}

impl<'s, S: Send + Sync + 'static> Conversation<'s, S> {
    pub(crate) fn new(
        stream: UnixStream,
        peer: Peer,
        router: &'s Router<S>,
        peers: &'s Peers,
        limits: Limits,
        leaver: Leaver,
    ) -> Self {
        Self { stream, peer, router, peers, limits, leaver }
    }

    /// Answers one call after the other until the caller goes, is silent for too long, or breaks a rule.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let descriptors = if self.router.takes_descriptors() { Descriptors::Accept } else { Descriptors::Refuse };
        let mut frames = Frames::new(MAX_CALL, descriptors);
        loop {
            let begun = tokio::select! {
                begun = timeout(self.limits.idle, frames.begun(&self.stream)) => begun,
                () = self.leaver.asked() => return Ok(()),
            };
            match begun {
                // Silence, or the end of the conversation.
                Err(_) | Ok(Ok(false)) => return Ok(()),
                Ok(Ok(true)) => {}
                Ok(Err(why)) => return Err(io_error(why)),
            }
            let frame =
                within(self.limits.transfer, async { frames.next(&self.stream).await.map_err(io_error) }).await?;
            let call: CallMessage<'_> = serde_json::from_slice(frame.text).map_err(io::Error::other)?;
            if call.more || call.oneway || call.upgrade {
                return Err(io::Error::other("several answers, none, or another protocol were asked for"));
            }
            let id = call.request.as_deref().unwrap_or("-").to_owned();
            let Some(answer) = request::scope(id, self.answer(&call, frame.descriptor)).await else {
                return Err(io::Error::other(format!("{} took too long", call.method)));
            };
            if answer.is_empty() {
                return Err(io::Error::other("there is no answer"));
            }
            within(self.limits.transfer, async { send(&self.stream, &answer, None).await.map_err(io_error) }).await?;
        }
    }

    /// `None` when the method took too long.
    async fn answer(&self, call: &CallMessage<'_>, descriptor: Option<std::os::fd::OwnedFd>) -> Option<Vec<u8>> {
        let method = call.method.as_ref();
        let parameters = call.parameters.map_or("{}", serde_json::value::RawValue::get);
        if let Some(answer) = self.about(method, parameters) {
            return Some(answer);
        }
        match self.peers.decide(&self.peer, method) {
            Decision::Allow => {}
            Decision::Deny => {
                tracing::warn!(method, caller = self.peer.service(), "call denied: not on the list of callers");
                return Some(refusal(&Standard::PermissionDenied {}));
            }
        }
        let raw = RawCall { parameters: parameters.to_owned(), peer: self.peer.clone(), descriptor };
        let Some((answer, limit)) = self.router.answer(method, raw) else {
            return Some(refusal(&Standard::MethodNotFound { method: method.to_owned() }));
        };
        timeout(limit.unwrap_or(self.limits.work), answer).await.ok()
    }

    /// The two methods of `org.varlink.service`, by which a stranger to an interface learns about it.
    fn about(&self, method: &str, parameters: &str) -> Option<Vec<u8>> {
        match method {
            "org.varlink.service.GetInfo" => Some(good(&Info {
                vendor: "zookws",
                product: "zookws",
                version: env!("CARGO_PKG_VERSION"),
                url: "",
                interfaces: vec!["org.varlink.service", interface_name(self.router.idl())],
            })),
            "org.varlink.service.GetInterfaceDescription" => {
                let wanted: Wanted = serde_json::from_str(parameters).ok()?;
                if wanted.interface == interface_name(self.router.idl()) {
                    Some(good(&Description { description: self.router.idl() }))
                } else {
                    Some(refusal(&Standard::InterfaceNotFound { interface: wanted.interface }))
                }
            }
            _ => None,
        }
    }
}

/// Tells a stranger that nothing here is for him. His first bytes are read, unlooked at, since closing a socket with
/// unread bytes in it would take the answer away again.
pub(crate) async fn turn_away(stream: &UnixStream, limits: Limits) -> io::Result<()> {
    let answer = refusal(&Standard::PermissionDenied {});
    let mut frames = Frames::new(MAX_CALL, Descriptors::Refuse);
    within(limits.transfer, async { frames.begun(stream).await.map_err(io_error) }).await?;
    within(limits.transfer, async { send(stream, &answer, None).await.map_err(io_error) }).await
}

#[derive(Serialize)]
struct Info {
    vendor: &'static str,
    product: &'static str,
    version: &'static str,
    url: &'static str,
    interfaces: Vec<&'static str>,
}

#[derive(Deserialize)]
struct Wanted {
    interface: String,
}

#[derive(Serialize)]
struct Description {
    description: &'static str,
}

fn good<R: Serialize>(reply: &R) -> Vec<u8> {
    encode(&GoodReply { parameters: reply }).unwrap_or_default()
}

/// The name after the word `interface` in a definition.
fn interface_name(idl: &'static str) -> &'static str {
    idl.lines().find_map(|line| line.strip_prefix("interface ")).unwrap_or_default().trim()
}

fn io_error(error: FrameError) -> io::Error {
    match error {
        FrameError::Io(error) => error,
        other => io::Error::other(other),
    }
}
