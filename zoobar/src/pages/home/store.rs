//! Storing a profile, and what it may spend.

use auth_api::Grant;
use profile_api::{Set, is_program};
use rpc::CallError;

use crate::services::Site;
use crate::visitor::Visitor;

/// Where storing stopped; the sentences are for the owner.
pub(super) enum Stopped {
    /// His session has ended.
    LoggedOut,
    /// Before the text was stored, or while.
    AtText(&'static str),
    /// After that.
    AtCap(&'static str),
}

/// Stores a text and sets what it may spend.
///
/// The old grant is taken back first, and with it the tokens of runs under way: whatever fails in between, no program is
/// left with a grant that its owner gave to another one. What is a program is decided here, since whoever runs programs
/// must not be able to ask for a grant by calling words one.
pub(super) async fn store(site: &Site, visitor: &Visitor, text: &str, cap: u64) -> Result<(), Stopped> {
    let kept = Stopped::AtText("Saving did not work just now. Your text is still here; please try again.");
    grant(site, visitor, 0, kept).await?;
    match site.profile.call(&Set { token: visitor.token(), text: text.to_owned() }).await {
        Ok(_) => {}
        Err(CallError::Refused(profile_api::Error::InvalidToken)) => return Err(Stopped::LoggedOut),
        Err(cause) => {
            tracing::warn!(%cause, "a profile could not be saved");
            return Err(Stopped::AtText(
                "Saving did not work just now, and until it does your profile may spend nothing. Your text is still here; \
                 please try again.",
            ));
        }
    }
    if is_program(text) && cap > 0 {
        let unset = "Your program is saved, but what it may spend could not be set just now. Please save it again.";
        grant(site, visitor, cap, Stopped::AtCap(unset)).await?;
    }
    Ok(())
}

async fn grant(site: &Site, visitor: &Visitor, cap: u64, otherwise: Stopped) -> Result<(), Stopped> {
    match site.auth.call(&Grant { token: visitor.token(), cap }).await {
        Ok(_) => Ok(()),
        Err(CallError::Refused(auth_api::Error::InvalidToken)) => Err(Stopped::LoggedOut),
        Err(cause) => {
            tracing::warn!(%cause, cap, "a grant could not be set");
            Err(otherwise)
        }
    }
}
