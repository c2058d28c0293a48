//! A server and its clients on a real socket: what a call brings back, and what a misbehaving caller gets.

use std::io::{IoSlice, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as Plain;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rpc::{Call, CallError, Client, Grant, Limits, Peers, Router};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const IDL: &str = "interface org.test.Parrot\nmethod Say(word: string) -> (word: string, caller: string)\n";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Say {
    word: String,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sleep {}
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Brood {}
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Forbidden {}
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Fetch {}
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Said {
    word: String,
    caller: String,
    request: String,
}
#[derive(Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", content = "parameters")]
enum Error {
    #[serde(rename = "org.test.Parrot.Rude")]
    #[error("{word:?} is a rude word")]
    Rude { word: String },
}
rpc::methods! { "org.test.Parrot", Error;
    Say => Said, repeatable;
    Sleep => rpc::Nothing;
    Brood => rpc::Nothing, minutes(10);
    Forbidden => rpc::Nothing;
    Fetch => Said, takes_descriptor;
}

async fn say(_: Arc<()>, call: Call<Say>) -> Result<Said, Error> {
    if call.params.word == "rude" {
        return Err(Error::Rude { word: call.params.word });
    }
    let request = rpc::request::current();
    Ok(Said { word: call.params.word, caller: call.peer.service().to_owned(), request })
}

async fn fetch(_: Arc<()>, call: Call<Fetch>) -> Result<Said, Error> {
    let mut text = String::new();
    if let Some(file) = call.descriptor {
        std::fs::File::from(file).read_to_string(&mut text).expect("the test's pipe holds text");
    }
    Ok(Said { word: text, caller: String::new(), request: String::new() })
}

fn router() -> Router<()> {
    Router::new(IDL, Arc::new(()))
        .on::<Say, _, _>(say)
        .on::<Sleep, _, _>(|_, _| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(rpc::Nothing {})
        })
        .on::<Brood, _, _>(|_, _| async {
            tokio::time::sleep(Duration::from_secs(300)).await;
            Ok(rpc::Nothing {})
        })
        .on::<Forbidden, _, _>(|_, _| async { Ok(rpc::Nothing {}) })
        .on::<Fetch, _, _>(fetch)
}

/// Everybody of this test is one uid; the grant names it.
fn myself() -> Peers {
    let methods = ["Say", "Sleep", "Brood", "Fetch"].map(|m| format!("org.test.Parrot.{m}")).to_vec();
    Peers::new([Grant { service: "tester_svc".into(), uid: rustix::process::getuid().as_raw(), methods }])
}

struct Server {
    _dir: tempfile::TempDir,
    socket: PathBuf,
}

fn start(peers: Peers, limits: Limits) -> Server {
    start_with(router(), peers, limits)
}

fn start_with(router: Router<()>, peers: Peers, limits: Limits) -> Server {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let socket = dir.path().join("sock");
    let listener = UnixListener::bind(&socket).expect("binds");
    tokio::spawn(rpc::serve(listener, router, peers, limits, std::future::pending()));
    Server { _dir: dir, socket }
}

fn word(word: &str) -> Say {
    Say { word: word.into() }
}

/// Sends raw bytes and returns all that comes back before the server closes or falls silent.
async fn raw(socket: &Path, bytes: Vec<u8>) -> String {
    let mut stream = Plain::connect(socket).expect("connects");
    tokio::task::spawn_blocking(move || {
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("sets");
        // A server that closes early makes this fail, which is an answer too.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
    .expect("the reader ends")
}

#[tokio::test]
async fn a_call_brings_back_the_reply_the_caller_and_the_request_id() {
    let server = start(myself(), Limits::default());
    let client = Client::new(&server.socket);
    let said = rpc::request::scope("abc-1", client.call(&word("hello"))).await.expect("answers");
    assert_eq!((said.word.as_str(), said.caller.as_str(), said.request.as_str()), ("hello", "tester_svc", "abc-1"));
}

#[tokio::test]
async fn the_services_own_refusal_arrives_as_its_type() {
    let server = start(myself(), Limits::default());
    let refused = Client::new(&server.socket).call(&word("rude")).await;
    assert!(matches!(refused, Err(CallError::Refused(Error::Rude { word })) if word == "rude"));
}

#[tokio::test]
async fn a_method_without_a_grant_is_denied_and_its_granted_neighbour_is_not() {
    let server = start(myself(), Limits::default());
    let client = Client::new(&server.socket);
    assert!(matches!(client.call(&Forbidden {}).await, Err(CallError::Denied)));
    assert!(client.call(&word("hello")).await.is_ok());
}

#[tokio::test]
async fn a_user_that_nobody_named_is_turned_away() {
    let server = start(Peers::default(), Limits::default());
    assert!(matches!(Client::new(&server.socket).call(&word("hello")).await, Err(CallError::Denied)));
    let about = raw(&server.socket, b"{\"method\":\"org.varlink.service.GetInfo\"}\0".to_vec()).await;
    assert!(about.contains("PermissionDenied"), "{about}");
}

#[tokio::test]
async fn unknown_methods_and_wrong_parameters_get_an_error_and_the_connection_lives_on() {
    let server = start(
        Peers::new([Grant {
            service: "tester_svc".into(),
            uid: rustix::process::getuid().as_raw(),
            methods: vec!["org.test.Parrot.Sing".into(), "org.test.Parrot.Say".into()],
        }]),
        Limits::default(),
    );
    let calls = concat!(
        "{\"method\":\"org.test.Parrot.Sing\"}\0",
        "{\"method\":\"org.test.Parrot.Say\",\"parameters\":{\"word\":7}}\0",
        "{\"method\":\"org.test.Parrot.Say\",\"parameters\":{\"word\":\"still here\"}}\0",
    );
    let answers = raw(&server.socket, calls.into()).await;
    let answers: Vec<&str> = answers.split_terminator('\0').collect();
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert!(answers[0].contains("MethodNotFound"));
    assert!(answers[1].contains("InvalidParameter"));
    assert!(answers[2].contains("still here"));
}

#[tokio::test]
async fn broken_messages_close_their_connection_and_hurt_nobody_else() {
    let server = start(myself(), Limits::default());
    let client = Client::new(&server.socket);
    client.call(&word("before")).await.expect("answers");
    for broken in [
        &b"not json\0"[..],
        b"{\"method\":\0",
        b"\0",
        b"{\"method\":\"org.test.Parrot.Say\",\"more\":true}\0",
        b"{\"method\":\"org.test.Parrot.Say\",\"oneway\":true}\0",
        b"{\"method\":\"org.test.Parrot.Say\",\"upgrade\":true}\0",
        b"\xff\xfe\0",
        b"{\"method\":\"org.test.Parrot.Say\"",
    ] {
        assert_eq!(raw(&server.socket, broken.to_vec()).await, "", "{broken:?}");
    }
    let deep = [vec![b'['; 100_000], vec![0]].concat();
    assert_eq!(raw(&server.socket, deep).await, "");
    assert!(client.call(&word("after")).await.is_ok());
}

#[tokio::test]
async fn a_message_of_100_megabytes_is_cut_off_at_the_limit() {
    let server = start(myself(), Limits::default());
    assert_eq!(raw(&server.socket, vec![b'x'; 100 * 1024 * 1024]).await, "");
    let fits = "x".repeat(400 * 1024);
    assert_eq!(Client::new(&server.socket).call(&word(&fits)).await.expect("answers").word.len(), fits.len());
}

#[tokio::test]
async fn a_client_refuses_to_send_what_the_server_would_not_take() {
    let server = start(myself(), Limits::default());
    let too_large = Client::new(&server.socket).call(&word(&"x".repeat(8 * 1024 * 1024))).await;
    assert!(matches!(too_large, Err(CallError::TooLarge)));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_answers_ends_at_its_deadline() {
    let server = start(myself(), Limits::default());
    let client = Client::new(&server.socket).with_deadline(Duration::from_secs(1));
    assert!(matches!(client.call(&Sleep {}).await, Err(CallError::Late)));
}

#[tokio::test]
async fn a_caller_cannot_hold_more_than_its_share_of_connections() {
    let limits = Limits { connections_per_caller: 2, ..Limits::default() };
    let server = start(myself(), limits);
    let held: Vec<Plain> = (0..2).map(|_| Plain::connect(&server.socket).expect("connects")).collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(raw(&server.socket, b"{\"method\":\"org.test.Parrot.Say\"}\0".to_vec()).await, "");
    drop(held);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(Client::new(&server.socket).call(&word("again")).await.is_ok());
}

#[tokio::test]
async fn a_crowd_of_calls_waits_and_none_is_turned_away() {
    let server = start(myself(), Limits::default());
    let client = Client::new(&server.socket);
    let calls: Vec<_> = (0..300)
        .map(|_| client.clone())
        .map(|client| tokio::spawn(async move { client.call(&word("hello")).await }))
        .collect();
    for call in calls {
        assert!(call.await.expect("no panic").is_ok());
    }
}

#[tokio::test]
async fn a_descriptor_reaches_a_method_that_takes_one() {
    let server = start(myself(), Limits::default());
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"through the pipe").expect("writes");
    drop(writer);
    let said = Client::new(&server.socket).call_with_descriptor(&Fetch {}, OwnedFd::from(reader).as_fd()).await;
    assert_eq!(said.expect("answers").word, "through the pipe");
}

/// Begins a call with copies of one end of a pair. What comes back, and the other end, which ends when nobody has a copy.
async fn begin_with(server: &Server, call: &str, copies: usize) -> (UnixStream, UnixStream) {
    let stream = UnixStream::connect(&server.socket).await.expect("connects");
    let (mut mine, theirs) = UnixStream::pair().expect("a pair");
    mine.shutdown().await.expect("whoever reads there finds the end");
    let ends = vec![theirs.as_fd(); copies];
    let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(control.push(SendAncillaryMessage::ScmRights(&ends)));
    let words = [IoSlice::new(call.as_bytes())];
    rustix::net::sendmsg(&stream, &words, &mut control, SendFlags::empty()).expect("the server takes it");
    (stream, mine)
}

/// Whether something ends, though nobody knows how soon.
async fn ends(mut reader: impl tokio::io::AsyncRead + Unpin) -> bool {
    matches!(tokio::time::timeout(Duration::from_secs(2), reader.read(&mut [0; 1])).await, Ok(Ok(0)))
}

#[tokio::test]
async fn a_descriptor_is_for_a_method_that_takes_one_and_never_kept_by_another() {
    const SAY: &str = "{\"method\":\"org.test.Parrot.Say\",\"parameters\":{\"word\":\"x\"}}\0";
    const FETCH: &str = "{\"method\":\"org.test.Parrot.Fetch\",\"parameters\":{}}\0";
    let patient = Limits { transfer: Duration::from_secs(60), ..Limits::default() };
    let server = start(myself(), patient);
    for (call, copies, answered) in [(FETCH, 1, true), (SAY, 1, true), (FETCH, 2, false)] {
        let (stream, pair) = begin_with(&server, call, copies).await;
        assert_eq!(!ends(stream).await, answered, "{call} with {copies}");
        assert!(ends(pair).await, "{call} with {copies}");
    }
    // Half a call keeps what came with it, until it is clear whose it is; where nobody takes any, nobody does.
    let (_stream, pair) = begin_with(&server, &SAY[..9], 1).await;
    assert!(!ends(pair).await);
    let server = start_with(Router::new(IDL, Arc::new(())).on::<Say, _, _>(say), myself(), patient);
    let (_stream, pair) = begin_with(&server, &SAY[..9], 1).await;
    assert!(ends(pair).await);
}

#[tokio::test]
async fn whoever_does_not_end_his_message_is_not_waited_for() {
    let begun = b"{\"method\":\"org.test.Parrot.Say\"";
    for (transfer, closed) in [(Duration::from_millis(50), true), (Duration::from_secs(60), false)] {
        let server = start(myself(), Limits { transfer, ..Limits::default() });
        let mut stream = UnixStream::connect(&server.socket).await.expect("connects");
        stream.write_all(begun).await.expect("writes");
        assert_eq!(ends(stream).await, closed, "{transfer:?}");
    }
}

/// A server that drops its first connections unanswered, as a service does that is killed and started again.
async fn dies_first(socket: &Path, deaths: u32) -> Arc<AtomicU32> {
    let listener = UnixListener::bind(socket).expect("binds");
    let (relay, behind) = (socket.with_extension("behind"), Arc::new(AtomicU32::new(0)));
    tokio::spawn(rpc::serve(
        UnixListener::bind(&relay).expect("binds"),
        router(),
        myself(),
        Limits::default(),
        std::future::pending(),
    ));
    let seen = behind.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            if seen.fetch_add(1, Ordering::SeqCst) < deaths {
                let mut first = [0; 16];
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut first).await;
                continue;
            }
            let mut onward = UnixStream::connect(&relay).await.expect("connects");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut onward).await });
        }
    });
    behind
}

#[tokio::test]
async fn a_repeatable_call_survives_one_death_of_its_service() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let socket = dir.path().join("sock");
    dies_first(&socket, 1).await;
    assert!(Client::new(&socket).call(&word("hello")).await.is_ok());
}

#[tokio::test]
async fn a_call_that_may_have_happened_is_never_made_twice() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let socket = dir.path().join("sock");
    let connections = dies_first(&socket, 1).await;
    assert!(matches!(Client::new(&socket).call(&Forbidden {}).await, Err(CallError::Unavailable)));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_leaves_answers_what_is_under_way_and_takes_nothing_new() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let socket = dir.path().join("sock");
    let begun = Arc::new(tokio::sync::Notify::new());
    let go_on = Arc::new(tokio::sync::Notify::new());
    let state = Arc::new((begun.clone(), go_on.clone()));
    let router = Router::new(IDL, state).on::<Sleep, _, _>(|state, _| async move {
        state.0.notify_one();
        state.1.notified().await;
        Ok(rpc::Nothing {})
    });
    let methods = vec!["org.test.Parrot.Sleep".to_owned()];
    let uid = rustix::process::getuid().as_raw();
    let peers = Peers::new([Grant { service: "tester_svc".into(), uid, methods }]);
    let (leave, left) = tokio::sync::oneshot::channel::<()>();
    let listener = UnixListener::bind(&socket).expect("binds");
    let serving = tokio::spawn(rpc::serve(listener, router, peers, Limits::default(), async move {
        let _ = left.await;
    }));
    let client = Client::new(&socket);
    let call = tokio::spawn(async move { client.call(&Sleep {}).await });
    begun.notified().await;
    leave.send(()).expect("the server waits for it");
    go_on.notify_one();
    assert!(call.await.expect("no panic").is_ok());
    serving.await.expect("no panic");
    assert!(matches!(Client::new(&socket).call(&Sleep {}).await, Err(CallError::Unavailable)));
}

#[tokio::test]
async fn a_stranger_to_the_interface_can_ask_for_its_definition() {
    let server = start(myself(), Limits::default());
    let ask = b"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":\"org.test.Parrot\"}}\0";
    assert!(raw(&server.socket, ask.to_vec()).await.contains("method Say(word: string)"));
}

#[tokio::test(start_paused = true)]
async fn a_method_takes_as_long_as_it_declares_and_any_other_as_long_as_is_usual() {
    let server = start(myself(), Limits::default());
    let client = Client::new(&server.socket).with_deadline(Duration::from_secs(3600));
    assert!(matches!(client.call(&Sleep {}).await, Err(CallError::Unavailable)));
    assert!(client.call(&Brood {}).await.is_ok());
}
