//! The host as it must be after every attack.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::fixture::{self, OF_EACH, USERS, native, python, stores};

/// Longest time until what an attack has left is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// A name that no file of the host may have: attacks give it to theirs.
pub(crate) fn mark() -> String {
    format!("escaped-{}", std::process::id())
}

/// Where a file that escaped could be.
const PLACES: &[&str] = &["/", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/usr", "/usr/lib", "."];

/// The host before an attack. While somebody holds it, nobody else's attack goes on, so that what changed has one author.
pub(crate) struct Host {
    descriptors: usize,
    hostname: String,
    changes: Vec<Option<SystemTime>>,
    _alone: MutexGuard<'static, ()>,
}

/// Looks at the host.
pub(crate) fn look() -> Host {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    python();
    native();
    let spares = fixture::spares();
    assert!(until(|| guests().len() == spares && unquiet_guests().is_empty()), "no attack has begun: {:?}", guests());
    Host { descriptors: settled(descriptors), hostname: hostname(), changes: changes(), _alone: alone }
}

impl Host {
    /// Nothing of the attack is left: no process or thread, no file, no object of the kernel's, no descriptor of ours.
    pub(crate) fn is_unchanged(&self, attack: &str) {
        assert!(until(|| unquiet_guests().is_empty()), "{attack}\nleft {:?}", unquiet_guests());
        for place in PLACES {
            assert!(!Path::new(place).join(mark()).exists(), "{attack}\nleft a file in {place}");
        }
        for file in files(&stores()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            assert!(!name.contains(&mark()), "{attack}\nleft {}", file.display());
        }
        for table in ["shm", "sem", "msg"] {
            let table = fs::read_to_string(format!("/proc/sysvipc/{table}")).unwrap_or_default();
            let guests = |line: &str| line.split_whitespace().filter_map(|word| word.parse().ok()).any(is_guest);
            assert!(!table.lines().any(guests), "{attack}\nleft {table}");
        }
        assert_eq!(hostname(), self.hostname, "{attack}");
        assert_eq!(changes(), self.changes, "{attack}");
        assert!(until(|| descriptors() <= self.descriptors), "{attack}\nleft {} descriptors", descriptors());
    }
}

/// Waits until it is so.
fn until(so: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

/// A number that has stopped to change.
fn settled(number: impl Fn() -> usize) -> usize {
    let mut last = number();
    loop {
        std::thread::sleep(Duration::from_millis(20));
        let next = number();
        if next == last {
            return next;
        }
        last = next;
    }
}

fn is_guest(uid: u32) -> bool {
    USERS.guests.contains(&uid)
}

/// Processes with a guest's uid, by that: their number, state and threads.
fn guests() -> BTreeMap<u32, Vec<String>> {
    let mut by_uid: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").expect("procfs").flatten() {
        // Whoever has ended meanwhile is gone.
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().unwrap_or_default()
        };
        let Some(uid) = field("Uid:").parse().ok().filter(|uid| is_guest(*uid) && !is_zygote(*uid)) else { continue };
        let told = format!("{} {} {}", field("Pid:"), field("State:"), field("Threads:"));
        by_uid.entry(uid).or_default().push(told);
    }
    by_uid
}

/// Those that are not what is always there: for each uid one spare, which has one thread and waits.
fn unquiet_guests() -> Vec<String> {
    guests().into_values().filter(|all| all.len() > 1 || !all[0].ends_with("S 1")).flatten().collect()
}

/// Root of the guests' namespace.
fn is_zygote(uid: u32) -> bool {
    (uid - USERS.guests.start).is_multiple_of(OF_EACH)
}

/// But for the directories of owners whose files are kept in memory: they come and go by another rule.
fn descriptors() -> usize {
    let all = fs::read_dir("/proc/self/fd").expect("procfs").flatten();
    all.filter(|entry| !fs::read_link(entry.path()).is_ok_and(|target| target.starts_with(stores()))).count()
}

fn hostname() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").expect("procfs")
}

/// When what an attack would like to change was changed.
fn changes() -> Vec<Option<SystemTime>> {
    let watched = ["/etc/passwd", "/etc/shadow", "/usr/lib", "/usr/lib/python3", "/usr/lib/x86_64-linux-gnu"];
    watched.iter().map(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok()).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files(&entry.path()));
        }
        found.push(entry.path());
    }
    found
}
