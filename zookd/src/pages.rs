//! A service that speaks HTTP/1.1 over a Unix socket, asked over connections that are kept.
//!
//! The loop is our own rather than hyper's: the parser for answers is here anyway for the file services, every limit is in
//! sight, and what may be asked a second time is decided where it is known what was sent. See
//! `docs/decisions/0002-http-loops.md`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use http_strict::{AnswerHead, AnswerLength, BadAnswer, Chunked, HeadScan, Method, Status};
use rustix::net::RecvFlags;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::answer::{Answer, Body};
use crate::outgoing::Outgoing;
use crate::trouble::Trouble;

/// Connections kept at a time, and for how long without use.
const KEPT: (usize, Duration) = (64, Duration::from_secs(20));

/// Interim answers (1xx) before the real one.
const INTERIM: usize = 8;

/// Read at least this much at a time.
const READ: usize = 16 * 1024;

/// One HTTP service.
#[derive(Debug)]
pub(crate) struct Pages {
    socket: PathBuf,
    idle: Mutex<Vec<(Instant, Connection)>>,
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    buffer: BytesMut,
}

/// A body that still comes from the service.
#[derive(Debug)]
pub(crate) struct Stream {
    connection: Option<Connection>,
    left: Left,
    patience: Duration,
    /// Where the connection goes when the body has come, if the service wants to go on with it.
    back: Option<Arc<Pages>>,
}

#[derive(Debug)]
enum Left {
    Known(u64),
    Chunks(Chunked),
    UntilEnd,
}

impl Pages {
    pub(crate) fn new(socket: &Path) -> Pages {
        Pages { socket: socket.to_owned(), idle: Mutex::default() }
    }

    /// Asks the service. A second time only if the first met a kept connection that the service had left.
    pub(crate) async fn ask(self: &Arc<Self>, request: &Outgoing<'_>, patience: Duration) -> Result<Answer, Trouble> {
        let wire = request.wire();
        if let Some(kept) = self.kept(request) {
            match self.exchange(kept, &wire, request, patience).await {
                Err(Trouble::Gone) if request.is_idempotent() => {}
                answer => return answer,
            }
        }
        let stream = UnixStream::connect(&self.socket).await.map_err(Trouble::Down)?;
        self.exchange(Connection { stream, buffer: BytesMut::new() }, &wire, request, patience).await
    }

    async fn exchange(
        self: &Arc<Self>,
        mut connection: Connection,
        wire: &[u8],
        request: &Outgoing<'_>,
        patience: Duration,
    ) -> Result<Answer, Trouble> {
        let head = timeout(patience, async {
            connection.send(wire, request.body.bytes()).await?;
            connection.answer_head(request.head.method).await
        });
        let head = head.await.map_err(|_| Trouble::Late)??;
        let left = match head.length {
            AnswerLength::Nothing => {
                self.keep(connection, head.persistent);
                let tells = head.status == Status::NOT_MODIFIED || request.head.method == Method::Head;
                return Ok(Answer::new(&head, head.declared.filter(|_| tells), Body::Nothing));
            }
            AnswerLength::Known(length) => match connection.whole(length) {
                Some(body) => {
                    self.keep(connection, head.persistent);
                    return Ok(Answer::new(&head, Some(length), Body::Bytes(body)));
                }
                None => Left::Known(length),
            },
            AnswerLength::Chunked => Left::Chunks(Chunked::new(u64::MAX)),
            AnswerLength::UntilEnd => Left::UntilEnd,
        };
        let back = head.persistent.then(|| self.clone());
        let stream = Stream { connection: Some(connection), left, patience, back };
        Ok(Answer::new(&head, head.declared, Body::Stream(stream)))
    }

    /// A kept connection, if there is one that can be used for this request.
    fn kept(&self, request: &Outgoing<'_>) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((since, connection)) = idle.pop() {
            // What changes something is never asked twice, so it gets no connection that is known to be dead.
            if since.elapsed() < KEPT.1 && (request.is_idempotent() || connection.is_open()) {
                return Some(connection);
            }
        }
        None
    }

    fn keep(&self, connection: Connection, persistent: bool) {
        // Bytes after an answer belong to no request: such a service cannot be followed any further.
        if !persistent || !connection.buffer.is_empty() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT.0 {
            idle.push((Instant::now(), connection));
        }
    }
}

impl Connection {
    async fn send(&mut self, head: &[u8], body: &[u8]) -> Result<(), Trouble> {
        // A service that refuses may answer and close before it has read everything: its answer counts, not the pipe.
        let sent = async {
            self.stream.write_all(head).await?;
            self.stream.write_all(body).await
        };
        match sent.await {
            Err(why) if why.kind() != io::ErrorKind::BrokenPipe => Err(Trouble::Down(why)),
            _ => Ok(()),
        }
    }

    async fn answer_head(&mut self, to: Method) -> Result<AnswerHead, Trouble> {
        for _ in 0..INTERIM {
            let mut scan = HeadScan::default();
            let head = loop {
                if let Some(head) = scan.take(&mut self.buffer).map_err(BadAnswer::Head)? {
                    break AnswerHead::parse(head, to)?;
                }
                match self.fill().await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) if self.buffer.is_empty() => return Err(Trouble::Gone),
                    Ok(0) | Err(_) => return Err(Trouble::Cut),
                }
            };
            if !head.status.is_interim() {
                return Ok(head);
            }
        }
        Err(BadAnswer::Status.into())
    }

    /// The whole body, if it is here already.
    fn whole(&mut self, length: u64) -> Option<Bytes> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.buffer.len())?;
        Some(self.buffer.split_to(length).freeze())
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.buffer.reserve(READ);
        self.stream.read_buf(&mut self.buffer).await
    }

    /// Nothing to read and no end: a look that takes nothing away.
    fn is_open(&self) -> bool {
        let look = rustix::net::recv(&self.stream, &mut [0_u8; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        look == Err(rustix::io::Errno::AGAIN)
    }
}

impl Stream {
    /// Nobody said how long the body is.
    pub(crate) fn is_open_ended(&self) -> bool {
        !matches!(self.left, Left::Known(_))
    }

    /// Appends the next part of the body, and says whether more follows.
    pub(crate) async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, Trouble> {
        while let Some(connection) = &mut self.connection {
            let before = out.len();
            if self.left.take(&mut connection.buffer, out)? {
                break;
            }
            if out.len() > before {
                return Ok(true);
            }
            match timeout(self.patience, connection.fill()).await.map_err(|_| Trouble::Late)? {
                Ok(1..) => {}
                Ok(0) if matches!(self.left, Left::UntilEnd) => return Ok(false),
                Ok(0) | Err(_) => return Err(Trouble::Cut),
            }
        }
        if let Some((pages, connection)) = self.back.take().zip(self.connection.take()) {
            pages.keep(connection, true);
        }
        Ok(false)
    }
}

impl Left {
    /// Moves what has arrived, and says whether that was the end.
    fn take(&mut self, buffer: &mut BytesMut, out: &mut Vec<u8>) -> Result<bool, Trouble> {
        match self {
            Left::Known(left) => {
                let here = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                out.extend_from_slice(&buffer[..here]);
                buffer.advance(here);
                *left -= here as u64;
                Ok(*left == 0)
            }
            Left::Chunks(chunks) => {
                let fed = chunks.feed(buffer, out)?;
                buffer.advance(fed.used);
                Ok(fed.done)
            }
            Left::UntilEnd => {
                out.extend_from_slice(buffer);
                buffer.clear();
                Ok(false)
            }
        }
    }
}
