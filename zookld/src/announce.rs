//! Tells people and programs that the site is up, and where.

use std::fmt::Write;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::fence::Fences;
use crate::journal;
use crate::slot::Slot;

/// The file `port` below the jail's `run`, for programs; it is there as long as the site is up.
pub(crate) struct Announcement(PathBuf);

impl Announcement {
    /// Writes the file at once: whoever finds it finds a whole number in it.
    pub(crate) fn make(directory: &Path, address: SocketAddr) -> io::Result<Self> {
        let (path, new) = (directory.join("port"), directory.join("port.new"));
        fs::write(&new, format!("{}\n", address.port()))?;
        fs::rename(&new, &path)?;
        Ok(Self(path))
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // A file that is left behind leads to a closed port, which says the same.
        let _ = fs::remove_file(&self.0);
    }
}

/// Prints who runs as whom, and where to look.
pub(crate) fn table(slots: &[Slot], fences: &Fences, address: SocketAddr) {
    let mut text = format!("{:<14} {:>8} {:>8}  ROOT\n", "SERVICE", "PID", "USER");
    let launcher = rustix::process::getpid().as_raw_nonzero();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:<14} {launcher:>8} {:>8}  /", "zookld", "root");
    for slot in slots {
        let pid = slot.life.as_ref().map(|life| life.process.pid.as_raw_nonzero().get()).unwrap_or_default();
        let root = slot.plan.root.path().display();
        let _ = writeln!(text, "{:<14} {pid:>8} {:>8}  {root}", slot.name(), slot.plan.service.uid);
    }
    let _ = writeln!(text, "{fences}");
    let processes = slots.len();
    let _ =
        write!(text, "{processes} services are up, each proved confined. http://{address}/   Ctrl-C stops the site.");
    journal::say(&text);
}
