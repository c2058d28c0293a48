//! A service that answers with a descriptor: records over a Unix socket, one request at a time on each.
//!
//! A request record is a request head, with a descriptor if there is a body. The answer record is an answer head, and then
//! one of: the whole body in the same record; a regular file, sent from `X-Descriptor-Offset` on; the read end of a pipe,
//! with what has been read from it already in the record. After a pipe has ended the service says in one more record
//! whether that was all.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_strict::{AnswerHead, AnswerLength, BadAnswer, CompleteHead, limits};
use line::{Line, Received};
use rustix::fs::{FileType, MemfdFlags};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::answer::{Answer, Body};
use crate::outgoing::Outgoing;
use crate::recent::{Recent, Wish};
use crate::trouble::Trouble;

/// The longest answer record: a head, and a short body.
const RECORD: usize = 2 * limits::HEAD;

/// Lines kept at a time.
const KEPT: usize = 64;

/// What the service says after a pipe whose content is complete.
const COMPLETE: &[u8] = b"complete";

/// One file service.
#[derive(Debug)]
pub(crate) struct Files {
    lines: Arc<Lines>,
    recent: Recent,
}

#[derive(Debug)]
struct Lines {
    socket: PathBuf,
    idle: Mutex<Vec<Call>>,
}

/// A line to the service, with room for its records.
#[derive(Debug)]
struct Call {
    line: Line,
    record: Box<[u8]>,
}

/// A CGI program's output, as it comes.
#[derive(Debug)]
pub(crate) struct Running {
    first: Bytes,
    pipe: pipe::Receiver,
    call: Option<Call>,
    back: Arc<Lines>,
    patience: Duration,
}

impl Files {
    pub(crate) fn new(socket: &Path) -> Files {
        let lines = Lines { socket: socket.to_owned(), idle: Mutex::default() };
        Files { lines: Arc::new(lines), recent: Recent::default() }
    }

    /// Asks the service, unless it answered the same less than `lifetime` ago.
    pub(crate) async fn ask(
        &self,
        request: &Outgoing<'_>,
        patience: Duration,
        lifetime: Duration,
    ) -> Result<Answer, Trouble> {
        let wish = if lifetime.is_zero() { None } else { Wish::of(request.head) };
        if let Some(answer) = wish.as_ref().and_then(|wish| self.recent.find(wish, lifetime)) {
            return Ok(answer);
        }
        let asked = Instant::now();
        let (head, answer) = self.lines.ask(request, patience).await?;
        if let Some(wish) = wish {
            self.recent.keep(wish, asked, &head, &answer, lifetime);
        }
        Ok(answer)
    }
}

impl Lines {
    /// As for page services: a second time only if the first met a line that the service had left.
    async fn ask(
        self: &Arc<Self>,
        request: &Outgoing<'_>,
        patience: Duration,
    ) -> Result<(AnswerHead, Answer), Trouble> {
        let wire = request.wire();
        if wire.len() > limits::HEAD {
            return Err(Trouble::Long);
        }
        let body = memory_file(request.body.bytes()).map_err(Trouble::Memory)?;
        let body = body.as_ref().map(AsFd::as_fd);
        if let Some(call) = self.kept(request) {
            match self.exchange(call, &wire, body, request, patience).await {
                Err(Trouble::Gone) if request.is_idempotent() => {}
                answer => return answer,
            }
        }
        let call = Call::open(&self.socket).map_err(Trouble::Down)?;
        self.exchange(call, &wire, body, request, patience).await
    }

    async fn exchange(
        self: &Arc<Self>,
        mut call: Call,
        wire: &[u8],
        body: Option<BorrowedFd<'_>>,
        request: &Outgoing<'_>,
        patience: Duration,
    ) -> Result<(AnswerHead, Answer), Trouble> {
        let record = timeout(patience, async {
            call.send(wire, body).await?;
            call.receive().await
        });
        let (record, descriptor) = record.await.map_err(|_| Trouble::Late)??;
        let split = CompleteHead::split(record).map_err(BadAnswer::Head)?;
        let (head, rest) = split.ok_or(Trouble::Record("its head has no end"))?;
        let rest = Bytes::copy_from_slice(rest);
        let head = AnswerHead::parse(head, request.head.method)?;
        let (length, body) = match (head.length, descriptor) {
            (AnswerLength::Nothing, None) if rest.is_empty() => (head.declared, Body::Nothing),
            (AnswerLength::Known(length), None) if length == rest.len() as u64 => (Some(length), Body::Bytes(rest)),
            (AnswerLength::Known(length), Some(file)) if rest.is_empty() => {
                (Some(length), file_part(&head, file, length)?)
            }
            (AnswerLength::UntilEnd, Some(output)) => {
                let pipe = pipe::Receiver::from_owned_fd(output)
                    .map_err(|_| Trouble::Record("a descriptor without a length is no pipe"))?;
                let running = Running { first: rest, pipe, call: Some(call), back: self.clone(), patience };
                return Ok((head.clone(), Answer::new(&head, None, Body::Running(running))));
            }
            _ => return Err(Trouble::Record("head, body and descriptor do not fit together")),
        };
        self.keep(call);
        let answer = Answer::new(&head, length, body);
        Ok((head, answer))
    }

    fn kept(&self, request: &Outgoing<'_>) -> Option<Call> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(call) = idle.pop() {
            if request.is_idempotent() || call.line.is_quiet() {
                return Some(call);
            }
        }
        None
    }

    fn keep(&self, call: Call) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(call);
        }
    }
}

impl Call {
    fn open(path: &Path) -> io::Result<Call> {
        Ok(Call { line: Line::connect(path)?, record: vec![0; RECORD].into() })
    }

    async fn send(&self, wire: &[u8], body: Option<BorrowedFd<'_>>) -> Result<(), Trouble> {
        match self.line.send(wire, body).await {
            Ok(()) => Ok(()),
            Err(why) if matches!(why.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                Err(Trouble::Gone)
            }
            Err(why) => Err(Trouble::Down(why)),
        }
    }

    async fn receive(&mut self) -> Result<(&[u8], Option<OwnedFd>), Trouble> {
        match self.line.receive(&mut self.record).await {
            Ok(Some(Received { length, descriptor })) => Ok((&self.record[..length], descriptor)),
            Ok(None) => Err(Trouble::Gone),
            Err(_) => Err(Trouble::Record("it is too long, or has too many descriptors")),
        }
    }
}

impl Running {
    /// Appends what the program has written next, and says whether more follows.
    pub(crate) async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool, Trouble> {
        if !self.first.is_empty() {
            out.extend_from_slice(&std::mem::take(&mut self.first));
            return Ok(true);
        }
        out.reserve(limits::HEAD);
        let read = timeout(self.patience, self.pipe.read_buf(out)).await.map_err(|_| Trouble::Late)?;
        if read.map_err(|_| Trouble::Cut)? > 0 {
            return Ok(true);
        }
        let mut call = self.call.take().ok_or(Trouble::Cut)?;
        let (word, _) = timeout(self.patience, call.receive()).await.map_err(|_| Trouble::Late)??;
        if word != COMPLETE {
            return Err(Trouble::Cut);
        }
        self.back.keep(call);
        Ok(false)
    }
}

/// The part of a regular file that the head announces.
fn file_part(head: &AnswerHead, file: OwnedFd, length: u64) -> Result<Body, Trouble> {
    let offset = match head.fields.only("x-descriptor-offset") {
        None => 0,
        Some(value) => value
            .as_str()
            .and_then(|digits| digits.parse::<u64>().ok())
            .ok_or(Trouble::Record("X-Descriptor-Offset is no number"))?,
    };
    let status = rustix::fs::fstat(&file).map_err(|_| Trouble::Record("its descriptor cannot be examined"))?;
    let end = offset.checked_add(length).and_then(|end| i64::try_from(end).ok());
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile || end.is_none_or(|end| end > status.st_size) {
        return Err(Trouble::Record("its descriptor is not a file of the length that it says"));
    }
    Ok(Body::File { file: Arc::new(file), offset, length })
}

/// A file in memory that holds a request's body, to be read from its beginning.
fn memory_file(body: &[u8]) -> io::Result<Option<OwnedFd>> {
    if body.is_empty() {
        return Ok(None);
    }
    let file = rustix::fs::memfd_create("body", MemfdFlags::CLOEXEC)?;
    let mut written = 0;
    while written < body.len() {
        written += rustix::io::pwrite(&file, &body[written..], written as u64)?;
    }
    Ok(Some(file))
}
