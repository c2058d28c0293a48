//! A visitor's connection: heads and bodies in, within their time; answers out, as fast as the visitor takes them.

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::time::Duration;

use bytes::BytesMut;
use http_strict::{BodyLength, Chunked, HeadScan, Refusal, RequestHead};
use rustix::net::SendFlags;
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::Limits;
use crate::body::{Body, Shelf};
use crate::door::Door;
use crate::pace::Pace;

/// Read at least this much at a time.
const READ: usize = 4 * 1024;

/// How much is thrown away, and for how long, so that a visitor reads why its request was refused.
const LINGER: (usize, Duration) = (1024 * 1024, Duration::from_secs(2));

/// A stranger's connection.
#[derive(Debug)]
pub(crate) struct Visitor {
    stream: TcpStream,
    buffer: BytesMut,
    pub(crate) address: IpAddr,
}

impl Visitor {
    pub(crate) fn new(stream: TcpStream, address: IpAddr) -> Visitor {
        Visitor { stream, buffer: BytesMut::new(), address }
    }

    /// The next request. `None` if the visitor leaves, stays silent, or everything is ending.
    pub(crate) async fn request(
        &mut self,
        limits: &Limits,
        door: &Door,
        leaving: &mut watch::Receiver<bool>,
    ) -> Result<Option<RequestHead>, Refusal> {
        if self.buffer.is_empty() {
            tokio::select! {
                biased;
                begun = self.begins(limits, door) => if !begun {
                    return Ok(None);
                },
                _ = leaving.wait_for(|leaving| *leaving) => return Ok(None),
            }
        }
        let mut scan = HeadScan::default();
        let mut deadline = None;
        loop {
            if let Some(head) = scan.take(&mut self.buffer)? {
                return RequestHead::parse(head).map(Some);
            }
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + limits.head_time);
            self.fill_until(deadline).await?;
        }
    }

    /// Waits for the first bytes of a request, and says whether they came: for long, unless others need the place.
    async fn begins(&mut self, limits: &Limits, door: &Door) -> bool {
        let since = Instant::now();
        let read = tokio::select! {
            biased;
            read = timeout_at(since + limits.idle_time, self.fill()) => read,
            () = door.needs_room() => timeout_at(since + limits.crowded_idle_time, self.fill()).await,
        };
        matches!(read, Ok(Ok(1..)))
    }

    /// The body that the head announced.
    pub(crate) async fn body(&mut self, head: &RequestHead, limits: &Limits, shelf: &Shelf) -> Result<Body, Refusal> {
        let mut body = shelf.empty_body();
        if head.body == BodyLength::Known(0) {
            return Ok(body);
        }
        if matches!(head.body, BodyLength::Known(length) if length > limits.body) {
            return Err(Refusal::BodyTooLong);
        }
        let deadline = Instant::now() + limits.body_time;
        if head.expects_continue && self.buffer.is_empty() {
            let written = self.write(b"HTTP/1.1 100 Continue\r\n\r\n", &mut Pace::new(limits)).await;
            written.map_err(|_| Refusal::CutShort)?;
        }
        let mut rest = match head.body {
            BodyLength::Known(length) => Rest::Bytes(length),
            BodyLength::Chunked => Rest::Chunks(Chunked::new(limits.body)),
        };
        while !rest.take(&mut self.buffer, &mut body)? {
            self.fill_until(deadline).await?;
        }
        Ok(body)
    }

    /// Sends bytes, as fast as the visitor takes them, if that is fast enough.
    pub(crate) async fn write(&self, bytes: &[u8], pace: &mut Pace<'_>) -> io::Result<()> {
        self.write_flagged(bytes, SendFlags::NOSIGNAL, pace).await
    }

    /// Sends bytes that others follow at once.
    pub(crate) async fn write_more(&self, bytes: &[u8], pace: &mut Pace<'_>) -> io::Result<()> {
        self.write_flagged(bytes, SendFlags::NOSIGNAL | SendFlags::MORE, pace).await
    }

    async fn write_flagged(&self, mut bytes: &[u8], flags: SendFlags, pace: &mut Pace<'_>) -> io::Result<()> {
        while !bytes.is_empty() {
            let sent = self.taken(pace, || Ok(rustix::net::send(&self.stream, bytes, flags)?)).await?;
            bytes = &bytes[sent..];
        }
        Ok(())
    }

    /// Sends a part of a file, from the page cache to the network.
    pub(crate) async fn send_file(
        &self,
        file: impl AsFd,
        mut offset: u64,
        length: u64,
        pace: &mut Pace<'_>,
    ) -> io::Result<()> {
        /// One call of sendfile(2) sends at most about 2 GiB; less keeps one visitor from holding the thread.
        const PART: u64 = 1024 * 1024;
        let end = offset + length;
        while offset < end {
            let part = (end - offset).min(PART) as usize;
            let sent =
                self.taken(pace, || Ok(rustix::fs::sendfile(&self.stream, &file, Some(&mut offset), part)?)).await?;
            if sent == 0 {
                // The file has become shorter than its owner said.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    async fn taken(&self, pace: &mut Pace<'_>, send: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
        let since = Instant::now();
        let sent = timeout(pace.left(), self.stream.async_io(Interest::WRITABLE, send)).await??;
        pace.took(sent, since);
        Ok(sent)
    }

    /// Something arrived after the last request.
    pub(crate) fn has_said_more(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Ends the connection so that what was said last is still read: a close with unread input would reset it.
    pub(crate) async fn linger(mut self) {
        // If the visitor is gone already there is nobody to linger for.
        let _ = rustix::net::shutdown(&self.stream, rustix::net::Shutdown::Write);
        let (most, time) = LINGER;
        let _ = timeout(time, async {
            let mut thrown = 0;
            while thrown < most {
                self.buffer.clear();
                match self.fill().await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => thrown += read,
                }
            }
        })
        .await;
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.buffer.reserve(READ);
        self.stream.read_buf(&mut self.buffer).await
    }

    async fn fill_until(&mut self, deadline: Instant) -> Result<(), Refusal> {
        match timeout_at(deadline, self.fill()).await {
            Err(_) => Err(Refusal::TooSlow),
            Ok(Ok(1..)) => Ok(()),
            Ok(Ok(0) | Err(_)) => Err(Refusal::CutShort),
        }
    }
}

/// What has yet to come of a body.
enum Rest {
    Bytes(u64),
    Chunks(Chunked),
}

impl Rest {
    /// Moves what has arrived from the buffer to the body, and says whether that was all.
    fn take(&mut self, buffer: &mut BytesMut, body: &mut Body) -> Result<bool, Refusal> {
        match self {
            Rest::Bytes(left) => {
                let here = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                body.grow(here).map_err(|_| Refusal::Crowded)?.extend_from_slice(&buffer.split_to(here));
                *left -= here as u64;
                Ok(*left == 0)
            }
            Rest::Chunks(chunks) => {
                // Decoded, chunks are never longer than they were.
                let fed = chunks.feed(buffer, body.grow(buffer.len()).map_err(|_| Refusal::Crowded)?)?;
                let _ = buffer.split_to(fed.used);
                Ok(fed.done)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio::time::sleep;

    use super::*;

    /// Sends a megabyte through small buffers to somebody who takes so much at a time, with a pause after each.
    async fn sent_to(taken: usize, pause: Duration) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut theirs = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("connected");
        let (ours, from) = listener.accept().await.expect("accepted");
        rustix::net::sockopt::set_socket_recv_buffer_size(&theirs, 16 * 1024).expect("set");
        rustix::net::sockopt::set_socket_send_buffer_size(&ours, 16 * 1024).expect("set");
        tokio::spawn(async move {
            let mut bytes = vec![0; taken];
            while theirs.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                sleep(pause).await;
            }
        });
        let limits = Limits { take_time: Duration::from_secs(2), take_bytes: 1024 * 1024, ..Limits::default() };
        Visitor::new(ours, from.ip()).write(&vec![0; 1024 * 1024], &mut Pace::new(&limits)).await
    }

    #[tokio::test]
    async fn whoever_takes_an_answer_byte_by_byte_is_not_waited_for() {
        let trickle = sent_to(2 * 1024, Duration::from_millis(20)).await;
        assert_eq!(trickle.expect_err("it is given up").kind(), io::ErrorKind::TimedOut);
        sent_to(64 * 1024, Duration::from_millis(20)).await.expect("one who takes pauses gets all of it");
    }
}
