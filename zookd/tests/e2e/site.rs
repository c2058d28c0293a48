//! A site of its own for each test: a dispatcher on a free port, with services that do what the test says.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use control::{Protocol, Route};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zookd::{Fronts, House, Limits, Routes};
use zookfs::{Ground, Kind, Programs, Rule};

/// Nothing here takes longer unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a fake page service does with a request.
pub(crate) enum Does {
    /// Answers, and goes on.
    Answers(&'static str),
    /// Answers, and ends the connection.
    Ends(&'static str),
    /// Nothing.
    Sleeps,
}

/// What has been asked of the page services, whole requests.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

pub(crate) struct Draft {
    dir: TempDir,
    routes: Vec<Route>,
    limits: Limits,
    fronts: Fronts,
}

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    dir: TempDir,
    leave: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Draft {
    pub(crate) fn new() -> Draft {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["static", "programs"] {
            std::fs::create_dir(dir.path().join(name)).expect("made");
        }
        Draft { dir, routes: Vec::new(), limits: Limits::default(), fronts: Fronts::default() }
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Draft {
        change(&mut self.limits);
        self
    }

    /// Servers that speak for their visitors, as in zook.conf.
    pub(crate) fn fronts(mut self, addresses: &str) -> Draft {
        self.fronts = addresses.parse().expect("addresses");
        self
    }

    /// A page service for `url` that does this with each request.
    pub(crate) fn pages(mut self, url: &str, does: fn(&str) -> Does) -> (Draft, Asked) {
        let asked = Asked::default();
        let socket = self.route("pages", url, Protocol::Http);
        let listener = UnixListener::bind(socket).expect("bound");
        let heard = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, does, heard.clone()));
            }
        });
        (self, asked)
    }

    /// A service that is not there.
    pub(crate) fn nobody(mut self, url: &str) -> Draft {
        self.route("nobody", url, Protocol::Http);
        self
    }

    /// The file service for `url`, on the directory that [`Site::write`] writes to.
    pub(crate) fn files(mut self, url: &str) -> Draft {
        let kind = Kind::Files { max_age: Duration::from_secs(60) };
        self.file_service("static", url, kind);
        self
    }

    /// The service that runs the programs of [`Site::program`], each for at most this long.
    pub(crate) fn programs(mut self, url: &str, time: Duration) -> Draft {
        let rule = Rule { uid: rustix::process::getuid().as_raw(), gid: rustix::process::getgid().as_raw() };
        self.file_service("programs", url, Kind::Programs(Programs::new(rule, time, 2)));
        self
    }

    pub(crate) async fn start(self) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let house = House::new(Routes::compile(&self.routes).expect("good routes"), self.fronts, self.limits);
        let (leave, left) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let left = async { drop(left.await) };
            zookd::serve(listener, house, left).await;
        });
        Site { address, dir: self.dir, leave: Some(leave), served }
    }

    fn route(&mut self, name: &str, url: &str, protocol: Protocol) -> PathBuf {
        let socket = self.dir.path().join(format!("{name}{}.sock", self.routes.len()));
        self.routes.push(Route { service: name.into(), url: url.into(), protocol, socket: socket.clone() });
        socket
    }

    fn file_service(&mut self, name: &str, url: &str, kind: Kind) {
        let path = self.route(name, url, Protocol::Descriptor);
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket =
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a socket");
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).expect("short enough")).expect("bound");
        rustix::net::listen(&socket, 16).expect("listens");
        let listener = UnixListener::from_std(socket.into()).expect("in a runtime");
        let site = zookfs::Site::new(Ground::open(self.dir.path().join(name)).expect("is there"), kind);
        let uid = rustix::process::getuid().as_raw();
        let peers = rpc::Peers::new([rpc::Grant { service: "zookd".into(), uid, methods: Vec::new() }]);
        tokio::spawn(zookfs::serve(listener, site, peers, std::future::pending()));
    }
}

impl Site {
    /// Puts a file where the file service finds it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.put("static", name, content.as_ref(), 0o644)
    }

    /// Puts a shell script where the program service finds it.
    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        self.put("programs", name, format!("#!/bin/sh\n{script}").as_bytes(), 0o755)
    }

    pub(crate) fn put(&self, directory: &str, name: &str, content: &[u8], mode: u32) -> PathBuf {
        let path = self.dir.path().join(directory).join(name);
        std::fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
        std::fs::write(&path, content).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("set");
        path
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// Sends these bytes on a connection of their own, and reads until the dispatcher ends it.
    pub(crate) async fn raw(&self, wire: impl AsRef<[u8]>) -> Vec<u8> {
        let mut stream = self.connect().await;
        // A refusal may come before everything is written.
        let _ = stream.write_all(wire.as_ref()).await;
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        let _ = read.expect("the dispatcher ends the connection");
        answer
    }

    /// A GET of its own.
    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.get_with(path, "").await
    }

    /// A GET of its own, with more lines in its head.
    pub(crate) async fn get_with(&self, path: &str, lines: &str) -> Seen {
        let wire = format!("GET {path} HTTP/1.1\r\nHost: site\r\nConnection: close\r\n{lines}\r\n");
        Seen::of(&self.raw(wire).await)
    }

    /// A GET over a connection from another address of this machine.
    pub(crate) async fn get_from(&self, address: &str, lines: &str) -> Seen {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::new(address.parse().expect("an address"), 0)).expect("all of 127.0.0.0/8 is here");
        let mut stream = socket.connect(self.address).await.expect("connected");
        let wire = format!("GET / HTTP/1.1\r\nHost: site\r\nConnection: close\r\n{lines}\r\n");
        stream.write_all(wire.as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time").expect("read");
        Seen::of(&answer)
    }

    /// Asks the dispatcher to finish, and waits until it has.
    pub(crate) async fn drain(mut self) {
        self.leave();
        timeout(PATIENCE, self.served).await.expect("ends").expect("does not panic");
    }

    pub(crate) fn leave(&mut self) {
        drop(self.leave.take());
    }
}

/// An answer, taken apart without help from the code under test.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// As it came: with chunk sizes, if there are any.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn of(answer: &[u8]) -> Seen {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(answer)));
        let head = String::from_utf8(answer[..end + 2].to_vec()).expect("a head is text");
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).expect("a status");
        Seen { status, head, body: answer[end + 4..].to_vec() }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body without its chunk sizes, and whether its last chunk came.
    pub(crate) fn unchunked(&self) -> (String, bool) {
        let (mut text, mut rest) = (Vec::new(), self.body.as_slice());
        while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
            let size = std::str::from_utf8(&rest[..end]).expect("is text");
            let size = usize::from_str_radix(size, 16).expect("is a chunk size");
            if size == 0 {
                return (String::from_utf8(text).expect("a page is text"), true);
            }
            text.extend_from_slice(&rest[end + 2..end + 2 + size]);
            rest = &rest[end + 2 + size + 2..];
        }
        (String::from_utf8(text).expect("a page is text"), false)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a page is text")
    }
}

/// Reads one answer with a Content-Length from a connection that goes on.
pub(crate) async fn one_answer(stream: &mut TcpStream) -> Seen {
    let mut answer = Vec::new();
    loop {
        let mut byte = [0];
        let read = timeout(PATIENCE, stream.read(&mut byte)).await.expect("in time").expect("read");
        assert_eq!(read, 1, "the connection ended in {:?}", String::from_utf8_lossy(&answer));
        answer.push(byte[0]);
        if answer.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let mut seen = Seen::of(&answer);
    let length = seen.field("content-length").map_or(0, |digits| digits.parse().expect("a number"));
    seen.body.resize(length, 0);
    timeout(PATIENCE, stream.read_exact(&mut seen.body)).await.expect("in time").expect("the whole body");
    seen
}

/// Serves one connection to a fake page service.
async fn answer(mut stream: UnixStream, does: fn(&str) -> Does, asked: Asked) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
                return;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        while buffer.len() < end + length {
            if !matches!(stream.read_buf(&mut buffer).await, Ok(1..)) {
                return;
            }
        }
        let request = String::from_utf8_lossy(&buffer[..end + length]).into_owned();
        buffer.drain(..end + length);
        let reaction = does(&request);
        asked.lock().expect("not poisoned").push(request);
        let (wire, go_on) = match reaction {
            Does::Answers(wire) => (wire, true),
            Does::Ends(wire) => (wire, false),
            Does::Sleeps => return std::future::pending().await,
        };
        if stream.write_all(wire.as_bytes()).await.is_err() || !go_on {
            return;
        }
    }
}
