//! Saving a profile.

use auth_api::{Grant, MAX_CAP, Token};
use profile_api::{Error, MAX_TEXT, Set, Stored, is_program};
use rpc::CallError;

use crate::profile::{Profiles, answer, unavailable};

impl Profiles {
    /// Stores a text and sets what it may spend.
    ///
    /// The old grant is taken back first: whatever fails in between, no program is left with a grant that its owner gave
    /// to another one.
    pub(crate) async fn set(&self, wanted: Set) -> Result<Stored, Error> {
        if wanted.text.len() > MAX_TEXT {
            return Err(Error::TooLong { limit: MAX_TEXT });
        }
        if wanted.cap > MAX_CAP {
            return Err(Error::BadCap { limit: MAX_CAP });
        }
        let owner = self.session_owner(&wanted.token).await?;
        let executable = is_program(&wanted.text);
        self.grant(&wanted.token, 0).await?;
        self.shelf.put(owner.clone(), wanted.text).await.map_err(answer)?;
        if executable && wanted.cap > 0 {
            self.grant(&wanted.token, wanted.cap).await?;
        }
        tracing::info!(owner, executable, "profile saved");
        Ok(Stored { executable })
    }

    async fn grant(&self, token: &Token, cap: u64) -> Result<(), Error> {
        match self.callees.auth.call(&Grant { token: token.clone(), cap }).await {
            Ok(_) => Ok(()),
            // It was valid a moment ago.
            Err(CallError::Refused(auth_api::Error::InvalidToken)) => Err(Error::InvalidToken),
            Err(why) => Err(unavailable("auth did not set a grant", &why)),
        }
    }
}
