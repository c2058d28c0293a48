//! The running processes of a site, as the kernel shows them.

use std::fs;

use confine::inspect::Seen;
use rustix::process::Pid;

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Process id of its parent.
    pub parent: u32,
    /// Real user.
    pub uid: u32,
    /// `argv[0]`.
    pub name: String,
}

impl Process {
    /// Everything that `/proc` tells root about it.
    #[track_caller]
    pub fn seen(&self) -> Seen {
        let pid = Pid::from_raw(self.pid.cast_signed()).expect("a process id");
        Seen::of(pid).unwrap_or_else(|why| panic!("{} (pid {}) cannot be looked at: {why}", self.name, self.pid))
    }

    /// Reads /proc/PID (proc(5)); `None` when the process is gone or a zombie.
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1).map(str::to_owned)
        };
        if field("State:")? == "Z" {
            return None;
        }
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let name = command.split(|byte| *byte == 0).next().unwrap_or_default();
        Some(Self {
            pid,
            parent: field("PPid:")?.parse().ok()?,
            uid: field("Uid:")?.parse().ok()?,
            name: String::from_utf8_lossy(name).into_owned(),
        })
    }

    /// All processes that descend from `ancestor`, itself not included.
    pub fn descendants(ancestor: u32) -> Vec<Self> {
        let all: Vec<Self> = all().collect();
        let mut found: Vec<Self> = Vec::new();
        let mut wanted = vec![ancestor];
        while let Some(parent) = wanted.pop() {
            for process in all.iter().filter(|process| process.parent == parent) {
                wanted.push(process.pid);
                found.push(process.clone());
            }
        }
        found
    }

    /// All processes whose user is in a range.
    pub fn of_users(users: std::ops::Range<u32>) -> Vec<Self> {
        all().filter(|process| users.contains(&process.uid)).collect()
    }
}

fn all() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").expect("/proc is mounted");
    entries.filter_map(|entry| Process::of(entry.ok()?.file_name().to_str()?.parse().ok()?))
}
