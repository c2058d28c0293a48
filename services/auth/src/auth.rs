//! What the methods share.

use auth_api::{Error, Session, Token};
use bank_api::Open;
use rpc::Client;
use time::OffsetDateTime;

use crate::attempts::Attempts;
use crate::credentials::{Credentials, Failed, State};
use crate::name::Name;
use crate::password::Hasher;
use crate::runs::Runs;
use crate::secret::{Fingerprint, fresh_token};

/// The service's state.
#[derive(Debug)]
pub(crate) struct Auth {
    pub(crate) credentials: Credentials,
    pub(crate) hasher: Hasher,
    pub(crate) attempts: Attempts,
    pub(crate) runs: Runs,
    bank: Client,
}

impl Auth {
    pub(crate) fn new(credentials: Credentials, hasher: Hasher, attempts: Attempts, bank: Client) -> Self {
        Self { credentials, hasher, attempts, runs: Runs::default(), bank }
    }

    /// Lets in who has shown the right password: completes his account, if that was interrupted, starts a session, and
    /// remembers his browser, by a new token if it has shown none that the account knows.
    ///
    /// The bank is asked before anything is written, with no lock held: it calls auth as well. Opening an account twice is
    /// opening it once, so a crash anywhere in between is repaired by the next login.
    pub(crate) async fn admit(&self, name: &Name, state: State, known: Option<Token>) -> Result<Session, Error> {
        if state == State::Opening {
            self.bank.call(&Open { username: name.to_string() }).await.map_err(|why| {
                tracing::warn!(username = %name, %why, "the bank did not open the account; the next login tries again");
                Error::Unavailable
            })?;
        }
        let (token, device) = (fresh_token(), known.unwrap_or_else(fresh_token));
        let beginning =
            self.credentials.begin_session(name.clone(), Fingerprint::of(&token), Fingerprint::of(&device), now());
        beginning.await.map_err(answer)?;
        Ok(Session { username: name.to_string(), token, device })
    }
}

/// What a caller hears when storage failed.
pub(crate) fn answer(failed: Failed) -> Error {
    failed.or_answer(Error::Unavailable)
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

#[cfg(test)]
mod tests;
