//! The running site's zook.conf: who is who, and where the sockets stand.

use std::path::PathBuf;

use anyhow::Context;
use manifest::{Kind, Manifest, Service};

/// A section by its name.
pub(crate) fn section<'m>(site: &'m Manifest, name: &str) -> anyhow::Result<&'m Service> {
    let found = site.services().iter().find(|service| service.name.as_str() == name);
    found.with_context(|| format!("zook.conf has no running section [{name}]"))
}

/// The service that answers a method, such as `org.zoobar.Bank.Balance`.
pub(crate) fn answering<'m>(site: &'m Manifest, method: &str) -> anyhow::Result<&'m Service> {
    let (interface, _) = method.rsplit_once('.').context("write the method in full: org.zoobar.Bank.Balance")?;
    let found = site.services().iter().find(|service| match &service.kind {
        Kind::Extra { interface: Some(answered) } => answered.name() == interface,
        Kind::Extra { interface: None } | Kind::Dispatcher | Kind::Http { .. } => false,
    });
    found.with_context(|| format!("no service of zook.conf answers {interface}"))
}

/// Where the launcher keeps a service's socket.
pub(crate) fn socket(site: &Manifest, service: &Service) -> PathBuf {
    site.jail.join("sockets").join(service.name.as_str()).join("sock")
}
