//! What a run and an owner hold in memory.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};

use super::house::House;
use crate::statistics::Samples;

/// Live runs that are looked at at a time: as many as two cores take on.
pub(crate) const LIVE: usize = 8;
/// As many as the profile service has places for, if the sandbox is given the lanes.
pub(crate) const PLACES: usize = 32;
/// Until spares are there again.
const CALM: Duration = Duration::from_millis(500);
/// Owners who have run something and do not run now.
const IDLE: usize = 200;

/// Until one of them has begun and is asleep, on a busy machine.
const EACH: Duration = Duration::from_millis(60);
/// nanosleep and clock_nanosleep, as /proc/PID/syscall names them.
const SLEEPING: [&str; 2] = ["35", "230"];

/// Memory in MiB while some runs are live.
pub(crate) struct Live {
    /// Of one of them, with its share of what it has in common with others: zygote, spares, other runs.
    pub(crate) proportional: f64,
    /// Pages of one of them that nobody else has.
    pub(crate) own: f64,
    /// Of them all, with spares and zygotes.
    pub(crate) house: f64,
}

/// What a number of live runs hold, one of them by the median. Each lives until it was looked at.
pub(crate) fn live(house: &House, runs: usize) -> anyhow::Result<Live> {
    let begun = EACH * u32::try_from(runs)?;
    let program = format!("import time\nprint('Hello', time.time())\ntime.sleep({})\n", 2.0 * begun.as_secs_f64());
    let (live, all) = std::thread::scope(|scope| {
        let program = &program;
        let owners: Vec<_> =
            (0..runs).map(|owner| scope.spawn(move || house.run(&format!("live{owner}"), program))).collect();
        std::thread::sleep(begun);
        let held = held(house);
        for owner in owners {
            owner.join().map_err(|_| anyhow::anyhow!("an owner panicked"))??;
        }
        held
    })?;
    ensure!(live.own.len() == runs, "{} of {runs} live runs were found", live.own.len());
    Ok(Live { proportional: live.proportional.median(), own: live.own.median(), house: all })
}

/// What a house holds that nobody has asked for a while, zygotes and spares, in MiB.
pub(crate) fn calm(house: &House) -> anyhow::Result<f64> {
    std::thread::sleep(CALM);
    Ok(held(house)?.1)
}

#[derive(Default)]
struct Held {
    proportional: Samples,
    own: Samples,
}

/// What each run that is asleep holds, and all processes of the house together.
fn held(house: &House) -> anyhow::Result<(Held, f64)> {
    let (mut live, mut all) = (Held::default(), 0.0);
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        // A process may end between two looks at it.
        let Ok(call) = fs::read_to_string(path.join("syscall")) else { continue };
        let Ok(status) = fs::read_to_string(path.join("status")) else { continue };
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()?.parse().ok());
        // Ids may be another bench's, too.
        if !uid.is_some_and(|uid| house.is_guest(uid)) || !descends(&status) {
            continue;
        }
        let memory = path.join("smaps_rollup").display().to_string();
        let Ok(proportional) = kibibytes(&memory, "Pss:") else { continue };
        all += proportional / 1024.0;
        if call.split(' ').next().is_some_and(|call| SLEEPING.contains(&call)) {
            live.proportional.push(proportional / 1024.0);
            live.own.push((kibibytes(&memory, "Private_Dirty:")? + kibibytes(&memory, "Private_Clean:")?) / 1024.0);
        }
    }
    Ok((live, all))
}

/// Whether a process, of which this is the status, was started by this one, or by one that was.
fn descends(status: &str) -> bool {
    let Some(parent) = status.lines().find_map(|line| line.strip_prefix("PPid:")) else { return false };
    let parent = parent.trim();
    parent == std::process::id().to_string()
        || fs::read_to_string(format!("/proc/{parent}/status")).is_ok_and(|status| descends(&status))
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
