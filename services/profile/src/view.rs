//! Looking at a profile.

use profile_api::{Error, Sight, View, Viewed, is_program};

use crate::profile::{Profiles, answer};

impl Profiles {
    /// Words are shown as they are, a program as what it prints for this visitor.
    pub(crate) async fn view(&self, of: View) -> Result<Viewed, Error> {
        let text = self.shelf.text(&of.username).map_err(answer)?;
        // Auth says who visits, either way, before anything of it is shown.
        if is_program(&text) {
            return Ok(Viewed { view: self.run(of.token, of.username, text).await? });
        }
        self.session_owner(&of.token).await?;
        Ok(Viewed { view: Sight::Text { text } })
    }
}
