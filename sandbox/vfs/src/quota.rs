//! What one owner may keep, counted exactly.
//!
//! Bytes are the sizes of files (`st_size`, holes included) and the lengths of symbolic links' targets. Entries are names,
//! the root's own excepted, and files that have lost their last name but are still open: those keep what they cost until
//! they are closed.

use crate::Rule;

/// What one owner may keep. A tree that is larger, because its limits were lowered, stays readable and can only shrink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of all files together; beyond it `ENOSPC`.
    pub bytes: u64,
    /// Files, directories and links together; beyond it `ENOSPC`.
    pub entries: u64,
    /// Of one file; beyond it `EFBIG`.
    pub file_size: u64,
    /// Directories inside one another, 256 at the most; beyond it `ENAMETOOLONG`.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 16 << 20, entries: 1000, file_size: 16 << 20, depth: 64 }
    }
}

/// What one owner keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub bytes: u64,
    pub entries: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Quota {
    pub(crate) limits: Limits,
    pub(crate) used: Usage,
}

impl Quota {
    pub(crate) fn bytes_left(&self) -> u64 {
        self.limits.bytes.saturating_sub(self.used.bytes)
    }

    pub(crate) fn entries_left(&self) -> u64 {
        self.limits.entries.saturating_sub(self.used.entries)
    }

    pub(crate) fn take_bytes(&mut self, bytes: u64) -> Result<(), Rule> {
        if bytes > self.bytes_left() {
            return Err(Rule::BytesSpent(self.limits.bytes));
        }
        self.used.bytes += bytes;
        Ok(())
    }

    pub(crate) fn take_entry(&mut self) -> Result<(), Rule> {
        if self.entries_left() == 0 {
            return Err(Rule::EntriesSpent(self.limits.entries));
        }
        self.used.entries += 1;
        Ok(())
    }

    pub(crate) fn give_back_bytes(&mut self, bytes: u64) {
        self.used.bytes -= bytes;
    }

    pub(crate) fn give_back_entry(&mut self) {
        self.used.entries -= 1;
    }
}
