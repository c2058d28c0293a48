//! Looking at a profile.

use profile_api::{Error, Sight, View, Viewed, is_program};

use crate::profile::{Profiles, answer};

impl Profiles {
    /// Words are shown as they are, a program as what it prints for this visitor.
    pub(crate) async fn view(&self, of: View) -> Result<Viewed, Error> {
        let visitor = self.session_owner(&of.token).await?;
        let text = self.shelf.text(&of.username).map_err(answer)?;
        let view = if is_program(&text) { self.run(of.username, visitor, text).await? } else { Sight::Text { text } };
        Ok(Viewed { view })
    }
}
