//! What zook.conf says about the sandbox.
//!
//! `executes` names the directories that the guests' root consists of: the loader and the shared libraries; to them the
//! launcher adds what the Pythons of `[zygote:NAME]` need. `starts = zygote` passes the zygote.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::Context;
use confine::guest::nursery::House;
use control::Orders;
use sandbox::{Config, DEFAULT, Limits, Python};
use service::Own;

/// Where the owners' files are, in this process's root.
const STORE: &str = "/store";
/// Longest run in milliseconds: who asked for it waits twenty seconds, ten of them for its beginning.
const LONGEST: u64 = 9000;

/// The guests' root.
pub(crate) fn house(orders: &Orders) -> anyhow::Result<House> {
    let zygote = inherited(orders, "zygote").context("the section needs `starts = zygote`")?;
    let groups = orders.descriptors.keys().filter(|name| name.starts_with(control::GUESTS_GROUP));
    let groups_entered = groups.map(|name| inherited(orders, name)).collect::<anyhow::Result<_>>()?;
    Ok(House { contents: orders.readable.clone(), zygote, groups_entered, site: orders.log_dir.clone() })
}

/// A descriptor that the launcher passed.
pub(crate) fn inherited(orders: &Orders, name: &str) -> anyhow::Result<OwnedFd> {
    let number = orders.descriptors.get(name).context("no such descriptor came from the launcher")?;
    Ok(confine::inherited::take(*number)?)
}

/// The sandbox.
pub(crate) fn config(own: &Own) -> anyhow::Result<Config> {
    let mut pythons = pythons(own.orders());
    let default = pythons.remove(DEFAULT).context("there is no [zygote:default]")?;
    let mut config = Config::new(default, Some(own.writable_dir(STORE)?));
    config.pythons.append(&mut pythons);
    config.cores = own.number("cores", config.cores, 1..=1024)?;
    config.lanes_per_core = own.number("lanes", config.lanes_per_core, 1..=64)?;
    config.spares_per_core = own.number("spares", config.spares_per_core, 1..=64)?;
    config.ids = usize::try_from(own.orders().guests)?;
    config.recycle_births = own.number("recycle_births", config.recycle_births, 1..=1_000_000)?;
    config.recycle_after = minutes(own, "recycle_minutes", config.recycle_after)?;
    config.keep_unused = minutes(own, "unused_minutes", config.keep_unused)?;
    config.limits = limits(own, config.limits)?;
    config.quota.bytes = own.number("quota_mb", config.quota.bytes >> 20, 1..=1024)? << 20;
    config.quota.entries = own.number("quota_files", config.quota.entries, 1..=100_000)?;
    Ok(config)
}

/// The interpreters of `[zygote:NAME]`, by their names.
fn pythons(orders: &Orders) -> BTreeMap<String, Python> {
    let pythons = orders.pythons.iter().map(|found| {
        let mut python = Python::new(found.installation.clone());
        python.preimport.extend(found.preimport.iter().cloned());
        (found.name.clone(), python)
    });
    pythons.collect()
}

/// A time in minutes.
fn minutes(own: &Own, key: &str, usual: Duration) -> anyhow::Result<Duration> {
    Ok(Duration::from_secs(60 * own.number(key, usual.as_secs() / 60, 1..=7 * 24 * 60)?))
}

/// What a run may use.
fn limits(own: &Own, usual: Limits) -> anyhow::Result<Limits> {
    let time = |key, usual: Duration| own.number(key, milliseconds(usual), 10..=LONGEST).map(Duration::from_millis);
    Ok(Limits {
        time: time("time_ms", usual.time)?,
        processor_time: time("cpu_ms", usual.processor_time)?,
        // More does not fit an answer.
        output: own.number("output_kb", usual.output >> 10, 1..=usual.output >> 10)? << 10,
        memory: own.number("memory_mb", usual.memory >> 20, 8..=65_536)? << 20,
        open_files: own.number("open_files", usual.open_files, 3..=usual.open_files)?,
        // Beside the first.
        threads: own.number("threads", usual.threads - 1, 1..=64)? + 1,
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
