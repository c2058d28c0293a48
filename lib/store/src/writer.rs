//! Group commit: operations that wait at the same time share one transaction, and so one fsync.
//!
//! Each operation has a savepoint of its own, so that a refused one leaves no trace and takes no other with it. Nobody gets
//! an answer before the transaction is on the disk.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::{Failed, Trouble};

/// Most operations that wait; one more is refused at once.
const QUEUE: usize = 1024;
/// Most operations in one transaction, so that the first of them does not wait for long.
const BATCH: usize = 64;

/// The thread that owns the writing connection. Dropping the value ends it, after what is queued.
#[derive(Debug)]
pub struct Writer {
    queue: SyncSender<Operation>,
}

/// Does its work inside a transaction, and leaves what to say when the transaction's fate is known.
type Operation = Box<dyn FnOnce(&mut rusqlite::Transaction<'_>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Fate)>;

#[derive(Clone, Copy)]
enum Fate {
    Committed,
    Lost,
}

impl Writer {
    pub(crate) fn start(connection: Connection, name: &str) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || run(connection, &waiting))?;
        Ok(Self { queue })
    }

    /// Runs `operation` in a transaction and answers once it is durable. If it fails, it has not happened.
    ///
    /// An operation that is queued happens, even if nobody waits for its answer any more.
    pub async fn write<T, R>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, Failed<R>> + Send + 'static,
    ) -> Result<T, Failed<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let queued = self.queue.try_send(Box::new(move |transaction| {
            let outcome = in_savepoint(transaction, operation);
            Box::new(move |fate| {
                let outcome = match fate {
                    Fate::Committed => outcome,
                    // What was refused stays refused.
                    Fate::Lost => outcome.and(Err(Trouble::NotCommitted.into())),
                };
                // The one who asked may have gone.
                let _ = answer.send(outcome);
            })
        }));
        queued.map_err(|why| match why {
            TrySendError::Full(_) => Trouble::Overloaded,
            TrySendError::Disconnected(_) => Trouble::Stopped,
        })?;
        // Dropped without an answer when not even the transaction could be begun.
        answered.await.map_err(|_| Trouble::NotCommitted)?
    }
}

fn in_savepoint<T, R>(
    transaction: &mut rusqlite::Transaction<'_>,
    operation: impl FnOnce(&Connection) -> Result<T, Failed<R>>,
) -> Result<T, Failed<R>> {
    // On a full disk or a read error SQLite rolls back the whole transaction by itself. A savepoint would then begin, and
    // its release commit, a transaction of its own.
    if transaction.is_autocommit() {
        return Err(Trouble::NotCommitted.into());
    }
    // Rolled back when dropped.
    let savepoint = transaction.savepoint()?;
    let value = operation(&savepoint)?;
    savepoint.commit()?;
    Ok(value)
}

fn run(mut connection: Connection, waiting: &Receiver<Operation>) {
    let _end = EndWithThisThread;
    while let Ok(first) = waiting.recv() {
        let batch = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1));
        commit_together(&mut connection, batch);
    }
}

fn commit_together(connection: &mut Connection, batch: impl Iterator<Item = Operation>) {
    let mut answers: Vec<Answer> = Vec::new();
    let outcome = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|mut transaction| {
        answers.extend(batch.map(|operation| operation(&mut transaction)));
        transaction.commit()
    });
    let fate = match outcome {
        Ok(()) => Fate::Committed,
        Err(why) => {
            tracing::error!(%why, operations = answers.len(), "a transaction was lost");
            Fate::Lost
        }
    };
    for answer in answers {
        answer(fate);
    }
}

/// A service that cannot write any more is of no use to anybody: if an operation panics, the process ends, and its launcher
/// starts it again with what is on the disk.
struct EndWithThisThread;

impl Drop for EndWithThisThread {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}
