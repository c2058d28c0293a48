//! From a registration to a run token, with a bank that stands in, and one that is down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use auth_api::{
    Allowance, BeginRun, Check, EndRun, Error, GetGrant, Grant, Login, Logout, MAX_CAP, Password, ProgramDigest,
    Register, Session, Token,
};
use bank_api::Open;
use rpc::{Client, Nothing, Router};
use tempfile::TempDir;

use super::Auth;
use crate::attempts::{Attempts, InARow};
use crate::credentials::Credentials;
use crate::password::Hasher;

const PROGRAM: &str = "#!python\n";

/// A site with its bank, which counts the accounts it opens.
struct Site {
    auth: Auth,
    opened: Arc<AtomicU32>,
    directory: TempDir,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let opened = Arc::new(AtomicU32::new(0));
        Self { auth: auth(&directory, bank(opened.clone())), opened, directory }
    }

    /// Auth ends and starts again, with another bank.
    fn restarted_with(self, bank: Client) -> Self {
        let Self { auth: old, opened, directory } = self;
        drop(old);
        Self { auth: auth(&directory, bank), opened, directory }
    }

    async fn register(&self, username: &str, password: &str) -> Result<Session, Error> {
        let (username, address) = (username.to_owned(), "192.0.2.1".to_owned());
        self.auth.register(Register { username, password: Password(password.to_owned()), address }).await
    }

    async fn login(&self, username: &str, password: &str) -> Result<Session, Error> {
        self.login_by(None, username, password).await
    }

    /// A login from a browser with a token.
    async fn login_by(&self, device: Option<&Token>, username: &str, password: &str) -> Result<Session, Error> {
        let (username, address) = (username.to_owned(), "192.0.2.1".to_owned());
        let login = Login { username, password: Password(password.to_owned()), address, device: device.cloned() };
        self.auth.login(login).await
    }

    async fn anna(&self) -> Token {
        self.register("anna", "secret").await.expect("registers").token
    }

    async fn grant(&self, token: &Token, cap: u64) -> Result<Nothing, Error> {
        self.grant_to(PROGRAM, token, cap).await
    }

    async fn grant_to(&self, text: &str, token: &Token, cap: u64) -> Result<Nothing, Error> {
        self.auth.grant(Grant { token: token.clone(), cap, program: ProgramDigest::of(text) }).await
    }

    /// The token of a run of anna's profile.
    fn run_token(&self, visitor: &Token) -> Token {
        self.begin_run(visitor).expect("begins").expect("a grant")
    }

    /// Somebody looks at anna's profile.
    fn begin_run(&self, token: &Token) -> Result<Option<Token>, Error> {
        self.begin_run_of(PROGRAM, token, "anna")
    }

    fn begin_run_of(&self, text: &str, token: &Token, owner: &str) -> Result<Option<Token>, Error> {
        let (token, owner) = (token.clone(), owner.to_owned());
        Ok(self.auth.begin_run(BeginRun { token, owner, program: ProgramDigest::of(text) })?.run)
    }

    fn user(&self, token: &Token) -> Result<String, Error> {
        Ok(self.auth.check(&Check { token: token.clone() })?.session().expect("a session's token"))
    }

    /// What a run's token allows.
    fn cap(&self, token: &Token) -> Result<(String, u64), Error> {
        let checked = self.auth.check(&Check { token: token.clone() })?;
        Ok((checked.username, checked.run.expect("a run's token").cap))
    }

    fn opened(&self) -> u32 {
        self.opened.load(Ordering::Relaxed)
    }
}

fn auth(directory: &TempDir, bank: Client) -> Auth {
    let credentials = Credentials::open(directory.path()).expect("opens");
    Auth::new(
        credentials,
        Hasher::new(2),
        Attempts::new(InARow { per_place: 3, per_account: 6, per_address: 50 }),
        bank,
    )
}

fn bank(opened: Arc<AtomicU32>) -> Client {
    let router = Router::new(bank_api::IDL, opened).on::<Open, _, _>(async |opened, _| {
        opened.fetch_add(1, Ordering::Relaxed);
        Ok(Nothing {})
    });
    stand_in::serve(bank_api::IDL, router)
}

#[tokio::test]
async fn who_registers_is_let_in_and_has_an_account() {
    let site = Site::new();
    let session = site.register("anna", "secret").await.expect("registers");
    assert_eq!(session.username, "anna");
    assert_eq!(site.user(&session.token).as_deref(), Ok("anna"));
    assert_eq!(site.opened(), 1);
}

#[tokio::test]
async fn a_name_is_given_once() {
    let site = Site::new();
    let anna = site.anna().await;
    assert_eq!(site.register("anna", "other").await.map(drop), Err(Error::UsernameTaken));
    assert_eq!(site.register("anna", "secret").await.map(drop), Err(Error::UsernameTaken), "a login is another form");
    assert_eq!(site.user(&anna).as_deref(), Ok("anna"), "her session lasts");
    assert!(site.login("anna", "secret").await.is_ok(), "her password is still hers");
}

#[tokio::test]
async fn two_that_register_one_name_at_a_time_are_one_user() {
    let site = Site::new();
    let (first, second) = tokio::join!(site.register("anna", "first"), site.register("anna", "second"));
    assert_eq!(u32::from(first.is_ok()) + u32::from(second.is_ok()), 1);
}

#[tokio::test]
async fn a_name_written_two_ways_is_one_user() {
    let site = Site::new();
    let session = site.register("Zoe\u{301}", "secret").await.expect("registers");
    assert_eq!(session.username, "Zo\u{e9}");
    assert_eq!(site.register("Zo\u{e9}", "other").await.map(drop), Err(Error::UsernameTaken));
    assert_eq!(site.login("Zoe\u{301}", "secret").await.expect("logs in").username, "Zo\u{e9}");
}

#[tokio::test]
async fn names_and_passwords_that_break_the_rules_are_refused_in_words() {
    let site = Site::new();
    assert!(matches!(site.register(" anna", "p").await, Err(Error::BadUsername { .. })));
    assert!(matches!(site.register("anna", "").await, Err(Error::BadPassword { .. })));
    assert!(matches!(site.register("anna", &"x".repeat(1 << 20)).await, Err(Error::BadPassword { .. })));
    assert_eq!(site.opened(), 0);
    site.register("anna", &"x".repeat(4096)).await.expect("the longest password");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let site = Site::new();
    site.anna().await;
    for (name, password) in [("anna", "wrong"), ("anna", ""), ("nobody", "secret"), ("", "secret"), ("Anna", "secret")]
    {
        assert_eq!(site.login(name, password).await.map(drop), Err(Error::InvalidCredentials), "{name:?}");
    }
    let huge = site.login("anna", &"x".repeat(1 << 20)).await;
    assert_eq!(huge.map(drop), Err(Error::InvalidCredentials));
}

#[tokio::test]
async fn guessing_stops_even_the_right_password_for_a_while() {
    let site = Site::new();
    site.anna().await;
    for guess in ["1", "2", "3"] {
        assert_eq!(site.login("anna", guess).await.map(drop), Err(Error::InvalidCredentials));
    }
    assert!(matches!(site.login("anna", "secret").await, Err(Error::TooManyAttempts { .. })));
    assert!(site.register("bob", "secret").await.is_ok(), "others are not held up");
}

#[tokio::test]
async fn a_password_that_nobody_had_time_to_look_at_is_no_guess() {
    let site = Site::new();
    site.anna().await;
    let crowd = site.auth.hasher.crowd();
    for _ in 0..10 {
        assert_eq!(site.login("anna", "secret").await.map(drop), Err(Error::Unavailable));
    }
    drop(crowd);
    assert!(site.login("anna", "secret").await.is_ok());
}

#[tokio::test]
async fn guessing_does_not_lock_out_a_browser_that_the_account_knows() {
    let site = Site::new();
    let mine = site.register("anna", "secret").await.expect("registers").device;
    let bobs = site.register("bob", "secret").await.expect("registers").device;
    for guess in ["1", "2", "3"] {
        assert_eq!(site.login("anna", guess).await.map(drop), Err(Error::InvalidCredentials));
    }
    let unknown = Token::from_bits(&[7; 32]);
    for device in [None, Some(&unknown), Some(&bobs)] {
        let refused = site.login_by(device, "anna", "secret").await.map(drop);
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{device:?} is no browser of hers");
    }
    let session = site.login_by(Some(&mine), "anna", "secret").await.expect("logs in");
    assert_eq!(session.device, mine, "it stays known");
    for guess in ["1", "2", "3"] {
        assert_eq!(site.login_by(Some(&mine), "anna", guess).await.map(drop), Err(Error::InvalidCredentials));
    }
    let refused = site.login_by(Some(&mine), "anna", "secret").await.map(drop);
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "whoever steals it cannot guess on either");
}

#[tokio::test]
async fn what_a_browser_is_known_by_survives_a_restart_and_opens_nothing() {
    let site = Site::new();
    let mine = site.register("anna", "secret").await.expect("registers").device;
    assert_eq!(site.user(&mine), Err(Error::InvalidToken));
    let site = site.restarted_with(stand_in::down());
    let next = site.login("anna", "secret").await.expect("logs in").device;
    assert_ne!(next, mine, "another browser");
    for device in [&mine, &next] {
        assert_eq!(&site.login_by(Some(device), "anna", "secret").await.expect("logs in").device, device);
    }
}

#[tokio::test]
async fn logins_are_sessions_of_their_own() {
    let site = Site::new();
    let first = site.anna().await;
    let second = site.login("anna", "secret").await.expect("logs in").token;
    assert_ne!(first, second);
    site.auth.logout(&Logout { token: first.clone() }).await.expect("logs out");
    site.auth.logout(&Logout { token: first.clone() }).await.expect("again is no error");
    assert_eq!(site.user(&first), Err(Error::InvalidToken));
    assert_eq!(site.user(&second).as_deref(), Ok("anna"));
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let site = Site::new();
    let anna = site.anna().await;
    let site = site.restarted_with(stand_in::down());
    assert_eq!(site.user(&anna).as_deref(), Ok("anna"));
    assert!(site.login("anna", "secret").await.is_ok(), "the bank is needed once only");
}

#[tokio::test]
async fn an_account_that_the_bank_missed_is_completed_by_the_next_login() {
    let site = Site::new().restarted_with(stand_in::down());
    assert_eq!(site.register("anna", "secret").await.map(drop), Err(Error::Unavailable));
    assert_eq!(site.login("anna", "secret").await.map(drop), Err(Error::Unavailable), "no session without an account");
    let opened = site.opened.clone();
    let site = site.restarted_with(bank(opened));
    assert_eq!(site.login("anna", "wrong").await.map(drop), Err(Error::InvalidCredentials));
    assert_eq!(site.opened(), 0, "a wrong password completes nothing");
    site.login("anna", "secret").await.expect("logs in");
    site.login("anna", "secret").await.expect("logs in");
    assert_eq!(site.opened(), 1);
}

#[tokio::test]
async fn an_account_that_the_bank_missed_is_completed_by_the_same_registration() {
    let site = Site::new().restarted_with(stand_in::down());
    assert_eq!(site.register("anna", "secret").await.map(drop), Err(Error::Unavailable));
    let opened = site.opened.clone();
    let site = site.restarted_with(bank(opened));
    assert_eq!(site.register("anna", "other").await.map(drop), Err(Error::UsernameTaken));
    site.register("anna", "secret").await.expect("registers");
    assert_eq!(site.opened(), 1);
}

#[tokio::test]
async fn a_profile_without_a_grant_gets_no_token() {
    let site = Site::new();
    let anna = site.anna().await;
    assert!(site.begin_run(&anna).expect("begins").is_none());
    assert!(site.begin_run_of(PROGRAM, &anna, "nobody").expect("begins").is_none());
    site.grant(&anna, 5).await.expect("grants");
    let run = site.run_token(&anna);
    assert_eq!(site.cap(&run), Ok(("anna".to_owned(), 5)));
    site.grant(&anna, 0).await.expect("takes back");
    assert!(site.begin_run(&anna).expect("begins").is_none());
    assert_eq!(site.cap(&run), Err(Error::InvalidToken), "a run under way loses its grant too");
}

#[tokio::test]
async fn a_run_has_a_visitor_who_is_logged_in() {
    let site = Site::new();
    let anna = site.anna().await;
    site.grant(&anna, 5).await.expect("grants");
    let bob = site.register("bob", "secret").await.expect("registers").token;
    let look = |token: &Token| {
        let (token, owner) = (token.clone(), "anna".to_owned());
        site.auth.begin_run(BeginRun { token, owner, program: ProgramDigest::of(PROGRAM) })
    };
    let begun = look(&bob).expect("begins");
    assert_eq!(begun.visitor, "bob");
    let run = begun.run.expect("a grant");
    assert_eq!(site.cap(&run), Ok(("anna".to_owned(), 5)), "but it is his whose profile it is");
    site.auth.logout(&Logout { token: bob.clone() }).await.expect("logs out");
    assert_eq!(look(&bob).map(drop), Err(Error::InvalidToken));
    assert_eq!(look(&Token::from_bits(&[9; 32])).map(drop), Err(Error::InvalidToken));
}

#[tokio::test]
async fn a_grant_is_for_one_program() {
    let site = Site::new();
    let anna = site.anna().await;
    site.grant(&anna, 5).await.expect("grants");
    let run = site.run_token(&anna);
    assert!(site.begin_run_of("#!python\nother", &anna, "anna").expect("begins").is_none());
    site.grant_to("#!python\nother", &anna, 7).await.expect("grants");
    assert_eq!(site.cap(&run), Err(Error::InvalidToken), "a run under way does not get the next program's");
    assert!(site.begin_run(&anna).expect("begins").is_none());
    let other = site.begin_run_of("#!python\nother", &anna, "anna").expect("begins").expect("a token");
    assert_eq!(site.cap(&other), Ok(("anna".to_owned(), 7)));
}

#[tokio::test]
async fn a_run_under_way_sees_a_changed_cap() {
    let site = Site::new();
    let anna = site.anna().await;
    site.grant(&anna, 5).await.expect("grants");
    let run = site.run_token(&anna);
    site.grant(&anna, 2).await.expect("grants");
    assert_eq!(site.cap(&run), Ok(("anna".to_owned(), 2)));
    let grant = Allowance { cap: 2, program: ProgramDigest::of(PROGRAM) };
    assert_eq!(site.auth.get_grant(&GetGrant { token: anna }).expect("says").grant, Some(grant));
}

#[tokio::test]
async fn a_run_token_is_no_session() {
    let site = Site::new();
    let anna = site.anna().await;
    site.grant(&anna, 5).await.expect("grants");
    let run = site.run_token(&anna);
    assert_eq!(site.begin_run(&run).map(drop), Err(Error::InvalidToken), "it visits nobody");
    assert_eq!(site.grant(&run, 1000).await, Err(Error::InvalidToken), "it cannot raise its own cap");
    assert_eq!(site.auth.get_grant(&GetGrant { token: run.clone() }), Err(Error::InvalidToken));
    let checked = site.auth.check(&Check { token: run }).expect("a run's token");
    assert_eq!(checked.session(), None);
}

#[tokio::test]
async fn a_run_token_ends_with_its_run_and_with_this_process() {
    let site = Site::new();
    let anna = site.anna().await;
    site.grant(&anna, 5).await.expect("grants");
    let (ended, other) = (site.run_token(&anna), site.run_token(&anna));
    site.auth.end_run(&EndRun { token: ended.clone() }).expect("ends");
    assert_eq!(site.cap(&ended), Err(Error::InvalidToken));
    assert!(site.cap(&other).is_ok());
    let site = site.restarted_with(stand_in::down());
    assert_eq!(site.cap(&other), Err(Error::InvalidToken));
    assert!(site.begin_run(&anna).expect("begins").is_some(), "the grant lasts");
}

#[tokio::test]
async fn a_cap_is_bounded() {
    let site = Site::new();
    let anna = site.anna().await;
    assert_eq!(site.grant(&anna, MAX_CAP + 1).await, Err(Error::BadCap { limit: MAX_CAP }));
    assert!(site.grant(&anna, MAX_CAP).await.is_ok());
    assert_eq!(site.grant(&Token::from_bits(&[7; 32]), 5).await, Err(Error::InvalidToken));
}

#[tokio::test]
async fn neither_passwords_nor_tokens_are_on_the_disk() {
    let site = Site::new();
    let anna = site.register("anna", "correct horse battery").await.expect("registers");
    for file in std::fs::read_dir(site.directory.path()).expect("lists") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("reads");
        let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!holds(b"correct horse"));
        assert!(![&anna.token, &anna.device].into_iter().any(|token| holds(token.expose().as_bytes())));
    }
}
