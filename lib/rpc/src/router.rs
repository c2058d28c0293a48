//! Which code answers which method.

use std::collections::HashMap;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::message::{GoodReply, Standard, encode};
use crate::{Method, Peer};

/// One call, as the code that answers it sees it.
#[derive(Debug)]
pub struct Call<M> {
    /// The method's parameters, well-formed.
    pub params: M,
    /// Who calls, by the word of the kernel. It is on the method's list.
    pub peer: Peer,
    /// What travelled with the call, for methods that take a descriptor.
    pub descriptor: Option<OwnedFd>,
}

/// A call whose parameters are still text.
pub(crate) struct RawCall {
    pub(crate) parameters: String,
    pub(crate) peer: Peer,
    pub(crate) descriptor: Option<OwnedFd>,
}

type Answer = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;
type Handler<S> = Box<dyn Fn(Arc<S>, RawCall) -> Answer + Send + Sync>;

/// How a method is answered.
struct Answering<S> {
    handler: Handler<S>,
    work: Option<Duration>,
}

/// The methods of one interface and the state that they share.
pub struct Router<S> {
    idl: &'static str,
    state: Arc<S>,
    methods: HashMap<&'static str, Answering<S>>,
    takes_descriptors: bool,
}

impl<S: Send + Sync + 'static> Router<S> {
    /// Begins with no method. `idl` is handed out to callers that ask for it.
    pub fn new(idl: &'static str, state: Arc<S>) -> Self {
        Self { idl, state, methods: HashMap::new(), takes_descriptors: false }
    }

    /// Answers method `M` with `handler`.
    #[must_use]
    pub fn on<M, F, Fut>(mut self, handler: F) -> Self
    where
        M: Method,
        F: Fn(Arc<S>, Call<M>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<M::Reply, M::Error>> + Send + 'static,
    {
        self.takes_descriptors |= M::TAKES_DESCRIPTOR;
        let handler: Handler<S> = Box::new(move |state, raw| match serde_json::from_str::<M>(&raw.parameters) {
            Ok(params) => {
                let descriptor = raw.descriptor.filter(|_| M::TAKES_DESCRIPTOR);
                let work = handler(state, Call { params, peer: raw.peer, descriptor });
                Box::pin(async move { written(work.await) })
            }
            Err(why) => {
                tracing::warn!(method = M::NAME, caller = raw.peer.service(), %why, "parameters refused");
                Box::pin(std::future::ready(refusal(&Standard::InvalidParameter { parameter: "parameters".into() })))
            }
        });
        self.methods.insert(M::NAME, Answering { handler, work: M::WORK });
        self
    }

    pub(crate) fn idl(&self) -> &'static str {
        self.idl
    }

    pub(crate) fn takes_descriptors(&self) -> bool {
        self.takes_descriptors
    }

    /// The answer, and how long it may take where it has a limit of its own. `None` where there is no such method.
    pub(crate) fn answer(&self, method: &str, call: RawCall) -> Option<(Answer, Option<Duration>)> {
        let Answering { handler, work } = self.methods.get(method)?;
        Some((handler(self.state.clone(), call), *work))
    }
}

fn written<R: serde::Serialize, E: serde::Serialize>(result: Result<R, E>) -> Vec<u8> {
    let text = match &result {
        Ok(reply) => encode(&GoodReply { parameters: reply }),
        Err(error) => encode(error),
    };
    // Our own types turn into JSON without fail; if one ever does not, the caller's connection is closed.
    text.unwrap_or_else(|why| {
        tracing::error!(%why, "an answer could not be written as JSON");
        Vec::new()
    })
}

/// A standard error as a message; an empty one, which closes the connection, cannot come of these types.
pub(crate) fn refusal(error: &Standard) -> Vec<u8> {
    encode(error).unwrap_or_default()
}
