//! The section `[zook]`: the site itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::ini::Section;
use crate::keys::Keys;
use crate::service::Wish;
use crate::{Problems, ServiceName, Wrong, path};

/// Where the site stands where `[zook]` does not say.
const DEFAULT_JAIL: &str = "/jail";
const DEFAULT_PORT: u32 = 8080;

/// What `[zook]` says.
pub(crate) struct Site {
    pub(crate) listen: SocketAddr,
    pub(crate) jail: PathBuf,
    pub(crate) programs: Option<PathBuf>,
    pub(crate) http_svcs: Vec<ServiceName>,
    pub(crate) extra_svcs: Vec<ServiceName>,
    pub(crate) operator_calls: Vec<Wish>,
}

/// Reads `[zook]`; every key has a default, so that there is always a site to go on with.
pub(crate) fn read(section: &Section, problems: &mut Problems) -> Site {
    let mut keys = Keys::of(section, problems);
    let address = keys.with("address", address).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let port = keys.number("port", 0..=u32::from(u16::MAX), DEFAULT_PORT);
    let site = Site {
        listen: SocketAddr::new(address, u16::try_from(port).unwrap_or_default()),
        jail: keys.with("jail", path::absolute).unwrap_or_else(|| PathBuf::from(DEFAULT_JAIL)),
        programs: keys.with("programs", path::absolute),
        http_svcs: keys.list("http_svcs"),
        extra_svcs: keys.list("extra_svcs"),
        operator_calls: keys.list("operator_calls"),
    };
    keys.finish();
    site
}

/// Numeric only: a name would be looked up by code that reads the network's answers as root.
fn address(text: &str) -> Result<IpAddr, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new(
            format!("{text:?} is not a numeric address"),
            "write 127.0.0.1, or 0.0.0.0 to serve other machines too",
        )
    })
}
