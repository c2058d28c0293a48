//! What an owner lets his profile spend.

use auth_api::{Allowance, Error, GetGrant, Grant, Granted, MAX_CAP};
use rpc::Nothing;

use crate::auth::{Auth, answer};

impl Auth {
    /// Sets the grant of the session's user.
    pub(crate) async fn grant(&self, wanted: Grant) -> Result<Nothing, Error> {
        let owner = self.session_owner(&wanted.token)?;
        if wanted.cap > MAX_CAP {
            return Err(Error::BadCap { limit: MAX_CAP });
        }
        tracing::info!(owner, cap = wanted.cap, "granted");
        let grant = Allowance { cap: wanted.cap, program: wanted.program };
        self.credentials.set_grant(owner, grant).await.map_err(answer)?;
        Ok(Nothing {})
    }

    /// The grant of the session's user.
    pub(crate) fn get_grant(&self, of: &GetGrant) -> Result<Granted, Error> {
        let owner = self.session_owner(&of.token)?;
        Ok(Granted { grant: self.credentials.grant(&owner).map_err(answer)? })
    }
}
