//! What the kernel says about another process, seen from outside by root: the launcher's check of a service's own proof.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::Pid;

/// `/proc/PID/status` is a few KiB; one that is longer is not believed.
const MAX_STATUS: u64 = 64 * 1024;

/// One process as `/proc` shows it, see proc(5). Nothing here was said by the process itself but `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name, at most 15 bytes; the process can change it.
    pub name: String,
    /// Real, effective, saved and file-system uid.
    pub uids: [u32; 4],
    /// Real, effective, saved and file-system gid.
    pub gids: [u32; 4],
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Its five capability sets.
    pub capabilities: Capabilities,
    /// Whether an exec can give it anything.
    pub no_new_privs: bool,
    /// 0 none, 1 strict, 2 filter.
    pub seccomp: u32,
    /// How many system-call filters stand one above the other.
    pub filters: u32,
    /// Number of threads.
    pub threads: u32,
    /// Inode of each namespace, by its name in `/proc/PID/ns`.
    pub namespaces: BTreeMap<String, u64>,
    /// Device and inode of its root directory.
    pub root: (u64, u64),
    /// Open descriptors, and what they lead to.
    pub descriptors: BTreeMap<i32, PathBuf>,
}

/// The capability sets of a process, as bit masks; see capabilities(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// What an exec of a file with capabilities may add.
    pub inheritable: u64,
    /// What it may make effective.
    pub permitted: u64,
    /// What it may do now.
    pub effective: u64,
    /// What an exec can ever give it.
    pub bounding: u64,
    /// What survives an exec.
    pub ambient: u64,
}

impl Capabilities {
    /// Whether all five sets are empty.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Seen {
    /// Looks at the process `pid`. Not one snapshot: a process that changes meanwhile can be seen half before and half after.
    pub fn of(pid: Pid) -> io::Result<Self> {
        let proc = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
        let mut text = String::new();
        fs::File::open(proc.join("status"))?.take(MAX_STATUS).read_to_string(&mut text)?;
        let status = Status(&text);
        let root = fs::metadata(proc.join("root"))?;
        Ok(Self {
            name: status.field("Name")?.to_owned(),
            uids: status.four("Uid")?,
            gids: status.four("Gid")?,
            groups: status.numbers("Groups")?,
            capabilities: Capabilities {
                inheritable: status.mask("CapInh")?,
                permitted: status.mask("CapPrm")?,
                effective: status.mask("CapEff")?,
                bounding: status.mask("CapBnd")?,
                ambient: status.mask("CapAmb")?,
            },
            no_new_privs: status.number("NoNewPrivs")? == 1,
            seccomp: status.number("Seccomp")?,
            filters: status.number("Seccomp_filters")?,
            threads: status.number("Threads")?,
            namespaces: links(proc.join("ns"))?
                .into_iter()
                .filter_map(|(name, link)| Some((name, inode_in(link.to_str()?)?)))
                .collect(),
            root: (root.dev(), root.ino()),
            descriptors: links(proc.join("fd"))?
                .into_iter()
                .filter_map(|(number, link)| Some((number.parse().ok()?, link)))
                .collect(),
        })
    }
}

/// The entries of a directory of links. One that vanishes while we look is left out.
fn links(directory: PathBuf) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        match fs::read_link(entry.path()) {
            Ok(link) => found.push((entry.file_name().to_string_lossy().into_owned(), link)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The number in a link such as `net:[4026531840]`.
fn inode_in(link: &str) -> Option<u64> {
    link.split_once(":[")?.1.strip_suffix(']')?.parse().ok()
}

/// The text of `/proc/PID/status`.
struct Status<'a>(&'a str);

impl<'a> Status<'a> {
    fn field(&self, key: &str) -> io::Result<&'a str> {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
            .map(str::trim)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("/proc/PID/status has no line {key}")))
    }

    fn numbers(&self, key: &str) -> io::Result<Vec<u32>> {
        self.field(key)?.split_whitespace().map(|word| word.parse().map_err(|_| malformed(key))).collect()
    }

    fn number(&self, key: &str) -> io::Result<u32> {
        self.field(key)?.parse().map_err(|_| malformed(key))
    }

    fn four(&self, key: &str) -> io::Result<[u32; 4]> {
        self.numbers(key)?.try_into().map_err(|_| malformed(key))
    }

    fn mask(&self, key: &str) -> io::Result<u64> {
        u64::from_str_radix(self.field(key)?, 16).map_err(|_| malformed(key))
    }
}

fn malformed(key: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("/proc/PID/status: the line {key} is not understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_as_it_is() {
        let seen = Seen::of(rustix::process::getpid()).expect("our own entry is readable");
        assert_eq!(seen.uids, [rustix::process::getuid().as_raw(); 4]);
        assert!(seen.capabilities.effective != 0, "the tests of this crate run as root");
        assert!(!seen.capabilities.are_none());
        assert!(seen.namespaces.contains_key("net") && seen.namespaces.contains_key("mnt"));
        assert!(seen.descriptors.contains_key(&1));
        let root = fs::metadata("/").expect("readable");
        assert_eq!(seen.root, (root.dev(), root.ino()));
    }

    #[test]
    fn a_process_that_is_gone_is_an_error() {
        let pid = Pid::from_raw(i32::MAX).expect("positive");
        assert!(Seen::of(pid).is_err());
    }
}
