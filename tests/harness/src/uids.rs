//! A range of users for each site, so that sites side by side never share one.

use std::fs::{File, OpenOptions};

use rustix::fs::{FlockOperation, flock};

/// First user of the first range; far from those of a real site.
const FIRST: u32 = 200_000;
/// Users of one range: twenty for services, the rest for guests.
const COUNT: u32 = 1_000;
/// How many sites can run at a time on one machine.
const RANGES: u32 = 64;

/// A range of users that nobody else has for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Uids {
    first: u32,
    _lock: File,
}

impl Uids {
    /// Claims a free range by a file lock, which the kernel takes back even from a test that is killed.
    pub(crate) fn claim() -> Self {
        for number in 0..RANGES {
            let path = std::env::temp_dir().join(format!("zookws-test-uids-{number}"));
            let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path).expect("opens");
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
                return Self { first: FIRST + number * COUNT, _lock: lock };
            }
        }
        panic!("{RANGES} sites are running at a time; wait for some to end");
    }

    /// First user of the range.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }
}
