//! What zook.conf says about the sandbox.
//!
//! `executes` names the directories that the guests' root consists of: the loader, the shared libraries, libpython, the
//! standard library. `starts = zygote` passes the zygote.

use std::os::fd::OwnedFd;

use anyhow::Context;
use confine::guest::nursery::House;
use control::Orders;
use sandbox::{Config, Python};
use service::Own;

/// Where the owners' files are, in this process's root.
const STORE: &str = "/store";

/// The guests' root.
pub(crate) fn house(orders: &Orders) -> anyhow::Result<House> {
    let zygote = inherited(orders, "zygote").context("the section needs `starts = zygote`")?;
    Ok(House { contents: orders.readable.clone(), zygote, site: orders.log_dir.clone() })
}

/// A descriptor that the launcher passed.
pub(crate) fn inherited(orders: &Orders, name: &str) -> anyhow::Result<OwnedFd> {
    let number = orders.descriptors.get(name).context("no such descriptor came from the launcher")?;
    Ok(confine::inherited::take(*number)?)
}

/// The sandbox.
pub(crate) fn config(own: &Own) -> anyhow::Result<Config> {
    let mut python = Python::find(&own.orders().readable).context("`executes` has to name a CPython")?;
    if let Some(names) = own.orders().settings.get("preimport") {
        python.preimport = names.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    }
    let mut config = Config::new(python, own.writable_dir(STORE)?);
    config.cores = own.setting("cores", config.cores)?;
    config.lanes_per_core = own.setting("lanes", config.lanes_per_core)?;
    config.memory = own.setting("memory_mb", config.memory >> 20)? << 20;
    config.quota.bytes = own.setting("quota_mb", config.quota.bytes >> 20)? << 20;
    config.quota.entries = own.setting("quota_files", config.quota.entries)?;
    Ok(config)
}
