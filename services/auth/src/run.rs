//! Runs of profiles begin and end.

use auth_api::{BeginRun, Begun, EndRun, Error};
use rpc::Nothing;

use crate::auth::{Auth, answer};

impl Auth {
    /// Gives out a token for a run of `owner`'s profile, if he lets this program spend anything at all.
    pub(crate) fn begin_run(&self, wanted: BeginRun) -> Result<Begun, Error> {
        let cap = self.credentials.cap(&wanted.owner, &wanted.program).map_err(answer)?.ok_or(Error::NoGrant)?;
        let token = self.runs.begin(wanted).ok_or(Error::Unavailable)?;
        Ok(Begun { token, cap })
    }

    /// Makes a run's token worthless.
    pub(crate) fn end_run(&self, of: &EndRun) -> Result<Nothing, Error> {
        self.runs.end(&of.token);
        Ok(Nothing {})
    }
}
