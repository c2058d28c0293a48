//! Which services each of the two roles may call. zook.conf gives it nothing beyond these.

use rpc::Client;

/// The services behind the pages that everybody visits. No password passes here.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) auth: Client,
    pub(crate) bank: Client,
    pub(crate) profile: Client,
    pub(crate) echo: Client,
}

/// The service behind the login pages, the only ones that see passwords.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) auth: Client,
}
