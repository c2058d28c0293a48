//! What differs between v2 and the trees of v1: how a group is bounded and how it is ended.

use std::ffi::OsStr;
use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::Bounds;
use crate::directory::Directory;

/// What v2 calls the controllers that we use, as its `cgroup.subtree_control` takes them.
pub(crate) const ENABLE: &str = "+memory +pids";
/// How long the processes of a group that was killed may take to go.
const FUNERAL: Duration = Duration::from_secs(2);
/// How often that is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// What a directory bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    V2,
    V1Memory,
    V1Pids,
    /// Both controllers in one tree of v1.
    V1Both,
}

impl Tree {
    pub(crate) fn bound(self, directory: &Directory, Bounds { memory, tasks }: Bounds) -> io::Result<()> {
        if self == Self::V2 {
            directory.write("memory.max", &memory.to_string())?;
            if_there(directory.write("memory.swap.max", "0"))?;
        }
        if matches!(self, Self::V1Memory | Self::V1Both) {
            directory.write("memory.limit_in_bytes", &memory.to_string())?;
            // Memory and swap together: there is nothing to gain by swapping.
            if_there(directory.write("memory.memsw.limit_in_bytes", &memory.to_string()))?;
        }
        if self != Self::V1Memory {
            directory.write("pids.max", &tasks.to_string())?;
        }
        Ok(())
    }

    /// Ends everything in a group and below it. What is started meanwhile by something that is not dead yet may be left.
    pub(crate) fn kill(self, directory: &Directory) -> io::Result<()> {
        if self == Self::V2 {
            return directory.write("cgroup.kill", "1");
        }
        for name in directory.groups()? {
            self.kill(&directory.enter(&name)?)?;
        }
        for number in directory.processes()? {
            kill_member(directory, number)?;
        }
        Ok(())
    }

    /// Ends and removes the group `name` and all below it, if it is there.
    pub(crate) fn clear(self, above: &Directory, name: &OsStr) -> io::Result<()> {
        let group = match above.enter(name) {
            Ok(group) => group,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(why) => return Err(why),
        };
        let until = Instant::now() + FUNERAL;
        loop {
            self.kill(&group)?;
            let inner = group.groups()?;
            let cleared = inner.iter().try_for_each(|name| self.clear(&group, name)).and_then(|()| above.remove(name));
            match cleared {
                Err(why) if why.kind() == io::ErrorKind::ResourceBusy && Instant::now() < until => {
                    std::thread::sleep(GLANCE);
                }
                done => return done,
            }
        }
    }
}

/// A number can be given to another process at any time: it is sent a signal only if it is still in the group once a
/// descriptor holds it.
fn kill_member(directory: &Directory, number: i32) -> io::Result<()> {
    let Some(pid) = Pid::from_raw(number) else { return Ok(()) };
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(()) };
    if directory.processes()?.contains(&number) {
        // The only error is that it has ended.
        let _ = pidfd_send_signal(&process, Signal::KILL);
    }
    Ok(())
}

/// A kernel without swap accounting has no file for it.
fn if_there(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
