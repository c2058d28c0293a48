//! A name for each request, by which all logs know it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Of this run of the dispatcher. Ids are names, not secrets: they have to differ, nobody has to be unable to guess one.
static RUN: LazyLock<u32> = LazyLock::new(|| {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() as u32 ^ since.subsec_nanos().rotate_left(8)
});

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The next one.
pub(crate) fn next() -> String {
    format!("{:08x}-{:x}", *RUN, COUNT.fetch_add(1, Ordering::Relaxed))
}
