//! A second pair of eyes: a service proves its own confinement before it says that it is ready; the launcher then looks at
//! it from outside, since a program that was tampered with could say anything.

use confine::inspect::Seen;
use manifest::Service;
use rustix::process::{Pid, getpid};

use crate::plan::Plan;

/// `/proc/PID/status` says 2 for a process with a system-call filter.
const FILTERED: u32 = 2;
/// The namespaces that every service has to itself.
const OWN: [&str; 5] = ["mnt", "net", "ipc", "uts", "pid"];

/// Looks at a process; the first thing that is not as zook.conf has it.
pub(crate) fn at(pid: Pid, plan: &Plan) -> Result<(), String> {
    let root = plan.root.identity().map_err(|why| why.to_string())?;
    if let Some(fence) = &plan.fence
        && !fence.holds(pid).map_err(|why| format!("its cgroups cannot be looked at: {why}"))?
    {
        return Err("it is not in its cgroups".to_owned());
    }
    let seen = Seen::of(pid).map_err(|why| format!("/proc does not show it: {why}"))?;
    let ours = Seen::of(getpid()).map_err(|why| format!("/proc does not show the launcher: {why}"))?;
    differences(&seen, &ours, &plan.service, root)
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

#[cfg(test)]
mod tests {
    use super::*;
    use confine::inspect::Capabilities;
    use manifest::{Interfaces, Manifest};

    const TABLE: &str = "[zook]\n[zookd]\n cmd = zookd\n uid = 62120\n gid = 62121\n extra_gids = 62123, 62122\n";
    const ROOT: (u64, u64) = (1, 2);

    /// A service as it should be, and the launcher.
    fn twins() -> (Service, Seen, Seen) {
        let manifest = Manifest::parse(TABLE, &Interfaces::default()).expect("is a good table");
        let ours = Seen::of(getpid()).expect("we run");
        let mut seen = ours.clone();
        (seen.uids, seen.gids, seen.groups) = ([62_120; 4], [62_121; 4], vec![62_122, 62_123]);
        (seen.capabilities, seen.no_new_privs, seen.seccomp, seen.root) = (Capabilities::default(), true, 2, ROOT);
        seen.namespaces.values_mut().for_each(|inode| *inode += 1);
        (manifest.services()[0].clone(), seen, ours)
    }

    #[test]
    fn each_difference_alone_is_noticed() {
        let (service, good, ours) = twins();
        assert_eq!(differences(&good, &ours, &service, ROOT), Ok(()));
        type Spoil = fn(&mut Seen);
        let spoiled: [(&str, Spoil); 8] = [
            ("uids", |seen| seen.uids[2] = 0),
            ("gids", |seen| seen.gids[3] = 0),
            ("groups", |seen| seen.groups.push(0)),
            ("capabilities", |seen| seen.capabilities.bounding = 1),
            ("no_new_privs", |seen| seen.no_new_privs = false),
            ("filter", |seen| seen.seccomp = 0),
            ("root", |seen| seen.root = (0, 0)),
            ("net namespace", |seen| seen.namespaces.retain(|name, _| name != "net")),
        ];
        for (word, spoil) in spoiled {
            let mut seen = good.clone();
            spoil(&mut seen);
            let said = differences(&seen, &ours, &service, ROOT).expect_err(word);
            assert!(said.contains(word), "{word}: {said}");
        }
        for name in ["mnt", "net", "ipc", "uts", "pid"] {
            let mut shared = good.clone();
            shared.namespaces.insert(name.into(), ours.namespaces[name]);
            let said = differences(&shared, &ours, &service, ROOT).expect_err(name);
            assert!(said.contains(name), "{name}: {said}");
        }
    }
}
