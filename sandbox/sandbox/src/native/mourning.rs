//! Ids of guests that do not go in time, as on a host that stood still: each is somebody else's only after their end, however
//! long that takes. Without this each would be lost, and a sandbox has no more of them than it needs.

use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, OwnedFd};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::family::readable;
use super::ids::Id;

/// Longer than any sandbox runs.
const EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Frees an id when all these have told an end. There are no more threads that wait so than there are ids.
pub(super) fn until_the_end(ends: Vec<OwnedFd>, id: Id) {
    // Whatever fails here, a living guest's id is nobody else's.
    let id = ManuallyDrop::new(id);
    let wait = move || {
        if ends.iter().all(|end| matches!(readable(end.as_fd(), Instant::now() + EVER), Ok(true))) {
            drop(ManuallyDrop::into_inner(id));
        }
    };
    if let Err(why) = Builder::new().name("mourner".into()).spawn(wait) {
        tracing::error!(%why, "nobody waits for the end of a guest; nobody gets its id again");
    }
}
