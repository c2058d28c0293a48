//! Why something is not served.

use http_strict::Status;

/// Why a request gets a page of ours instead.
#[derive(Debug)]
pub(crate) struct NotServed {
    pub(crate) status: Status,
    pub(crate) why: String,
}

impl NotServed {
    pub(crate) fn new(status: Status, why: impl Into<String>) -> NotServed {
        NotServed { status, why: why.into() }
    }
}
