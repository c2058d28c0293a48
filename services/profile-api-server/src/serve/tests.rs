//! A guest on a real socket, in front of services that stand in: what it gets, and what it cannot.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use auth_api::Token;
use bank_api::{Balance, Balanced, Log, Logged, Spend, TransferRecord, Transferred};
use profile_api::api_server::{Error, Serve, Served};
use profile_api::{Get, Got};
use rpc::{Client, Nothing, Router};
use sandbox_api::Commit;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{ApiServer, MAX_RUNS, MAX_SECONDS};
use crate::calls::Services;
use crate::wire::MAX_LINE;

/// Few enough to count.
const MAX_CALLS: u32 = 50;

/// What has happened, in order.
type Diary = Arc<Mutex<Vec<String>>>;

fn note(diary: &Diary, entry: String) {
    diary.lock().expect("no panic").push(entry);
}

fn token() -> Token {
    Token::from_bits(&[2; 32])
}

fn bank(diary: Diary) -> Client {
    let router = Router::new(bank_api::IDL, diary)
        .on::<Balance, _, _>(async |_, call| match call.params.username.as_str() {
            "anna" => Ok(Balanced { zoobars: 10 }),
            _ => Err(bank_api::Error::NoSuchAccount { username: call.params.username }),
        })
        .on::<Log, _, _>(async |_, _| {
            let (time, sender, recipient) = ("Sat Nov 21 17:30:13 2026".into(), "bob".into(), "anna".into());
            Ok(Logged { transfers: vec![TransferRecord { id: 7, time, sender, recipient, amount: 3 }] })
        })
        .on::<Spend, _, _>(async |diary, call| {
            assert!(call.params.token == token());
            note(&diary, format!("{} to {}", call.params.zoobars, call.params.recipient));
            match call.params.zoobars {
                1.. => Ok(Transferred { sender: "anna".into(), balance: 0 }),
                _ => Err(bank_api::Error::BadAmount),
            }
        });
    stand_in::serve(bank_api::IDL, router)
}

fn profile() -> Client {
    let router = Router::new(profile_api::IDL, Arc::new(()))
        .on::<Get, _, _>(async |_, call| Ok(Got { text: format!("the profile of {}", call.params.username) }));
    stand_in::serve(profile_api::IDL, router)
}

fn sandbox(diary: Diary) -> Client {
    let router = Router::new(sandbox_api::IDL, diary).on::<Commit, _, _>(async |diary, call| {
        note(&diary, format!("committed for {}", call.params.owner));
        Ok(Nothing {})
    });
    stand_in::serve(sandbox_api::IDL, router)
}

/// For which the run is over.
fn sandbox_without_this_run() -> Client {
    let router = Router::new(sandbox_api::IDL, Arc::new(()))
        .on::<Commit, _, _>(async |_, _| Err(sandbox_api::Error::Unavailable));
    stand_in::serve(sandbox_api::IDL, router)
}

fn usual() -> Serve {
    Serve { owner: "anna".into(), visitor: "bob".into(), token: Some(token()), seconds: 20, calls: None }
}

/// anna's profile, which bob visits.
struct Guest {
    stream: BufReader<UnixStream>,
    serving: JoinHandle<Result<Served, Error>>,
    diary: Diary,
}

impl Guest {
    fn new() -> Self {
        Self::served(usual())
    }

    fn with(token: Option<Token>, seconds: u32) -> Self {
        Self::served(Serve { token, seconds, ..usual() })
    }

    fn served(serve: Serve) -> Self {
        let diary = Diary::default();
        let services = Services { bank: bank(diary.clone()), profile: profile(), sandbox: sandbox(diary.clone()) };
        Self::of(services, diary, serve)
    }

    fn of(services: Services, diary: Diary, serve: Serve) -> Self {
        let (mine, theirs) = UnixStream::pair().expect("a pair");
        let theirs = OwnedFd::from(theirs.into_std().expect("a socket"));
        let server = ApiServer::new(services, MAX_CALLS);
        let serving = tokio::spawn(async move { server.serve(serve, Some(theirs)).await });
        Self { stream: BufReader::new(mine), serving, diary }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("takes it");
    }

    /// The next reply; `None` at the end of the connection.
    async fn reply(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.unwrap_or(0);
        (read > 0).then(|| serde_json::from_str(&line).expect("JSON"))
    }

    async fn call(&mut self, method: &str, arguments: Value) -> Value {
        self.send(format!("{}\n", json!([method, arguments])).as_bytes()).await;
        self.reply().await.expect("a reply")
    }

    fn diary(&self) -> Vec<String> {
        self.diary.lock().expect("no panic").clone()
    }

    /// The guest's process ends.
    async fn end(self) -> u32 {
        drop(self.stream);
        self.serving.await.expect("no panic").expect("served").api_calls
    }
}

#[tokio::test]
async fn a_guest_learns_who_it_works_for_and_who_looks() {
    let mut guest = Guest::new();
    assert_eq!(guest.call("get_self", json!({})).await, json!({"ok": "anna"}));
    assert_eq!(guest.call("get_visitor", json!({})).await, json!({"ok": "bob"}));
    assert_eq!(guest.end().await, 2);
}

#[tokio::test]
async fn a_guest_learns_what_everybody_may_know() {
    let mut guest = Guest::new();
    let anna = json!({"username": "anna", "profile": "the profile of anna", "zoobars": 10});
    assert_eq!(guest.call("get_user_info", json!({"username": "anna"})).await, json!({"ok": anna}));
    assert_eq!(guest.call("get_user_info", json!({"username": "nobody"})).await, json!({"ok": null}));
    let record = json!({"sender": "bob", "recipient": "anna", "amount": 3, "time": "Sat Nov 21 17:30:13 2026"});
    assert_eq!(guest.call("get_xfers", json!({"username": "anna"})).await, json!({"ok": [record]}));
}

#[tokio::test]
async fn files_are_durable_before_a_transfer() {
    let mut guest = Guest::new();
    assert_eq!(guest.call("xfer", json!({"target": "bob", "zoobars": 1})).await, json!({"ok": null}));
    assert_eq!(guest.diary(), ["committed for anna", "1 to bob"]);
}

#[tokio::test]
async fn what_was_not_committed_is_not_paid_for() {
    let diary = Diary::default();
    let services = Services { bank: bank(diary.clone()), profile: profile(), sandbox: sandbox_without_this_run() };
    let mut guest = Guest::of(services, diary, usual());
    let reply = guest.call("xfer", json!({"target": "bob", "zoobars": 1})).await;
    assert_eq!(reply, json!({"error": "the sandbox cannot answer now"}));
    assert!(guest.diary().is_empty());
}

#[tokio::test]
async fn of_what_a_guest_left_behind_at_its_end_at_most_one_call_is_answered() {
    let pay = format!("{}\n", json!(["xfer", {"target": "bob", "zoobars": 1}]));
    let mut guest = Guest::new();
    guest.send(pay.repeat(3).as_bytes()).await;
    let diary = guest.diary.clone();
    // Its supervisor shuts the connection down on both sides.
    assert_eq!(guest.end().await, 1);
    assert_eq!(*diary.lock().expect("no panic"), ["committed for anna", "1 to bob"]);
    // The control: a guest that waits for its answers.
    let mut guest = Guest::new();
    guest.send(pay.repeat(3).as_bytes()).await;
    for _ in 0..3 {
        assert_eq!(guest.reply().await, Some(json!({"ok": null})));
    }
    assert_eq!(guest.end().await, 3);
}

#[tokio::test]
async fn without_a_grant_nothing_is_transferred() {
    let mut guest = Guest::with(None, 20);
    let reply = guest.call("xfer", json!({"target": "bob", "zoobars": 1})).await;
    let sentence = "this profile may not spend anything: its owner can allow it on his home page";
    assert_eq!(reply, json!({"error": sentence}));
    assert!(guest.diary().is_empty());
    assert_eq!(guest.call("get_self", json!({})).await, json!({"ok": "anna"}), "the rest works");
}

#[tokio::test]
async fn an_amount_is_a_whole_number_and_never_evaluated() {
    let mut guest = Guest::new();
    for amount in
        [json!("1+1"), json!("1"), json!(1.5), json!(1.0), json!(true), json!(null), json!([1]), json!(u64::MAX)]
    {
        let reply = guest.call("xfer", json!({"target": "bob", "zoobars": amount})).await;
        assert_eq!(reply, json!({"error": "xfer takes target, a text, and zoobars, a whole number"}));
    }
    assert!(guest.diary().is_empty());
    let negative = guest.call("xfer", json!({"target": "bob", "zoobars": -5})).await;
    assert_eq!(negative, json!({"error": "zoobars must be a positive whole number"}));
}

#[tokio::test]
async fn wrong_calls_are_answered_and_change_nothing() {
    let mut guest = Guest::new();
    let wrong = [
        ("eval", json!({})),
        ("", json!({})),
        ("get_self", json!({"x": 1})),
        ("get_xfers", json!({})),
        ("get_user_info", json!({"username": 1})),
        ("xfer", json!({"target": "bob", "zoobars": 1, "sender": "carl"})),
        ("xfer", json!({"target": "bob", "zoobars": 1, "token": "x"})),
    ];
    for (method, arguments) in wrong {
        assert!(guest.call(method, arguments).await["error"].is_string(), "{method}");
    }
    assert!(guest.diary().is_empty());
    assert_eq!(guest.call("get_self", json!({})).await, json!({"ok": "anna"}));
}

#[tokio::test]
async fn what_is_no_call_ends_the_connection() {
    let long = vec![b'x'; MAX_LINE];
    for line in [b"GET / HTTP/1.1\n".as_slice(), b"\n", b"{}\n", &long] {
        let mut guest = Guest::new();
        guest.send(line).await;
        assert!(guest.reply().await.expect("a reply")["error"].is_string());
        assert_eq!(guest.reply().await, None);
        assert_eq!(guest.end().await, 0);
    }
}

#[tokio::test]
async fn a_guest_that_ends_in_the_middle_of_a_line_is_gone() {
    let mut guest = Guest::new();
    guest.send(b"[\"get_se").await;
    assert_eq!(guest.end().await, 0);
}

#[tokio::test]
async fn a_run_makes_so_many_calls_and_no_more_and_may_be_given_fewer() {
    let fewer = MAX_CALLS / 2;
    for (asked, given) in [(None, MAX_CALLS), (Some(fewer), fewer), (Some(0), 0), (Some(2 * MAX_CALLS), MAX_CALLS)] {
        let mut guest = Guest::served(Serve { calls: asked, ..usual() });
        for _ in 0..given {
            assert_eq!(guest.call("get_self", json!({})).await, json!({"ok": "anna"}));
        }
        let sentence = format!("a run makes at most {given} calls");
        assert_eq!(guest.call("get_self", json!({})).await, json!({"error": sentence}), "{asked:?}");
        assert_eq!(guest.reply().await, None);
        assert_eq!(guest.end().await, given);
    }
}

#[tokio::test]
async fn a_silent_guest_stays_no_longer_than_its_time() {
    let mut guest = Guest::with(None, 1);
    assert_eq!(guest.reply().await, None);
    assert_eq!(guest.end().await, 0);
}

#[tokio::test]
async fn services_that_are_down_are_sentences() {
    let down = stand_in::down;
    let services = Services { bank: down(), profile: down(), sandbox: down() };
    let mut guest = Guest::of(services, Diary::default(), usual());
    let calls = [
        ("get_xfers", json!({"username": "anna"}), "the bank cannot answer now"),
        ("get_user_info", json!({"username": "anna"}), "the bank cannot answer now"),
        ("xfer", json!({"target": "bob", "zoobars": 1}), "the sandbox cannot answer now"),
    ];
    for (method, arguments, sentence) in calls {
        assert_eq!(guest.call(method, arguments).await, json!({"error": sentence}));
    }
}

#[tokio::test]
async fn a_call_without_a_connection_is_refused() {
    let down = stand_in::down;
    let server = ApiServer::new(Services { bank: down(), profile: down(), sandbox: down() }, MAX_CALLS);
    assert_eq!(server.serve(usual(), None).await, Err(Error::NoDescriptor));
    let (pipe, _other) = rustix::pipe::pipe().expect("a pipe");
    let (packets, _other) = std::os::unix::net::UnixDatagram::pair().expect("a pair");
    let network = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    for other in [pipe, packets.into(), network.into()] {
        assert_eq!(server.serve(usual(), Some(other)).await, Err(Error::NoDescriptor));
    }
}

#[tokio::test(start_paused = true)]
async fn no_guest_stays_longer_than_any_may_whatever_is_asked_for_it() {
    let begun = Instant::now();
    let mut guest = Guest::with(None, u32::MAX);
    assert_eq!(guest.reply().await, None);
    assert_eq!(begun.elapsed().as_secs(), u64::from(MAX_SECONDS), "by the clock of this test");
}

#[tokio::test]
async fn more_runs_than_there_is_room_for_are_turned_away() {
    let down = stand_in::down;
    let services = Services { bank: down(), profile: down(), sandbox: down() };
    let server = Arc::new(ApiServer::new(services, MAX_CALLS));
    let begin = || {
        let (guest, api) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let server = server.clone();
        (guest, tokio::spawn(async move { server.serve(usual(), Some(api.into())).await }))
    };
    let (mut guests, mut served): (Vec<_>, Vec<_>) = (0..MAX_RUNS).map(|_| begin()).unzip();
    while server.places.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let (_guest, turned_away) = begin();
    assert_eq!(turned_away.await.expect("no panic"), Err(Error::Busy));
    drop(guests.pop());
    assert!(served.pop().expect("one of them").await.expect("no panic").is_ok());
    let (guest, another) = begin();
    drop(guest);
    assert!(another.await.expect("no panic").is_ok(), "its place is free again");
}
