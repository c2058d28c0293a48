//! The ledger's rules, and that nobody changes the past unseen.

use std::sync::Arc;

use bank_api::{Error, INITIAL_BALANCE, Verified};
use rusqlite::Connection;
use tempfile::TempDir;

use super::transfer::Booked;
use super::{Failed, Ledger, Order, RunLimit};
use crate::amount::Amount;

const MORNING: i64 = 1_795_251_600;
const DAY: i64 = 86_400;

struct Books {
    directory: TempDir,
    ledger: Ledger,
}

impl Books {
    async fn of(users: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let ledger = Ledger::open(directory.path()).expect("opens");
        for user in users {
            ledger.open_account((*user).to_owned()).await.expect("opens an account");
        }
        Self { directory, ledger }
    }

    async fn send(&self, sender: &str, recipient: &str, zoobars: i64) -> Result<Booked, Error> {
        self.book(order(sender, recipient, zoobars)).await
    }

    /// By a run of the sender's profile.
    async fn run(&self, sender: &str, recipient: &str, zoobars: i64, cap: u64, time: i64) -> Result<Booked, Error> {
        let run = Some(RunLimit { run: format!("run-{time}"), cap });
        self.book(Order { run, time, ..order(sender, recipient, zoobars) }).await
    }

    async fn book(&self, order: Order) -> Result<Booked, Error> {
        self.ledger.transfer(order).await.map_err(refusal)
    }

    fn balances<const N: usize>(&self, users: [&str; N]) -> [u64; N] {
        users.map(|user| self.ledger.balance(user).expect("has an account"))
    }

    async fn verify(&self) -> Result<Verified, Error> {
        self.ledger.verify().await.map_err(refusal)
    }

    /// What an intruder with the file does.
    fn tamper(&self, sql: &str) {
        let db = Connection::open(self.directory.path().join("bank.db")).expect("opens");
        db.execute_batch(&format!("PRAGMA foreign_keys = off; PRAGMA ignore_check_constraints = on; {sql}"))
            .expect("tampers");
    }
}

fn order(sender: &str, recipient: &str, zoobars: i64) -> Order {
    let amount = Amount::new(zoobars).expect("an amount");
    Order { sender: sender.into(), recipient: recipient.into(), amount, run: None, time: MORNING }
}

fn refusal(failed: Failed) -> Error {
    match failed {
        Failed::Refused(error) => error,
        Failed::Storage(trouble) => panic!("{trouble:?}"),
    }
}

#[tokio::test]
async fn an_account_opens_once_with_ten_zoobars() {
    let books = Books::of(&["anna", "bob"]).await;
    books.send("anna", "bob", 4).await.expect("sent");
    books.ledger.open_account("anna".into()).await.expect("no error");
    assert_eq!(books.balances(["anna", "bob"]), [6, 14]);
}

#[tokio::test]
async fn a_transfer_changes_both_sides_and_the_log() {
    let books = Books::of(&["anna", "bob"]).await;
    let booked = books.send("anna", "bob", 3).await.expect("sent");
    assert_eq!((booked.balance, booked.row), (7, 1));
    assert_eq!(books.balances(["anna", "bob"]), [7, 13]);
    let log = books.ledger.log("bob", 10).expect("reads");
    let [row] = log.as_slice() else { panic!("one row: {log:?}") };
    assert_eq!((row.sender.as_str(), row.recipient.as_str(), row.amount), ("anna", "bob", 3));
    assert_eq!(row.time, "Sat Nov 21 09:00:00 2026");
}

#[tokio::test]
async fn refused_transfers_change_nothing() {
    let books = Books::of(&["anna", "bob"]).await;
    let unknown = |name: &str| Err(Error::NoSuchAccount { username: name.into() });
    assert_eq!(books.send("anna", "nobody", 1).await, unknown("nobody"));
    assert_eq!(books.send("nobody", "anna", 1).await, unknown("nobody"));
    assert_eq!(books.send("anna", "Bob", 1).await, unknown("Bob"));
    assert_eq!(books.send("anna", "anna", 1).await, Err(Error::ToOneself));
    assert_eq!(books.send("anna", "bob", 11).await, Err(Error::NotEnough { balance: 10 }));
    assert_eq!(books.send("anna", "bob", (1 << 53) - 1).await, Err(Error::NotEnough { balance: 10 }));
    assert_eq!(books.balances(["anna", "bob"]), [10, 10]);
    assert_eq!(books.verify().await.expect("holds").rows, 0);
    books.send("anna", "bob", 10).await.expect("the whole balance may go");
}

#[tokio::test]
async fn all_runs_of_a_day_share_one_cap() {
    let books = Books::of(&["anna", "bob"]).await;
    books.run("anna", "bob", 2, 3, MORNING).await.expect("within the cap");
    let over = Err(Error::CapReached { cap: 3, spent_today: 2 });
    assert_eq!(books.run("anna", "bob", 2, 3, MORNING + 1).await, over, "another run, the same day");
    books.run("anna", "bob", 1, 3, MORNING + 2).await.expect("up to the cap");
    books.send("anna", "bob", 1).await.expect("the owner himself has no cap");
    books.run("bob", "anna", 3, 3, MORNING + 3).await.expect("and neither is it another owner's");
    let last_second = MORNING - MORNING % DAY + DAY - 1;
    assert!(books.run("anna", "bob", 1, 3, last_second).await.is_err(), "still the same day");
    books.run("anna", "bob", 3, 3, last_second + 1).await.expect("a new day");
    assert_eq!(books.balances(["anna", "bob"]), [6, 14]);
}

#[tokio::test]
async fn a_cap_of_nothing_allows_nothing_and_a_huge_one_does_not_overflow() {
    let books = Books::of(&["anna", "bob"]).await;
    assert_eq!(books.run("anna", "bob", 1, 0, MORNING).await, Err(Error::CapReached { cap: 0, spent_today: 0 }));
    books.run("anna", "bob", 1, u64::MAX, MORNING).await.expect("within the cap");
}

#[tokio::test]
async fn the_log_keeps_the_newest_and_shows_them_oldest_first() {
    let books = Books::of(&["anna", "bob", "carl"]).await;
    for (sender, recipient) in [("anna", "bob"), ("bob", "carl"), ("carl", "anna"), ("bob", "anna"), ("anna", "carl")] {
        books.send(sender, recipient, 1).await.expect("sent");
    }
    let ids = |user, limit| books.ledger.log(user, limit).expect("reads").iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids("anna", 10), [1, 3, 4, 5]);
    assert_eq!(ids("anna", 2), [4, 5]);
    assert_eq!(ids("bob", u32::MAX), [1, 2, 4]);
    assert!(ids("anna", 0).is_empty() && ids("nobody", 10).is_empty());
}

#[tokio::test]
async fn a_changed_past_is_found() {
    let attacks = [
        ("UPDATE transfer SET amount = 1 WHERE id = 2", 2),
        ("UPDATE transfer SET sender = 'carl' WHERE id = 1", 1),
        ("UPDATE transfer SET time = time + 1 WHERE id = 3", 3),
        ("UPDATE transfer SET run = 'r' WHERE id = 3", 3),
        ("UPDATE transfer SET amount = -2 WHERE id = 2", 2),
        ("UPDATE transfer SET link = zeroblob(32) WHERE id = 3", 3),
        ("DELETE FROM transfer WHERE id = 1", 1),
        ("DELETE FROM transfer WHERE id = 2", 2),
        ("INSERT INTO transfer SELECT 4, time, sender, recipient, amount, run, link FROM transfer WHERE id = 3", 4),
    ];
    for (attack, row) in attacks {
        let books = Books::of(&["anna", "bob", "carl"]).await;
        for _ in 0..3 {
            books.send("anna", "bob", 2).await.expect("sent");
        }
        books.verify().await.expect("holds before");
        books.tamper(attack);
        assert_eq!(books.verify().await, Err(Error::ChainBroken { row }), "{attack}");
    }
}

#[tokio::test]
async fn a_balance_that_does_not_follow_from_the_log_is_found() {
    let attacks = [
        // The sum of all balances stays right.
        (
            "UPDATE account SET zoobars = zoobars + 5 WHERE username = 'bob';
          UPDATE account SET zoobars = zoobars - 5 WHERE username = 'anna'",
            "anna",
        ),
        ("INSERT INTO account VALUES ('mint', 1000)", "mint"),
        // The newest row can be taken off the chain, but not out of the balances.
        ("DELETE FROM transfer WHERE id = 1", "anna"),
    ];
    for (attack, wrong) in attacks {
        let books = Books::of(&["anna", "bob"]).await;
        books.send("anna", "bob", 2).await.expect("sent");
        books.tamper(attack);
        let found = books.verify().await;
        assert_eq!(found, Err(Error::BalanceWrong { username: wrong.into() }), "{attack}");
    }
}

#[tokio::test]
async fn transfers_at_the_same_time_keep_the_sum_and_the_chain() {
    const USERS: [&str; 4] = ["anna", "bob", "carl", "dora"];
    let books = Arc::new(Books::of(&USERS).await);
    let tasks: Vec<_> = (0..32)
        .map(|task: usize| {
            let books = books.clone();
            tokio::spawn(async move {
                let mut random = Random(task as u64 + 1);
                let mut sent = 0;
                for _ in 0..25 {
                    let (from, to) = (random.below(4), random.below(4));
                    let amount = i64::try_from(random.below(8)).expect("small") + 1;
                    sent += u64::from(books.send(USERS[from], USERS[to], amount).await.is_ok());
                }
                sent
            })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += task.await.expect("no panic");
    }
    let verified = books.verify().await.expect("holds");
    assert_eq!((verified.rows, verified.accounts, verified.total), (sent, 4, 4 * INITIAL_BALANCE));
    assert!(sent > 0);
}

#[tokio::test]
async fn whatever_is_tried_no_zoobar_is_made_or_lost() {
    const USERS: [&str; 5] = ["anna", "bob", "carl", "名前", "nobody"];
    for seed in 1..=5 {
        let books = Books::of(&USERS[..4]).await;
        let mut random = Random(seed);
        for step in 0..100 {
            let amount = [1, 2, 7, 10, 25, (1 << 53) - 1][random.below(6)];
            let (from, to) = (USERS[random.below(5)], USERS[random.below(5)]);
            let time = MORNING + step * DAY / 10;
            // Refused or not: the books must agree.
            let _ = match random.below(3) {
                0 => books.run(from, to, amount, 5, time).await,
                _ => books.book(Order { time, ..order(from, to, amount) }).await,
            };
        }
        let verified = books.verify().await.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert_eq!(verified.total, 4 * INITIAL_BALANCE, "seed {seed}");
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_restart() {
    let books = Books::of(&["anna", "bob"]).await;
    let booked = books.send("anna", "bob", 3).await.expect("sent");
    let Books { directory, ledger } = books;
    drop(ledger);
    let ledger = Ledger::open(directory.path()).expect("opens again");
    let verified = ledger.verify().await.map_err(refusal).expect("holds");
    assert_eq!((verified.rows, verified.head), (1, booked.head.to_string()));
}

/// xorshift64: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("below a usize")
    }
}
