//! Profiles and their runs, with services that stand in.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use auth_api::{BeginRun, Begun, Check, Checked, EndRun, ProgramDigest, RunToken, Token};
use profile_api::api_server::{Serve, Served};
use profile_api::{Error, Get, MAX_TEXT, Run as Past, Runs, Set, Sight, Stored, View};
use rpc::{Client, Nothing, Router};
use sandbox_api::{Ending, Outcome, Ran, Run};
use tempfile::TempDir;

use super::{Callees, Profiles};
use crate::shelf::Shelf;

const PROGRAM: &str = "#!python\r\nprint('hello')\r\n";

/// As it is saved: with both characters at the end of a line.
const UNGRANTED: &str = "#!python\r\n# of another grant\r\n";

/// What the other services were asked for, in order.
type Diary = Arc<Mutex<Vec<String>>>;

fn note(diary: &Diary, entry: String) {
    diary.lock().expect("no panic").push(entry);
}

/// anna's and bob's sessions, and the token of the run of anna's profile.
fn anna() -> Token {
    Token::from_bits(&[1; 32])
}

fn bob() -> Token {
    Token::from_bits(&[2; 32])
}

fn run_token() -> Token {
    Token::from_bits(&[3; 32])
}

/// Only anna lets her profile spend, but not every program.
fn auth(diary: Diary) -> Client {
    let router = Router::new(auth_api::IDL, diary)
        .on::<Check, _, _>(async |_, call| {
            let user = |username: &str, run| Ok(Checked { username: username.into(), run });
            match call.params.token {
                token if token == anna() => user("anna", None),
                token if token == bob() => user("bob", None),
                token if token == run_token() => user("anna", Some(RunToken { run: "r1".into(), cap: 5 })),
                _ => Err(auth_api::Error::InvalidToken),
            }
        })
        .on::<BeginRun, _, _>(async |_, call| {
            let BeginRun { token, owner, program } = call.params;
            let visitor = if token == anna() { "anna" } else { "bob" }.to_owned();
            match token {
                token if token != anna() && token != bob() => Err(auth_api::Error::InvalidToken),
                _ if owner == "anna" && program != ProgramDigest::of(UNGRANTED) => {
                    Ok(Begun { visitor, run: Some(run_token()) })
                }
                _ => Ok(Begun { visitor, run: None }),
            }
        })
        .on::<EndRun, _, _>(async |diary, call| {
            assert!(call.params.token == run_token());
            note(&diary, "end".to_owned());
            Ok(Nothing {})
        });
    stand_in::serve(auth_api::IDL, router)
}

/// Says the owner's and the visitor's name and whether the run may spend, then waits for the end of the connection.
fn api(diary: Diary) -> Client {
    let router = Router::new(profile_api::api_server::IDL, diary).on::<Serve, _, _>(async |diary, call| {
        let Serve { owner, visitor, token, .. } = call.params;
        let may = if token == Some(run_token()) { "may spend" } else { "may not spend" };
        let mut stream = UnixStream::from(call.descriptor.expect("a connection"));
        // A sandbox that refuses the program reads nothing.
        drop(writeln!(stream, "{visitor} looks at {owner}, who {may}"));
        let waited = tokio::task::spawn_blocking(move || BufReader::new(stream).lines().count());
        note(&diary, format!("served {}", waited.await.expect("no panic")));
        Ok(Served { api_calls: 0 })
    });
    stand_in::serve(profile_api::api_server::IDL, router)
}

/// "Runs" a program by printing its code and one line from its connection.
fn sandbox(diary: Diary) -> Client {
    let router = Router::new(sandbox_api::IDL, diary).on::<Run, _, _>(async |diary, call| {
        let Run { owner, code, python, .. } = call.params;
        note(&diary, format!("run for {owner}"));
        if let Some(python) = python {
            note(&diary, format!("on {python}"));
        }
        match code.as_str() {
            "#!python\nbusy" => return Err(sandbox_api::Error::Busy),
            "#!python\nbroken" => return Err(sandbox_api::Error::Unavailable),
            _ => {}
        }
        let mut stream = BufReader::new(UnixStream::from(call.descriptor.expect("a connection")));
        let mut line = String::new();
        let read = tokio::task::spawn_blocking(move || stream.read_line(&mut line).map(|_| line));
        let said = read.await.expect("no panic").expect("reads");
        let flood = if code.contains("flood") { "é".repeat(200_000) } else { String::new() };
        let output = format!("{code}{said}{flood}");
        let remark = code.contains("fail").then(|| "It failed.".to_owned());
        let (errors, denials) = ("Traceback".to_owned(), vec!["open /etc/passwd".to_owned()]);
        let outcome = Outcome {
            ending: Ending::Finished,
            exit_code: Some(0),
            output,
            errors,
            remark,
            denials,
            milliseconds: 7,
            peak_memory: Some(16 << 20),
            files: 3,
            file_bytes: 1234,
        };
        Ok(Ran { outcome })
    });
    stand_in::serve(sandbox_api::IDL, router)
}

struct Site {
    profiles: Profiles,
    diary: Diary,
    _directory: TempDir,
}

impl Site {
    fn new() -> Self {
        let diary = Diary::default();
        let callees = Callees { auth: auth(diary.clone()), api: api(diary.clone()), sandbox: sandbox(diary.clone()) };
        Self::of(callees, diary)
    }

    fn of(callees: Callees, diary: Diary) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let shelf = Shelf::open(directory.path()).expect("opens");
        Self { profiles: Profiles::new(shelf, callees), diary, _directory: directory }
    }

    async fn set(&self, token: Token, text: &str) -> Result<bool, Error> {
        let Stored { executable } = self.profiles.set(Set { token, text: text.to_owned() }).await?;
        Ok(executable)
    }

    fn get(&self, username: &str) -> String {
        self.profiles.get(&Get { username: username.to_owned() }).expect("reads").text
    }

    async fn view(&self, token: Token, username: &str) -> Result<Sight, Error> {
        Ok(self.profiles.view(View { token, username: username.to_owned() }).await?.view)
    }

    /// anna saves a program, bob looks.
    async fn run(&self, program: &str) -> Result<Sight, Error> {
        self.set(anna(), program).await.expect("saves");
        self.view(bob(), "anna").await
    }

    /// The last run, once it is written down.
    async fn last_run(&self) -> Past {
        loop {
            let list = self.profiles.runs(&Runs { token: anna() }).await.expect("reads");
            if let Some(run) = list.runs.into_iter().next() {
                return run;
            }
            tokio::task::yield_now().await;
        }
    }

    /// What was asked of other services, in alphabetical order, as soon as it is so much: a page does not wait until a run's
    /// token is ended and its connection gone.
    async fn diary(&self, entries: usize) -> Vec<String> {
        loop {
            let mut diary = self.diary.lock().expect("no panic").clone();
            if diary.len() >= entries {
                diary.sort();
                return diary;
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn words_are_stored_and_shown_as_they_are() {
    let site = Site::new();
    let words = "I am <b>anna</b>\r\n#!python";
    assert_eq!(site.set(anna(), words).await, Ok(false));
    assert_eq!(site.get("anna"), words);
    assert_eq!(site.view(bob(), "anna").await, Ok(Sight::Text { text: words.to_owned() }));
    assert!(site.diary(0).await.is_empty(), "and nothing is run");
}

#[tokio::test]
async fn a_program_is_told_by_its_first_line() {
    let site = Site::new();
    for program in ["#!python\nx", "#!/python\nx", "#!python3", "#!python"] {
        assert_eq!(site.set(anna(), program).await, Ok(true), "{program}");
    }
    assert_eq!(site.set(anna(), " #!python").await, Ok(false), "only at the very beginning");
}

#[tokio::test]
async fn a_program_is_run_for_whoever_the_token_says() {
    let site = Site::new();
    let sight = site.run(PROGRAM).await;
    let text = "#!python\nprint('hello')\nbob looks at anna, who may spend\n".to_owned();
    assert_eq!(sight, Ok(Sight::Run { text, remark: None }), "and its lines end as Python's do");
    assert_eq!(site.get("anna"), PROGRAM, "though it is kept as it was written");
    assert_eq!(site.diary(3).await, ["end", "run for anna", "served 0"]);
}

#[tokio::test]
async fn a_program_runs_on_the_python_of_its_first_line() {
    let site = Site::new();
    site.run("#!python science\r\nprint(1)\r\n").await.expect("runs");
    assert_eq!(site.diary(4).await, ["end", "on science", "run for anna", "served 0"]);
}

#[tokio::test]
async fn a_program_without_a_grant_runs_without_a_token() {
    let site = Site::new();
    site.set(bob(), "#!python").await.expect("saves");
    let text = "#!pythonanna looks at bob, who may not spend\n".to_owned();
    assert_eq!(site.view(anna(), "bob").await, Ok(Sight::Run { text, remark: None }));
    let text = "#!python\n# of another grant\nbob looks at anna, who may not spend\n".to_owned();
    assert_eq!(site.run(UNGRANTED).await, Ok(Sight::Run { text, remark: None }));
    let diary = site.diary(4).await;
    assert_eq!(diary, ["run for anna", "run for bob", "served 0", "served 0"], "there was nothing to end");
}

#[tokio::test]
async fn a_runs_token_ends_however_the_run_does() {
    let site = Site::new();
    assert_eq!(site.run("#!python\nbusy").await, Err(Error::Busy));
    assert_eq!(site.diary(3).await[0], "end");
    assert_eq!(site.run("#!python\nbroken").await, Err(Error::Unavailable));
    assert_eq!(site.diary(6).await[..2], ["end", "end"]);
}

#[tokio::test]
async fn the_visitor_gets_the_remark_and_the_owner_the_errors() {
    let site = Site::new();
    let Ok(Sight::Run { remark, text }) = site.run("#!python\nfail").await else { panic!("a run") };
    assert_eq!(remark.as_deref(), Some("It failed."));
    assert!(!text.contains("Traceback"));
    let past = site.last_run().await;
    assert_eq!((past.visitor.as_str(), past.outcome.as_str(), past.milliseconds), ("bob", "It failed.", 7));
    assert_eq!(
        (past.errors.as_str(), past.denials.as_slice()),
        ("Traceback", ["open /etc/passwd".to_owned()].as_slice())
    );
    assert_eq!((past.peak_memory, past.files, past.file_bytes), (Some(16 << 20), Some(3), Some(1234)));
    assert_eq!(past.time.len(), "2026-11-21 17:30:13".len());
    assert!(site.profiles.runs(&Runs { token: bob() }).await.expect("reads").runs.is_empty(), "bob has none");
}

#[tokio::test]
async fn a_flood_of_output_is_cut_with_a_word_about_it() {
    let site = Site::new();
    let Ok(Sight::Run { remark, text }) = site.run("#!python\nflood").await else { panic!("a run") };
    assert!(text.len() <= 128 * 1024 && text.starts_with("#!python\nflood"));
    assert_eq!(remark.as_deref(), Some("This profile printed more than is shown."));
}

#[tokio::test]
async fn only_sessions_change_profiles_and_look_at_them() {
    let site = Site::new();
    for kept in ["words", PROGRAM] {
        site.set(anna(), kept).await.expect("saves");
        for wrong in [run_token(), Token::from_bits(&[9; 32])] {
            assert_eq!(site.set(wrong.clone(), "others").await, Err(Error::InvalidToken));
            assert_eq!(site.view(wrong.clone(), "anna").await, Err(Error::InvalidToken));
            assert_eq!(site.profiles.runs(&Runs { token: wrong }).await, Err(Error::InvalidToken));
        }
        assert_eq!(site.get("anna"), kept);
    }
    assert!(site.diary(0).await.is_empty(), "and nothing was run");
}

#[tokio::test]
async fn what_is_too_long_is_not_saved() {
    let site = Site::new();
    site.set(anna(), &"x".repeat(MAX_TEXT)).await.expect("saves");
    assert_eq!(site.set(anna(), &"x".repeat(MAX_TEXT + 1)).await, Err(Error::TooLong { limit: MAX_TEXT }));
    assert_eq!(site.get("anna").len(), MAX_TEXT);
}

#[tokio::test]
async fn who_never_saved_a_profile_has_an_empty_one() {
    let site = Site::new();
    assert_eq!(site.view(bob(), "anna").await, Ok(Sight::Text { text: String::new() }));
}

#[tokio::test]
async fn a_program_that_needs_no_api_runs_without_the_api_server() {
    let diary = Diary::default();
    let callees = Callees { auth: auth(diary.clone()), api: stand_in::down(), sandbox: sandbox(diary.clone()) };
    let site = Site::of(callees, diary);
    let text = "#!python".to_owned();
    assert_eq!(site.run("#!python").await, Ok(Sight::Run { text, remark: None }));
    assert_eq!(site.diary(2).await, ["end", "run for anna"]);
}

#[tokio::test]
async fn services_that_are_down_leave_words_readable_and_nothing_changed() {
    let diary = Diary::default();
    let callees = Callees { auth: auth(diary.clone()), api: stand_in::down(), sandbox: stand_in::down() };
    let site = Site::of(callees, diary);
    assert_eq!(site.run(PROGRAM).await, Err(Error::Unavailable));
    site.set(anna(), "words").await.expect("saves");
    assert!(site.view(bob(), "anna").await.is_ok());
    let callees = Callees { auth: stand_in::down(), api: stand_in::down(), sandbox: stand_in::down() };
    let site = Site::of(callees, Diary::default());
    assert_eq!(site.set(anna(), "words").await, Err(Error::Unavailable));
    assert_eq!(site.get("anna"), "");
}

#[tokio::test]
async fn an_api_server_that_does_not_end_holds_up_no_page_until_it_holds_too_many() {
    let router = Router::new(profile_api::api_server::IDL, Arc::new(()))
        .on::<Serve, _, _>(async |_, _| std::future::pending::<Result<Served, _>>().await);
    let api = stand_in::serve(profile_api::api_server::IDL, router);
    let diary = Diary::default();
    let site = Site::of(Callees { auth: auth(diary.clone()), api, sandbox: sandbox(diary.clone()) }, diary);
    for _ in 0..site.profiles.served.available_permits() {
        assert_eq!(site.run("#!python\nbroken").await, Err(Error::Unavailable));
    }
    assert_eq!(site.run("#!python\nbroken").await, Err(Error::Busy));
}

#[tokio::test]
async fn more_runs_than_there_is_room_for_are_turned_away() {
    let site = Site::new();
    let _taken: Vec<_> = (0..).map_while(|visitor: u32| site.profiles.running.take(&visitor.to_string())).collect();
    assert_eq!(site.run(PROGRAM).await, Err(Error::Busy));
}
