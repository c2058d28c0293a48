//! The lines to the dispatcher.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_strict::{BodyLength, CompleteHead, RequestHead, Value, limits};
use line::{Line, Received};
use rpc::Peers;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::cgi::End;
use crate::site::Site;

/// Lines at a time: more than one dispatcher ever keeps.
const LINES: usize = 512;

/// What is waited for at the end, and after an error of accept(2).
const DRAIN: Duration = Duration::from_secs(10);
const BREATH: Duration = Duration::from_millis(50);

/// Answers the callers that zook.conf knows until `leave` is ready, and then finishes what is under way.
pub async fn serve(listener: UnixListener, site: Arc<Site>, peers: Peers, leave: impl Future<Output = ()>) {
    let lines = Arc::new(Semaphore::new(LINES));
    let at_work = Arc::new(Semaphore::new(LINES));
    let mut leave = pin!(leave);
    loop {
        let accepted = tokio::select! {
            () = &mut leave => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                let Ok(place) = lines.clone().try_acquire_owned() else { continue };
                let (site, at_work, known) = (site.clone(), at_work.clone(), is_known(&peers, &socket));
                tokio::spawn(async move {
                    if known && let Err(why) = answer_all(&Line::accepted(socket), &site, &at_work).await {
                        tracing::warn!(%why, "a line was closed");
                    }
                    drop(place);
                });
            }
            Err(why) => {
                tracing::warn!(%why, "no line can be accepted just now");
                sleep(BREATH).await;
            }
        }
    }
    if timeout(DRAIN, at_work.acquire_many(LINES as u32)).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

fn is_known(peers: &Peers, socket: &UnixStream) -> bool {
    let known = matches!(peers.identify(socket), Ok(Some(_)));
    if !known {
        tracing::warn!("a caller that zook.conf does not list was turned away");
    }
    known
}

/// Answers one line's requests, one after the other.
async fn answer_all(line: &Line, site: &Site, at_work: &Semaphore) -> io::Result<()> {
    let mut room = vec![0; limits::HEAD];
    while let Some(Received { length, descriptor }) = line.receive(&mut room).await? {
        let request = read(&room[..length], descriptor.as_ref())?;
        let id = request.fields.only("x-request-id").and_then(Value::as_str).unwrap_or("-").to_owned();
        let work = at_work.acquire().await;
        rpc::request::scope(id, answer(line, site, &request, descriptor)).await?;
        drop(work);
    }
    Ok(())
}

async fn answer(line: &Line, site: &Site, request: &RequestHead, body: Option<OwnedFd>) -> io::Result<()> {
    let reply = site.answer(request, body).await;
    line.send(&reply.record, reply.descriptor.as_ref().map(AsFd::as_fd)).await?;
    // Our end has to be closed before the dispatcher can see the program's.
    drop(reply.descriptor);
    if let Some(program) = reply.program {
        let word: &[u8] = match program.end().await {
            End::Complete => b"complete",
            End::Cut => b"cut",
        };
        line.send(word, None).await?;
    }
    Ok(())
}

/// The dispatcher speaks this protocol without mistakes, or is no longer the dispatcher.
fn read(record: &[u8], descriptor: Option<&OwnedFd>) -> io::Result<RequestHead> {
    let bad = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let Some((head, [])) = CompleteHead::split(record).map_err(|why| bad(why.to_string()))? else {
        return Err(bad("a request record is a head and nothing else".into()));
    };
    let request = RequestHead::parse(head).map_err(|why| bad(why.to_string()))?;
    let there = match descriptor {
        Some(body) => rustix::fs::fstat(body)?.st_size as u64,
        None => 0,
    };
    if request.body != BodyLength::Known(there) {
        return Err(bad("the body is not as long as its head says".into()));
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use rpc::Grant;
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};

    use super::*;
    use crate::ground::Ground;
    use crate::site::Kind;

    fn listener(path: &std::path::Path) -> UnixListener {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a socket");
        bind(&socket, &SocketAddrUnix::new(path).expect("short enough")).expect("bound");
        listen(&socket, 1).expect("listens");
        UnixListener::from_std(socket.into()).expect("in a runtime")
    }

    #[tokio::test]
    async fn whoever_zook_conf_does_not_list_hears_nothing() {
        let uid = rustix::process::getuid().as_raw();
        let zookd = |uid| Grant { service: "zookd".into(), uid, methods: Vec::new() };
        for (peers, answered) in [(Peers::new([zookd(uid)]), true), (Peers::new([zookd(uid + 1)]), false)] {
            let dir = tempfile::tempdir().expect("a directory");
            let (path, ground) = (dir.path().join("sock"), Ground::open(dir.path().to_owned()).expect("is there"));
            let site = Site::new(ground, Kind::Files { max_age: Duration::ZERO });
            tokio::spawn(serve(listener(&path), site, peers, std::future::pending()));
            let line = Line::connect(&path).expect("it listens");
            // A caller who is turned away may hear of it while he speaks.
            let _ = line.send(b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", None).await;
            let heard = line.receive(&mut vec![0; limits::HEAD]).await;
            assert_eq!(matches!(heard, Ok(Some(_))), answered);
        }
    }
}
