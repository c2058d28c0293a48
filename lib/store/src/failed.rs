//! Why an operation did not happen: because the service refused, or because storage is in trouble.

/// An operation that did not happen. `R` is the service's own refusal.
#[derive(Debug, thiserror::Error)]
pub enum Failed<R> {
    /// By the service's own rules.
    #[error("{0}")]
    Refused(R),
    /// By storage.
    #[error(transparent)]
    Storage(#[from] Trouble),
}

/// What can be the matter with storage. Nothing of the operation has happened.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// SQLite's own error.
    #[error("the database refused")]
    Database(#[from] rusqlite::Error),
    /// Another operation of the same transaction took all of them with it, or their commit failed.
    #[error("the transaction could not be committed")]
    NotCommitted,
    /// More operations are waiting than the queue holds.
    #[error("too many operations are waiting")]
    Overloaded,
    /// The writing thread has ended, as it does when the process ends.
    #[error("the writer has stopped")]
    Stopped,
}

impl<R> From<rusqlite::Error> for Failed<R> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl<R> Failed<R> {
    /// The refusal to answer with; trouble goes to the log, and the caller hears `unavailable`.
    pub fn or_answer(self, unavailable: R) -> R {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Storage(trouble) => {
                let cause = std::error::Error::source(&trouble).map(ToString::to_string);
                tracing::error!(%trouble, cause, "storage failed");
                unavailable
            }
        }
    }
}
