//! The calling side: a few connections to one service, kept between calls.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::net::RecvFlags;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::frame::{Descriptors, FrameError, Frames, send};
use crate::limits::{MAX_ANSWER, MAX_CALL, MAX_IDLE_CONNECTIONS};
use crate::message::{OutgoingCall, PERMISSION_DENIED, ReplyMessage, STANDARD_PREFIX, encode};
use crate::{Method, request};

/// How long a call may take where nobody says otherwise.
const DEADLINE: Duration = Duration::from_secs(10);
/// Pause before the next try when the listener's queue is full.
const QUEUE_PAUSE: Duration = Duration::from_millis(5);

/// How a call can fail. Each is an ordinary event that its caller has an answer for.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E> {
    /// The service's own refusal.
    #[error("{0}")]
    Refused(E),
    /// zook.conf does not let this process call that method.
    #[error("the call is not allowed by zook.conf")]
    Denied,
    /// The service is down or went away before it answered; for methods that are not repeatable it is not known whether
    /// the call happened.
    #[error("the service went away")]
    Unavailable,
    /// No answer within the deadline; it is not known whether the call happened.
    #[error("the service did not answer in time")]
    Late,
    /// The parameters do not fit in a message.
    #[error("the message is too large")]
    TooLarge,
    /// The answer is not what the contract says.
    #[error("the service answered with something else than its contract says: {0}")]
    Malformed(String),
}

/// Calls one service. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    service: Arc<Service>,
    deadline: Duration,
}

#[derive(Debug)]
struct Service {
    socket: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    frames: Frames,
}

/// What became of one exchange, as far as it matters for trying again.
enum Exchange {
    Answered(Vec<u8>),
    /// Not a byte left this process.
    NotSent,
    /// The call may have happened.
    Lost(FrameError),
}

impl Client {
    /// Most calls under way at a time; the next one waits. Fewer than a server grants one caller, since the server hears of
    /// a closed connection a moment later: a crowd of visitors has to wait, not to be turned away.
    pub const AT_A_TIME: usize = 48;

    /// Calls the service whose socket stands at `socket`; connects when it is first used.
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        let service =
            Service { socket: socket.into(), idle: Mutex::default(), places: Semaphore::new(Self::AT_A_TIME) };
        Self { service: Arc::new(service), deadline: DEADLINE }
    }

    /// The same service with another deadline for each call.
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        Self { service: self.service.clone(), deadline }
    }

    /// Calls a method and waits for its answer.
    pub async fn call<M: Method>(&self, params: &M) -> Result<M::Reply, CallError<M::Error>> {
        self.within_deadline(params, None).await
    }

    /// Calls a method with a descriptor.
    pub async fn call_with_descriptor<M: Method>(
        &self,
        params: &M,
        descriptor: BorrowedFd<'_>,
    ) -> Result<M::Reply, CallError<M::Error>> {
        self.within_deadline(params, Some(descriptor)).await
    }

    async fn within_deadline<M: Method>(
        &self,
        params: &M,
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<M::Reply, CallError<M::Error>> {
        let id = request::current();
        let call = OutgoingCall { method: M::NAME, parameters: params, request: &id };
        let message = encode(&call).map_err(|why| CallError::Malformed(why.to_string()))?;
        if message.len() > MAX_CALL {
            return Err(CallError::TooLarge);
        }
        let answer = timeout(self.deadline, async {
            // Nobody closes the semaphore; and without a place the server still has the last word.
            let _place = self.service.places.acquire().await;
            self.exchange_again(&message, descriptor, M::REPEATABLE).await
        });
        understand::<M>(&answer.await.map_err(|_| CallError::Late)??)
    }

    /// Tries a second time, on a fresh connection, when the first try cannot have done anything or may be repeated.
    async fn exchange_again<E>(
        &self,
        message: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
        repeatable: bool,
    ) -> Result<Vec<u8>, CallError<E>> {
        let connection = match self.service.idle_connection() {
            Some(connection) => connection,
            None => self.service.connect().await.map_err(|_| CallError::Unavailable)?,
        };
        match self.exchange(connection, message, descriptor).await {
            Exchange::Answered(answer) => return Ok(answer),
            Exchange::NotSent => {}
            Exchange::Lost(FrameError::TooLong(_)) => return Err(CallError::Malformed("it is too long".into())),
            Exchange::Lost(_) if repeatable => {}
            Exchange::Lost(_) => return Err(CallError::Unavailable),
        }
        let fresh = self.service.connect().await.map_err(|_| CallError::Unavailable)?;
        match self.exchange(fresh, message, descriptor).await {
            Exchange::Answered(answer) => Ok(answer),
            Exchange::NotSent | Exchange::Lost(_) => Err(CallError::Unavailable),
        }
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        message: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Exchange {
        if send(&connection.stream, message, descriptor).await.is_err() {
            // A server cannot act on a message whose closing NUL it never got.
            return Exchange::NotSent;
        }
        match connection.frames.next(&connection.stream).await {
            Ok(frame) => {
                let answer = frame.text.to_vec();
                self.service.keep(connection);
                Exchange::Answered(answer)
            }
            Err(why) => Exchange::Lost(why),
        }
    }
}

impl Service {
    /// An idle connection whose other end is still there.
    fn idle_connection(&self) -> Option<Connection> {
        loop {
            let connection = self.lock().pop()?;
            if connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.lock();
        if idle.len() < MAX_IDLE_CONNECTIONS {
            idle.push(connection);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects; waits while the listener's queue is full, as it is while a service restarts under load.
    async fn connect(&self) -> io::Result<Connection> {
        loop {
            match UnixStream::connect(&self.socket).await {
                Ok(stream) => return Ok(Connection { stream, frames: Frames::new(MAX_ANSWER, Descriptors::Refuse) }),
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => sleep(QUEUE_PAUSE).await,
                Err(why) => return Err(why),
            }
        }
    }
}

impl Connection {
    /// Neither closed nor with an answer that nobody asked for. Asks the kernel itself, since the runtime may not have
    /// heard of the other end's death yet.
    fn is_quiet(&self) -> bool {
        let peeked = rustix::net::recv(self.stream.as_fd(), &mut [0u8; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        matches!(peeked, Err(rustix::io::Errno::AGAIN))
    }
}

fn understand<M: Method>(answer: &[u8]) -> Result<M::Reply, CallError<M::Error>> {
    let malformed = |why: serde_json::Error| CallError::Malformed(why.to_string());
    let reply: ReplyMessage<'_> = serde_json::from_slice(answer).map_err(malformed)?;
    match reply.error.as_deref() {
        None => {
            let parameters = reply.parameters.map_or("{}", serde_json::value::RawValue::get);
            serde_json::from_str(parameters).map_err(malformed)
        }
        Some(PERMISSION_DENIED) => Err(CallError::Denied),
        Some(standard) if standard.starts_with(STANDARD_PREFIX) => Err(CallError::Malformed(standard.to_owned())),
        Some(_) => Err(CallError::Refused(serde_json::from_slice(answer).map_err(malformed)?)),
    }
}
