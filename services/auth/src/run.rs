//! Runs of profiles begin and end.

use auth_api::{BeginRun, Begun, EndRun, Error};
use rpc::Nothing;

use crate::auth::{Auth, answer};

impl Auth {
    /// Says who looks at the profile, and gives out a token for the run if the profile's owner lets this program spend
    /// anything at all.
    pub(crate) fn begin_run(&self, BeginRun { token, owner, program }: BeginRun) -> Result<Begun, Error> {
        let visitor = self.session_owner(&token)?;
        let granted = self.credentials.cap(&owner, &program).map_err(answer)?.is_some();
        let run = granted.then(|| self.runs.begin(owner, program).ok_or(Error::Unavailable)).transpose()?;
        Ok(Begun { visitor, run })
    }

    /// Makes a run's token worthless.
    pub(crate) fn end_run(&self, of: &EndRun) -> Result<Nothing, Error> {
        self.runs.end(&of.token);
        Ok(Nothing {})
    }
}
