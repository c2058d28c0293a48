//! What a run and an owner hold in memory.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};

use super::house::House;
use crate::statistics::Samples;

/// Live runs that are looked at at a time: as many as two cores take on.
const LIVE: usize = 8;
/// Owners who have run something and do not run now.
const IDLE: usize = 200;

/// Lives until it was looked at.
const SLEEPER: &str = "import time\nprint('Hello', time.time())\ntime.sleep(1)\n";
/// nanosleep and clock_nanosleep, as /proc/PID/syscall names them.
const SLEEPING: [&str; 2] = ["35", "230"];

/// A live run's memory in MiB.
pub(crate) struct Live {
    /// With its share of what it has in common with others: zygote, spares, other runs.
    pub(crate) proportional: f64,
    /// Pages that nobody else has.
    pub(crate) own: f64,
}

/// The median of some live runs.
pub(crate) fn live(house: &House) -> anyhow::Result<Live> {
    let (proportional, own) = std::thread::scope(|scope| {
        let owners: Vec<_> =
            (0..LIVE).map(|owner| scope.spawn(move || house.run(&format!("live{owner}"), SLEEPER))).collect();
        std::thread::sleep(Duration::from_millis(500));
        let measured = sleeping(house);
        for owner in owners {
            owner.join().map_err(|_| anyhow::anyhow!("an owner panicked"))??;
        }
        measured
    })?;
    ensure!(own.len() == LIVE, "{} of {LIVE} live runs were found", own.len());
    Ok(Live { proportional: proportional.median(), own: own.median() })
}

fn sleeping(house: &House) -> anyhow::Result<(Samples, Samples)> {
    let (mut proportional, mut own) = (Samples::default(), Samples::default());
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        // A process may end between two looks at it.
        let Ok(call) = fs::read_to_string(path.join("syscall")) else { continue };
        let Ok(status) = fs::read_to_string(path.join("status")) else { continue };
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()?.parse().ok());
        let asleep = call.split(' ').next().is_some_and(|call| SLEEPING.contains(&call));
        if asleep && uid.is_some_and(|uid| house.is_guest(uid)) {
            let memory = path.join("smaps_rollup").display().to_string();
            proportional.push(kibibytes(&memory, "Pss:")? / 1024.0);
            own.push((kibibytes(&memory, "Private_Dirty:")? + kibibytes(&memory, "Private_Clean:")?) / 1024.0);
        }
    }
    Ok((proportional, own))
}

/// How much this process, which is the supervisor, grew by an owner who ran and wrote nothing, in KiB.
pub(crate) fn idle_owner(house: &House, code: &str) -> anyhow::Result<f64> {
    let visit = |name: &str| -> anyhow::Result<()> {
        for owner in 0..IDLE {
            house.run(&format!("{name}{owner}"), code)?;
        }
        Ok(())
    };
    // What the first ones cost is kept for those after them.
    visit("before")?;
    let before = kibibytes("/proc/self/smaps_rollup", "Private_Dirty:")?;
    visit("idle")?;
    let grown = kibibytes("/proc/self/smaps_rollup", "Private_Dirty:")? - before;
    Ok(grown.max(0.0) / IDLE as f64)
}

fn kibibytes(path: &str, field: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(path).with_context(|| path.to_owned())?;
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB")?.trim().parse().ok());
    value.with_context(|| format!("{path} has no {field}"))
}
