//! A second pair of eyes: a service proves its own confinement before it says that it is ready; the launcher then looks at
//! it from outside, since a program that was tampered with could say anything.

use confine::inspect::Seen;
use manifest::Service;
use rustix::process::{Pid, getpid};

/// `/proc/PID/status` says 2 for a process with a system-call filter.
const FILTERED: u32 = 2;
/// The namespaces that every service has to itself.
const OWN: [&str; 5] = ["mnt", "net", "ipc", "uts", "pid"];

/// Looks at a process; the first thing that is not as zook.conf has it.
pub(crate) fn at(pid: Pid, service: &Service, root: (u64, u64)) -> Result<(), String> {
    let seen = Seen::of(pid).map_err(|why| format!("/proc does not show it: {why}"))?;
    let ours = Seen::of(getpid()).map_err(|why| format!("/proc does not show the launcher: {why}"))?;
    differences(&seen, &ours, service, root)
}

fn differences(seen: &Seen, ours: &Seen, service: &Service, root: (u64, u64)) -> Result<(), String> {
    let expect = |as_it_should: bool, what: String| if as_it_should { Ok(()) } else { Err(what) };
    let groups = |ids: &[u32]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    let wanted: Vec<u32> = service.extra_gids.iter().map(|gid| gid.as_raw()).collect();
    expect(seen.uids == [service.uid.as_raw(); 4], format!("its uids are {:?}", seen.uids))?;
    expect(seen.gids == [service.gid.as_raw(); 4], format!("its gids are {:?}", seen.gids))?;
    expect(groups(&seen.groups) == groups(&wanted), format!("its groups are {:?}", seen.groups))?;
    expect(seen.capabilities.are_none(), format!("it has capabilities: {:x?}", seen.capabilities))?;
    expect(seen.no_new_privs, "no_new_privs is not set".to_owned())?;
    expect(seen.seccomp == FILTERED, format!("it has no system-call filter (mode {})", seen.seccomp))?;
    expect(seen.root == root, "its root is not its directory in the jail".to_owned())?;
    for name in OWN {
        let own = seen.namespaces.get(name).is_some_and(|inode| ours.namespaces.get(name) != Some(inode));
        expect(own, format!("it shares the launcher's {name} namespace"))?;
    }
    Ok(())
}
