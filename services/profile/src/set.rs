//! Saving a profile.

use profile_api::{Error, MAX_TEXT, Set, Stored, is_program};

use crate::profile::{Profiles, answer};

impl Profiles {
    /// Stores a text. What it may spend is none of this service's business: it sees every visitor's token.
    pub(crate) async fn set(&self, wanted: Set) -> Result<Stored, Error> {
        if wanted.text.len() > MAX_TEXT {
            return Err(Error::TooLong { limit: MAX_TEXT });
        }
        let owner = self.session_owner(&wanted.token).await?;
        let executable = is_program(&wanted.text);
        self.shelf.put(owner.clone(), wanted.text).await.map_err(answer)?;
        tracing::info!(owner, executable, "profile saved");
        Ok(Stored { executable })
    }
}
