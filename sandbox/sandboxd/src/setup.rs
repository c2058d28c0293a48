//! What zook.conf says about the sandbox.
//!
//! `executes` names the directories that the guests' root consists of: the loader and the shared libraries; to them the
//! launcher adds what the Pythons of `[zygote:NAME]` need. `starts = zygote` passes the zygote.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::{Context, ensure};
use confine::guest::nursery::House;
use control::Orders;
use sandbox::{Config, DEFAULT, Limits, Python};
use service::Own;

/// Where the owners' files are, in this process's root.
const STORE: &str = "/store";

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
    let mut config = Config::new(default, own.writable_dir(STORE)?);
    config.pythons.append(&mut pythons);
    config.cores = own.setting("cores", config.cores)?;
    config.lanes_per_core = own.setting("lanes", config.lanes_per_core)?;
    config.spares_per_core = own.setting("spares", config.spares_per_core)?;
    config.ids = ids(own.orders())?;
    config.recycle_births = own.setting("recycle_births", config.recycle_births)?;
    config.recycle_after = minutes(own, "recycle_minutes", config.recycle_after)?;
    config.keep_unused = minutes(own, "unused_minutes", config.keep_unused)?;
    config.limits = limits(own)?;
    config.threads = own.setting("threads", config.threads - 1)? + 1;
    config.memory = own.setting("memory_mb", config.memory >> 20)? << 20;
    config.quota.bytes = own.setting("quota_mb", config.quota.bytes >> 20)? << 20;
    config.quota.entries = own.setting("quota_files", config.quota.entries)?;
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

/// A time of one minute or more: of none, everything would always be too old.
fn minutes(own: &Own, key: &str, usual: Duration) -> anyhow::Result<Duration> {
    let minutes: u32 = own.setting(key, u32::try_from(usual.as_secs() / 60)?)?;
    ensure!(minutes > 0, "`set.{key}` is 1 at the least");
    Ok(Duration::from_secs(60 * u64::from(minutes)))
}

/// What a run may use.
fn limits(own: &Own) -> anyhow::Result<Limits> {
    let usual = Limits::default();
    let output = own.setting("output_kb", usual.output >> 10)? << 10;
    ensure!(
        output <= usual.output,
        "`set.output_kb` is {} at the most: more does not fit an answer",
        usual.output >> 10
    );
    Ok(Limits {
        time: Duration::from_millis(own.setting("time_ms", milliseconds(usual.time))?),
        processor_time: Duration::from_millis(own.setting("cpu_ms", milliseconds(usual.processor_time))?),
        output,
        open_files: own.setting("open_files", usual.open_files)?,
        ..usual
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How many ids the guests' namespace has.
fn ids(orders: &Orders) -> anyhow::Result<usize> {
    let pool = orders.settings.get("userns").context("the section needs `userns = FIRST COUNT`")?;
    let count = pool.split(' ').nth(1).and_then(|count| count.parse().ok());
    count.with_context(|| format!("`userns = {pool}` is not understood"))
}
