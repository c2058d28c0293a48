//! How often this machine can make anything durable: what everything durable is measured by.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// What SQLite writes at least for one transaction.
const PAGE: [u8; 4096] = [0; 4096];

/// A file that grows by a page at a time, each on the disk before the next.
pub(crate) struct Disk(File);

impl Disk {
    /// Opens a file on the file system to be measured.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        Ok(Self(OpenOptions::new().create(true).append(true).open(path)?))
    }

    /// Pages per second.
    pub(crate) fn rate(&mut self, turn: Duration) -> anyhow::Result<f64> {
        let (begin, mut pages) = (Instant::now(), 0_u32);
        while begin.elapsed() < turn {
            self.0.write_all(&PAGE)?;
            self.0.sync_data()?;
            pages += 1;
        }
        Ok(f64::from(pages) / begin.elapsed().as_secs_f64())
    }
}
