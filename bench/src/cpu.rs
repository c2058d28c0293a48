//! What processes have used of the processor: a figure that hardly changes when others want it too.

use anyhow::Context;

/// CPU time of all these processes since their start, in seconds; see proc(5) on `/proc/PID/stat`.
pub(crate) fn seconds_of(pids: &[u32]) -> anyhow::Result<f64> {
    let mut ticks = 0;
    for pid in pids {
        let path = format!("/proc/{pid}/stat");
        let stat = std::fs::read_to_string(&path).with_context(|| path.clone())?;
        ticks += ticks_in(&stat).with_context(|| format!("{path} is not understood: {stat}"))?;
    }
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// The fields 14 (in user mode) and 15 (in the kernel). The second field is a name in brackets, which may hold anything.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut times = after_name.split(' ').skip(11).map(str::parse::<u64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_kernel_time_are_added_whatever_the_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 17 25 0 0 20 0 1 0 100 0 0";
        assert_eq!(ticks_in(stat), Some(42));
        assert_eq!(ticks_in("42 (a) S 1"), None);
    }
}
