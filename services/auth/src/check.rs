//! Whose token is this?

use auth_api::{Check, Checked, Error, RunToken, Token};

use crate::auth::{Auth, answer, now};
use crate::secret::Fingerprint;

impl Auth {
    /// Says whose a token is, and what a run token allows by its owner's grant as it stands now.
    pub(crate) fn check(&self, of: &Check) -> Result<Checked, Error> {
        if let Some(run) = self.runs.find(&of.token) {
            let cap = self.credentials.cap(&run.owner, &run.program).map_err(answer)?.ok_or(Error::InvalidToken)?;
            return Ok(Checked { username: run.owner, run: Some(RunToken { run: run.id, cap }) });
        }
        Ok(Checked { username: self.session_owner(&of.token)?, run: None })
    }

    /// The user of a session. A run's token is none.
    pub(crate) fn session_owner(&self, token: &Token) -> Result<String, Error> {
        let owner = self.credentials.session_owner(Fingerprint::of(token), now()).map_err(answer)?;
        owner.ok_or(Error::InvalidToken)
    }
}
