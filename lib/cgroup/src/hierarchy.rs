//! Which hierarchy a process is in, read from what the kernel says of it; see cgroups(7) and proc_pid_mountinfo(5).

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::Lack;

/// The kernel's texts are some KiB; a longer one is cut, and its end not seen.
const MAX_TEXT: u64 = 1024 * 1024;

/// The hierarchy whose groups this process can have.
#[derive(Debug)]
pub enum Hierarchy {
    /// One tree for all controllers.
    V2(Place),
    /// A tree for each controller.
    V1 {
        /// Where memory is bounded.
        memory: Place,
        /// Where the number of tasks is.
        pids: Place,
    },
    /// None of use.
    None(Lack),
}

/// The group of a process in one tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where the tree is mounted.
    pub mount: PathBuf,
    /// The group below that, without a leading `/`; empty for the topmost.
    pub own: PathBuf,
}

/// One mounted tree.
struct Mount<'t> {
    /// Which of its groups is mounted.
    root: PathBuf,
    point: PathBuf,
    v2: bool,
    options: &'t str,
}

impl Hierarchy {
    /// That of this process.
    pub fn of_this_process() -> io::Result<Self> {
        Ok(Self::in_texts(&text("/proc/self/mountinfo")?, &text("/proc/self/cgroup")?))
    }

    /// From the texts of `/proc/PID/mountinfo` and `/proc/PID/cgroup`. Where v1 has both controllers, v2 has neither.
    pub fn in_texts(mountinfo: &str, cgroup: &str) -> Self {
        let mounts: Vec<Mount<'_>> = mountinfo.lines().filter_map(Mount::of).collect();
        let v1 = |controller| {
            let own = memberships(cgroup).find(|(controllers, _)| names(controllers, controller))?.1;
            let found = mounts.iter().filter(|mount| !mount.v2 && names(mount.options, controller));
            Some(place(found, own))
        };
        let v2 = || {
            let own = memberships(cgroup).find(|(controllers, _)| controllers.is_empty())?.1;
            let mut found = mounts.iter().filter(|mount| mount.v2).peekable();
            found.peek()?;
            Some(place(found, own))
        };
        match (v1("memory"), v1("pids")) {
            (Some(memory), Some(pids)) => match (memory, pids) {
                (Ok(memory), Ok(pids)) => Self::V1 { memory, pids },
                (Err(lack), _) | (_, Err(lack)) => Self::None(lack),
            },
            // One of the two in v1: then that one is not in v2.
            (Some(_), None) | (None, Some(_)) => Self::None(Lack::NotMounted),
            (None, None) => match v2() {
                Some(Ok(place)) => Self::V2(place),
                Some(Err(lack)) => Self::None(lack),
                None => Self::None(Lack::NotMounted),
            },
        }
    }
}

fn text(path: &str) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// The lines of `/proc/PID/cgroup`: controllers (none for v2) and group.
fn memberships(cgroup: &str) -> impl Iterator<Item = (&str, &str)> {
    cgroup.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'))
}

fn names(list: &str, word: &str) -> bool {
    list.split(',').any(|entry| entry == word)
}

/// The group `own` as one of the mounts shows it.
fn place<'m>(mounts: impl Iterator<Item = &'m Mount<'m>>, own: &str) -> Result<Place, Lack> {
    let mut seen = None;
    for mount in mounts {
        match Path::new(own).strip_prefix(&mount.root) {
            // With `..` it would lie outside of what this process's cgroup namespace shows.
            Ok(below) if !own.contains("/..") => {
                return Ok(Place { mount: mount.point.clone(), own: below.to_owned() });
            }
            _ => seen = Some(mount.point.clone()),
        }
    }
    Err(seen.map_or(Lack::NotMounted, Lack::OutOfSight))
}

impl<'t> Mount<'t> {
    /// One line of mountinfo: `36 35 98:0 ROOT POINT options tag… - TYPE source OPTIONS`.
    fn of(line: &'t str) -> Option<Self> {
        let (mount, kind) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point) = (plain(mount.next()?), plain(mount.next()?));
        let mut kind = kind.split(' ');
        let v2 = match kind.next()? {
            "cgroup2" => true,
            "cgroup" => false,
            _ => return None,
        };
        Some(Self { root, point, v2, options: kind.nth(1)? })
    }
}

/// Blanks, tabs, newlines and backslashes in paths are written as three octal digits.
fn plain(escaped: &str) -> PathBuf {
    let mut parts = escaped.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                text.push(char::from(byte));
                text.push_str(&part[3..]);
            }
            None => text.push_str(part),
        }
    }
    PathBuf::from(text)
}

#[cfg(test)]
mod tests;
