//! Who sent a request: whoever made the connection, unless that is a front, which speaks for others and names them.

use std::net::IpAddr;
use std::str::FromStr;

use http_strict::{Fields, RequestHead};

/// Addresses of the servers that stand before this one, such as one that ends TLS. What they say about visitors is believed;
/// the same words from anybody else are not.
#[derive(Debug, Clone, Default)]
pub struct Fronts(Vec<IpAddr>);

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) address: IpAddr,
    /// What the visitor speaks, as far as the front.
    pub(crate) scheme: &'static str,
}

/// Text that names no fronts.
#[derive(Debug, thiserror::Error)]
#[error("numeric addresses, with commas between them, as in 127.0.0.1, ::1")]
pub struct NotAddresses;

impl FromStr for Fronts {
    type Err = NotAddresses;

    fn from_str(text: &str) -> Result<Fronts, NotAddresses> {
        let address = |text: &str| text.trim().parse().map(|address: IpAddr| address.to_canonical());
        text.split(',').map(address).collect::<Result<_, _>>().map(Fronts).map_err(|_| NotAddresses)
    }
}

impl Fronts {
    pub(crate) fn include(&self, peer: IpAddr) -> bool {
        self.0.contains(&peer)
    }

    /// Whom a request on a connection of `peer` comes from.
    pub(crate) fn source(&self, peer: IpAddr, head: &RequestHead) -> Source {
        if !self.include(peer) {
            return Source { address: peer, scheme: "http" };
        }
        let named = last(&head.fields, "x-forwarded-for").and_then(|name| std::str::from_utf8(name).ok()?.parse().ok());
        let is_https = last(&head.fields, "x-forwarded-proto").is_some_and(|scheme| scheme == b"https");
        Source {
            address: named.map_or(peer, |address: IpAddr| address.to_canonical()),
            scheme: if is_https { "https" } else { "http" },
        }
    }
}

/// The last element of a list is the front's own; those before it are what the visitor said.
fn last<'f>(fields: &'f Fields, name: &'f str) -> Option<&'f [u8]> {
    fields.all(name).flat_map(|value| value.elements()).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn source(fronts: &str, peer: &str, lines: &str) -> (String, &'static str) {
        let mut head = bytes::BytesMut::from(format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_str());
        let head = http_strict::HeadScan::default().take(&mut head).expect("good").expect("whole");
        let head = RequestHead::parse(head).expect("a head");
        let source = fronts.parse::<Fronts>().expect("addresses").source(ip(peer), &head);
        (source.address.to_string(), source.scheme)
    }

    #[test]
    fn a_front_says_who_the_visitor_is_and_what_he_speaks() {
        let lines = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n";
        for front in ["127.0.0.1", "::1, 127.0.0.1", "::ffff:127.0.0.1"] {
            assert_eq!(source(front, "127.0.0.1", lines), ("192.0.2.7".into(), "https"), "{front}");
        }
        assert_eq!(source("127.0.0.1", "127.0.0.2", lines), ("127.0.0.2".into(), "http"), "anybody else does not");
    }

    #[test]
    fn what_the_visitor_said_before_the_front_is_not_believed() {
        for lines in
            ["X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.7\r\n"]
        {
            assert_eq!(source("127.0.0.1", "127.0.0.1", lines).0, "192.0.2.7", "{lines}");
        }
        assert_eq!(source("127.0.0.1", "127.0.0.1", "X-Forwarded-Proto: https, http\r\n").1, "http");
    }

    #[test]
    fn a_front_that_names_nobody_speaks_for_itself() {
        for lines in ["", "X-Forwarded-For: unknown\r\n", "X-Forwarded-For: 192.0.2.7,\r\n"] {
            assert_eq!(source("127.0.0.1", "127.0.0.1", lines), ("127.0.0.1".into(), "http"), "{lines}");
        }
    }

    #[test]
    fn what_is_no_address_is_no_front() {
        for wrong in ["", "localhost", "127.0.0.1,", "127.0.0.1:80", "10.0.0.0/8"] {
            assert!(wrong.parse::<Fronts>().is_err(), "{wrong}");
        }
    }
}
