//! What the methods share, and the two that only look up.

use std::sync::Arc;

use auth_api::{Check, Token};
use profile_api::{Error, Get, Got, RunList, Runs};
use rpc::{CallError, Client};
use tokio::sync::Semaphore;

use crate::places::Places;
use crate::shelf::{Failed, Shelf};

/// Whom this service calls.
#[derive(Debug)]
pub(crate) struct Callees {
    pub(crate) auth: Client,
    pub(crate) api: Client,
    pub(crate) sandbox: Client,
}

/// The service's state.
#[derive(Debug)]
pub(crate) struct Profiles {
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) callees: Callees,
    pub(crate) running: Places,
    pub(crate) served: Arc<Semaphore>,
}

/// Most conversations of programs with the API server, those included whose program has just ended. As many as it holds.
const SERVED: usize = 64;

impl Profiles {
    pub(crate) fn new(shelf: Shelf, callees: Callees) -> Self {
        Self { shelf: Arc::new(shelf), callees, running: Places::default(), served: Arc::new(Semaphore::new(SERVED)) }
    }

    pub(crate) fn get(&self, of: &Get) -> Result<Got, Error> {
        Ok(Got { text: self.shelf.text(&of.username).map_err(answer)? })
    }

    pub(crate) async fn runs(&self, of: &Runs) -> Result<RunList, Error> {
        let owner = self.session_owner(&of.token).await?;
        Ok(RunList { runs: self.shelf.runs(&owner).map_err(answer)? })
    }

    /// The user of a session. A run's token is good for nothing here: no program changes profiles or looks at them in
    /// its owner's name.
    pub(crate) async fn session_owner(&self, token: &Token) -> Result<String, Error> {
        let checked = self
            .callees
            .auth
            .call(&Check { token: token.clone() })
            .await
            .map_err(|why| refused("auth did not say whose token this is", why))?;
        checked.session().ok_or(Error::InvalidToken)
    }
}

/// Auth refused a token, or did not do its work, which the log hears.
pub(crate) fn refused(what: &str, why: CallError<auth_api::Error>) -> Error {
    match why {
        CallError::Refused(auth_api::Error::InvalidToken) => Error::InvalidToken,
        other => unavailable(what, &other),
    }
}

/// The log hears the cause, the caller that there is one.
pub(crate) fn unavailable(what: &str, why: &dyn std::fmt::Display) -> Error {
    tracing::warn!(%why, "{what}");
    Error::Unavailable
}

pub(crate) fn answer(failed: Failed) -> Error {
    failed.or_answer(Error::Unavailable)
}

#[cfg(test)]
mod tests;
