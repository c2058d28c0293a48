//! What an owner lets his profile spend.

use auth_api::{Error, GetGrant, Grant, Granted, MAX_CAP};
use rpc::Nothing;

use crate::auth::{Auth, answer};

impl Auth {
    /// Sets the grant of the session's user.
    pub(crate) async fn grant(&self, wanted: &Grant) -> Result<Nothing, Error> {
        let owner = self.session_owner(&wanted.token)?;
        if wanted.cap > MAX_CAP {
            return Err(Error::BadCap { limit: MAX_CAP });
        }
        tracing::info!(owner, cap = wanted.cap, "granted");
        self.credentials.set_grant(owner.clone(), wanted.cap).await.map_err(answer)?;
        if wanted.cap == 0 {
            // Nor does the next grant, which may be for another program, hold for a run that has begun under this one.
            self.runs.end_all_of(&owner);
        }
        Ok(Nothing {})
    }

    /// The grant of the session's user.
    pub(crate) fn get_grant(&self, of: &GetGrant) -> Result<Granted, Error> {
        let owner = self.session_owner(&of.token)?;
        Ok(Granted { cap: self.credentials.grant(&owner).map_err(answer)? })
    }
}
