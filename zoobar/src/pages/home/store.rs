//! Storing a profile, and what it may spend.

use auth_api::{Grant, ProgramDigest};
use profile_api::{Set, is_program};
use rpc::CallError;

use crate::services::Site;
use crate::visitor::Visitor;

/// Why nothing was stored.
pub(super) enum Stopped {
    /// The owner's session has ended.
    LoggedOut,
    /// The sentence is for him.
    Failed(&'static str),
}

/// Sets what a text may spend, and stores it.
///
/// The grant is made first, and is for this text alone: whatever fails in between, and whoever else stores a text at the
/// same time, no program gets what its owner gave to another one. What is a program is decided here, since whoever runs
/// programs must not be able to ask for a grant by calling words one.
pub(super) async fn store(site: &Site, visitor: &Visitor, text: &str, cap: u64) -> Result<(), Stopped> {
    let cap = if is_program(text) { cap } else { 0 };
    let grant = Grant { token: visitor.token(), cap, program: ProgramDigest::of(text) };
    match site.auth.call(&grant).await {
        Ok(_) => {}
        Err(CallError::Refused(auth_api::Error::InvalidToken)) => return Err(Stopped::LoggedOut),
        Err(cause) => {
            tracing::warn!(%cause, cap, "a grant could not be set");
            return Err(Stopped::Failed("Saving did not work just now. Your text is still here; please try again."));
        }
    }
    match site.profile.call(&Set { token: visitor.token(), text: text.to_owned() }).await {
        Ok(_) => Ok(()),
        Err(CallError::Refused(profile_api::Error::InvalidToken)) => Err(Stopped::LoggedOut),
        Err(cause) => {
            tracing::warn!(%cause, "a profile could not be saved");
            Err(Stopped::Failed(
                "Saving did not work just now, and until it does your profile may spend nothing. Your text is still here; \
                 please try again.",
            ))
        }
    }
}
