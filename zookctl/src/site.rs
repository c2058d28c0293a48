//! The running site's zook.conf: who is who, and where the sockets stand.

use std::path::{Path, PathBuf};

use anyhow::Context;
use manifest::{Interface, Interfaces, Kind, Manifest, Service};

/// Reads a zook.conf and the interfaces beside the programs.
pub(crate) fn load(conf: &Path) -> anyhow::Result<Manifest> {
    let text = std::fs::read_to_string(conf).with_context(|| format!("cannot read {}", conf.display()))?;
    let programs = match manifest::programs(&text) {
        Some(directory) => directory,
        None => std::env::current_exe()?.parent().unwrap_or(Path::new("/")).to_owned(),
    };
    let mut interfaces = Interfaces::default();
    let directory = programs.join("interfaces");
    let entries = std::fs::read_dir(&directory).with_context(|| format!("cannot list {}", directory.display()))?;
    for path in entries.map(|entry| entry.map(|entry| entry.path())) {
        let path = path?;
        let (Some(name), Some("varlink")) =
            (path.file_stem().and_then(|stem| stem.to_str()), path.extension().and_then(|end| end.to_str()))
        else {
            continue;
        };
        let interface = Interface::scan(&std::fs::read_to_string(&path)?)
            .with_context(|| format!("{} is not an interface", path.display()))?;
        interfaces.insert(name, interface);
    }
    Manifest::parse(&text, &interfaces)
        .map_err(|found| anyhow::anyhow!("{}", found.in_file(&conf.display().to_string())))
}

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
