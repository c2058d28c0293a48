//! Operations that share a transaction: what they share, and what they do not.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use store::{Failed, Schema, Store, Trouble};
use tokio::task::{JoinHandle, yield_now};

const SCHEMA: Schema = Schema {
    file: "tally.db",
    application: *b"test",
    migrations: &["CREATE TABLE tally (mark INTEGER PRIMARY KEY) STRICT"],
};

type Outcome = Result<(), Failed<&'static str>>;

#[derive(Clone)]
struct Tally {
    directory: Arc<tempfile::TempDir>,
    store: Arc<Store>,
    queued: Arc<AtomicU64>,
}

impl Tally {
    fn open() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = Store::open(directory.path(), &SCHEMA).expect("opens");
        Self { directory: directory.into(), store: store.into(), queued: Arc::default() }
    }

    async fn mark(self, mark: i64) -> Outcome {
        self.queued.fetch_add(1, Ordering::Relaxed);
        let marking = self.store.writer.write(move |db| {
            db.execute("INSERT INTO tally VALUES (?1)", [mark])?;
            if mark < 0 { Err(Failed::Refused("negative")) } else { Ok(()) }
        });
        marking.await
    }

    fn start(&self, mark: i64) -> JoinHandle<Outcome> {
        tokio::spawn(self.clone().mark(mark))
    }

    /// Until so many marks wait for the writing thread, or have been turned away.
    async fn all_queued(&self, many: u64) {
        while self.queued.load(Ordering::Relaxed) < many {
            yield_now().await;
        }
    }

    /// Holds the writing thread up until the sender is dropped.
    async fn gate(&self) -> (mpsc::Sender<()>, JoinHandle<Outcome>) {
        let (open, opened) = mpsc::channel::<()>();
        let store = self.store.clone();
        let held = async move {
            let wait = move |_: &_| {
                // Ends with an error when the sender is dropped.
                let _ = opened.recv();
                Ok(())
            };
            store.writer.write(wait).await
        };
        let held = tokio::spawn(held);
        yield_now().await;
        (open, held)
    }

    fn marks(&self) -> u64 {
        let count: Result<i64, Failed<()>> =
            self.store.reader.read(|db| Ok(db.query_row("SELECT count(*) FROM tally", [], |row| row.get(0))?));
        count.expect("reads").unsigned_abs()
    }

    fn log_size(&self) -> u64 {
        fs::metadata(self.directory.path().join("tally.db-wal")).expect("exists").len()
    }
}

async fn end(started: JoinHandle<Outcome>) -> Outcome {
    started.await.expect("no panic")
}

#[tokio::test]
async fn an_answer_comes_after_the_commit() {
    let tally = Tally::open();
    tally.clone().mark(1).await.expect("marks");
    assert_eq!(tally.marks(), 1);
}

#[tokio::test]
async fn a_refused_operation_leaves_no_trace_and_takes_no_other_with_it() {
    let tally = Tally::open();
    let (gate, held) = tally.gate().await;
    let [before, refused, broken, after] = [1, -1, 1, 2].map(|mark| tally.start(mark));
    tally.all_queued(4).await;
    drop(gate);
    end(held).await.expect("passes");
    end(before).await.expect("marks");
    assert!(matches!(end(refused).await, Err(Failed::Refused("negative"))));
    assert!(matches!(end(broken).await, Err(Failed::Storage(Trouble::Database(_)))), "the same mark twice");
    end(after).await.expect("marks");
    assert_eq!(tally.marks(), 2);
}

#[tokio::test]
async fn operations_that_wait_together_share_one_transaction() {
    let tally = Tally::open();
    tally.clone().mark(0).await.expect("marks");
    let before = tally.log_size();
    let (gate, held) = tally.gate().await;
    let marks: Vec<_> = (1..=7).map(|mark| tally.start(mark)).collect();
    tally.all_queued(8).await;
    drop(gate);
    end(held).await.expect("passes");
    for mark in marks {
        end(mark).await.expect("marks");
    }
    assert_eq!(tally.marks(), 8);
    // The one page that changed was written once.
    assert_eq!((tally.log_size() - before) / 4096, 1);
}

#[tokio::test]
async fn a_transaction_that_is_lost_is_lost_for_all_of_it() {
    let tally = Tally::open();
    let (gate, held) = tally.gate().await;
    let before = tally.start(1);
    tally.all_queued(1).await;
    // SQLite does this by itself when the disk is full.
    let store = tally.store.clone();
    let disaster = tokio::spawn(async move { store.writer.write(|db| Ok(db.execute_batch("ROLLBACK")?)).await });
    let after = tally.start(2);
    tally.all_queued(2).await;
    drop(gate);
    for lost in [held, before, after] {
        assert!(matches!(end(lost).await, Err(Failed::Storage(Trouble::NotCommitted))));
    }
    assert!(end(disaster).await.is_err());
    assert_eq!(tally.marks(), 0);
    tally.clone().mark(3).await.expect("the next transaction is another one");
    assert_eq!(tally.marks(), 1);
}

#[tokio::test]
async fn more_waiting_operations_than_the_queue_holds_are_refused_at_once() {
    let tally = Tally::open();
    let (gate, held) = tally.gate().await;
    let crowd: Vec<_> = (0..2000).map(|mark| tally.start(mark)).collect();
    tally.all_queued(2000).await;
    drop(gate);
    end(held).await.expect("passes");
    let (mut done, mut turned_away) = (0, 0);
    for one in crowd {
        match end(one).await {
            Ok(()) => done += 1,
            Err(Failed::Storage(Trouble::Overloaded)) => turned_away += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    // The gate itself may still have been in the queue.
    assert!(turned_away > 0 && done >= 1023, "{done} done, {turned_away} turned away");
    assert_eq!(tally.marks(), done);
}
