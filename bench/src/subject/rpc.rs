//! One small call from process to process, beside the same bytes sent to and fro without any protocol.
//!
//! The other side is this program once more, started as `bench serve WHAT SOCKET`. It ends when its standard input does.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use echo_api::{Echo, Echoed};
use rpc::{Call, Client, Grant, Limits, Method, Peers, Router};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

use crate::effort::Effort;
use crate::goal::Goal;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};

/// A call as rpc writes it, and its answer: the bare exchange sends the same bytes.
const CALL: &[u8] = b"{\"method\":\"org.zoobar.Echo.Echo\",\"parameters\":{\"message\":\"hello\"},\"request\":\"-\"}\0";
const ANSWER: &[u8] = b"{\"parameters\":{\"reply\":\"You said: hello\",\"caller\":\"bench\"}}\0";

/// The part of a turn that comes before the clock starts.
const WARM_UP: usize = 10;

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let directory = tempfile::tempdir()?;
    let bare = Server::start("bare", directory.path())?;
    let echo = Server::start("echo", directory.path())?;
    let runtime = current_thread()?;
    let mut contenders = [
        Contender::new("bare, blocking", Goal::None),
        Contender::new("bare, both sides in tokio", Goal::None),
        Contender::new("rpc: varlink, kernel identity, deadlines", Goal::AtMost(2.5)),
    ];
    let async_bare = Server::start("bare-in-tokio", directory.path())?;
    let client = Client::new(&echo.socket);
    for _ in 0..effort.rounds {
        contenders[0].turn(bare_calls(&bare.socket, effort.calls)?);
        contenders[1].turn(runtime.block_on(bare_calls_in_tokio(&async_bare.socket, effort.calls))?);
        contenders[2].turn(runtime.block_on(rpc_calls(&client, effort.calls))?);
    }
    Ok(table(&contenders))
}

/// Medians and tails of each round, in microseconds.
struct Contender {
    name: &'static str,
    goal: Goal,
    medians: Samples,
    tails: Samples,
}

impl Contender {
    fn new(name: &'static str, goal: Goal) -> Self {
        Self { name, goal, medians: Samples::default(), tails: Samples::default() }
    }

    fn turn(&mut self, times: Samples) {
        self.medians.push(times.quantile(0.5) * 1e3);
        self.tails.push(times.quantile(0.99) * 1e3);
    }
}

fn table(contenders: &[Contender]) -> Table {
    let columns = ["one small call", "p50 µs", "spread", "p99 µs", "of bare", "spread", "reach", "reached"];
    let mut table = Table::new("RPC: from one process to another and back", &columns);
    for contender in contenders {
        let ratio = contender.medians.per(&contenders[0].medians);
        let [reach, reached] = contender.goal.verdict(ratio.median());
        table.row([
            contender.name.to_owned(),
            figure(contender.medians.median()),
            spread(&contender.medians),
            figure(contender.tails.median()),
            figure(ratio.median()),
            spread(&ratio),
            reach,
            reached,
        ]);
    }
    table.remark(format!("{} bytes there and {} back.", CALL.len(), ANSWER.len()));
    table
}

fn bare_calls(socket: &Path, calls: usize) -> anyhow::Result<Samples> {
    let mut stream = UnixStream::connect(socket)?;
    let mut answer = [0; ANSWER.len()];
    let mut times = Samples::default();
    for number in 0..WARM_UP + calls {
        let begin = Instant::now();
        stream.write_all(CALL)?;
        stream.read_exact(&mut answer)?;
        if number >= WARM_UP {
            times.push_time(begin.elapsed());
        }
    }
    Ok(times)
}

async fn bare_calls_in_tokio(socket: &Path, calls: usize) -> anyhow::Result<Samples> {
    let mut stream = tokio::net::UnixStream::connect(socket).await?;
    let mut answer = [0; ANSWER.len()];
    let mut times = Samples::default();
    for number in 0..WARM_UP + calls {
        let begin = Instant::now();
        stream.write_all(CALL).await?;
        stream.read_exact(&mut answer).await?;
        if number >= WARM_UP {
            times.push_time(begin.elapsed());
        }
    }
    Ok(times)
}

async fn rpc_calls(client: &Client, calls: usize) -> anyhow::Result<Samples> {
    let call = Echo { message: "hello".to_owned() };
    let mut times = Samples::default();
    for number in 0..WARM_UP + calls {
        let begin = Instant::now();
        let echoed = client.call(&call).await?;
        if number >= WARM_UP {
            times.push_time(begin.elapsed());
        }
        ensure!(echoed.reply == "You said: hello", "echo answered {echoed:?}");
    }
    Ok(times)
}

/// The process at the other end of a socket.
struct Server {
    process: Child,
    socket: PathBuf,
}

impl Server {
    /// Starts this program once more, and waits until it listens.
    fn start(what: &str, directory: &Path) -> anyhow::Result<Self> {
        let socket = directory.join(what);
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", what])
            .arg(&socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = process.stdout.take().context("its standard output is a pipe")?;
        let server = Self { process, socket };
        ensure!(BufReader::new(said).lines().next().is_some(), "`bench serve {what}` ended at once");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It ends by itself at the end of its input; there is nothing to do about one that cannot be waited for.
        let _ = self.process.wait();
    }
}

/// The other side: answers until standard input ends.
pub(crate) fn serve(what: &str, socket: &Path) -> ExitCode {
    std::thread::spawn(|| {
        // Whether it ends or fails, whoever started this process is gone.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    let served = match what {
        "bare" => serve_bare(socket),
        "bare-in-tokio" => current_thread().and_then(|runtime| runtime.block_on(serve_bare_in_tokio(socket))),
        _ => current_thread().and_then(|runtime| runtime.block_on(serve_echo(socket))),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench serve {what}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn serve_bare(socket: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    println!("listening");
    loop {
        let (mut stream, _) = listener.accept()?;
        let mut call = [0; CALL.len()];
        // One round's conversation ends where its connection does.
        while stream.read_exact(&mut call).is_ok() {
            stream.write_all(ANSWER)?;
        }
    }
}

async fn serve_bare_in_tokio(socket: &Path) -> io::Result<()> {
    let listener = tokio::net::UnixListener::bind(socket)?;
    println!("listening");
    loop {
        let (mut stream, _) = listener.accept().await?;
        let mut call = [0; CALL.len()];
        while stream.read_exact(&mut call).await.is_ok() {
            stream.write_all(ANSWER).await?;
        }
    }
}

/// What the echo service does, without its confinement: a filter costs each system call some nanoseconds.
async fn serve_echo(socket: &Path) -> io::Result<()> {
    let listener = tokio::net::UnixListener::bind(socket)?;
    let uid = rustix::process::getuid().as_raw();
    let peers = Peers::new([Grant { service: "bench".into(), uid, methods: vec![Echo::NAME.into()] }]);
    let router = Router::new(echo_api::IDL, Arc::new(())).on::<Echo, _, _>(|_, call: Call<Echo>| async move {
        let reply = format!("You said: {}", call.params.message);
        Ok(Echoed { reply, caller: call.peer.service().to_owned() })
    });
    println!("listening");
    rpc::serve(listener, router, peers, Limits::default(), std::future::pending()).await;
    Ok(())
}

/// The services' runtime.
fn current_thread() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
