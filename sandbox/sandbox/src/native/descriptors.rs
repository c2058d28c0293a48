//! The descriptors of a guest that exist only here, by their numbers.

use rustix::io::Errno;
use vfs::{Device, OpenId};

/// The lowest number. Those below are the kernel's.
pub(super) const FIRST: u32 = confine::guest::filter::FIRST_VIRTUAL;
/// How many any guest may have.
const MOST: usize = 64;

/// What a number means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// Something in the virtual file system.
    Open(OpenId),
    /// A device.
    Device(Device),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    meaning: Meaning,
    close_on_exec: bool,
}

/// A guest's own table. Its threads share it.
#[derive(Debug)]
pub(super) struct Descriptors {
    entries: Vec<Option<Entry>>,
    most: usize,
}

impl Descriptors {
    /// An empty table for so many.
    pub(super) fn new(most: usize) -> Self {
        Self { entries: Vec::new(), most: most.min(MOST) }
    }

    /// What a number means; `EBADF` if nothing.
    pub(super) fn get(&self, number: u64) -> Result<Meaning, Errno> {
        self.entry(number).map(|entry| entry.meaning)
    }

    fn entry(&self, number: u64) -> Result<Entry, Errno> {
        index(number).and_then(|index| self.entries.get(index).copied().flatten()).ok_or(Errno::BADF)
    }

    /// `EMFILE` if no number is free.
    pub(super) fn room(&self) -> Result<(), Errno> {
        self.free_from(0).map(drop)
    }

    fn free_from(&self, first: usize) -> Result<usize, Errno> {
        (first..self.most).find(|at| self.entries.get(*at).is_none_or(Option::is_none)).ok_or(Errno::MFILE)
    }

    /// The lowest free number from `from` on gets a meaning.
    pub(super) fn add(&mut self, meaning: Meaning, close_on_exec: bool, from: u64) -> Result<i64, Errno> {
        let first = index(from.max(u64::from(FIRST))).ok_or(Errno::INVAL)?;
        let free = self.free_from(first)?;
        self.set(free, Some(Entry { meaning, close_on_exec }));
        Ok(number(free))
    }

    /// A certain number gets a meaning, and loses the one it had.
    pub(super) fn replace(&mut self, at: u64, meaning: Meaning, close_on_exec: bool) -> Result<Option<Meaning>, Errno> {
        let at = index(at).filter(|at| *at < self.most).ok_or(Errno::BADF)?;
        let old = self.entries.get(at).copied().flatten().map(|entry| entry.meaning);
        self.set(at, Some(Entry { meaning, close_on_exec }));
        Ok(old)
    }

    /// A number loses its meaning.
    pub(super) fn remove(&mut self, number: u64) -> Result<Meaning, Errno> {
        let meaning = self.get(number)?;
        if let Some(index) = index(number) {
            self.set(index, None);
        }
        Ok(meaning)
    }

    pub(super) fn close_on_exec(&self, number: u64) -> Result<bool, Errno> {
        self.entry(number).map(|entry| entry.close_on_exec)
    }

    pub(super) fn set_close_on_exec(&mut self, number: u64, close_on_exec: bool) -> Result<(), Errno> {
        let entry = self.entry(number)?;
        if let Some(index) = index(number) {
            self.set(index, Some(Entry { close_on_exec, ..entry }));
        }
        Ok(())
    }

    fn set(&mut self, index: usize, entry: Option<Entry>) {
        if self.entries.len() <= index {
            self.entries.resize(index + 1, None);
        }
        self.entries[index] = entry;
    }
}

/// The kernel looks at 32 bits of a descriptor's number only.
fn index(number: u64) -> Option<usize> {
    (number as u32).checked_sub(FIRST).map(|index| index as usize)
}

fn number(index: usize) -> i64 {
    index as i64 + i64::from(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Meaning = Meaning::Device(Device::Zero);

    #[test]
    fn the_lowest_free_number_is_given_and_there_is_a_last_one() {
        let mut table = Descriptors::new(MOST);
        for expected in 0..MOST {
            assert_eq!(table.add(ZERO, false, 0), Ok(number(expected)));
        }
        assert_eq!(table.add(ZERO, false, 0), Err(Errno::MFILE));
        assert!(table.remove(70).is_ok());
        assert!(table.remove(70).is_err());
        assert_eq!(table.add(ZERO, false, 0), Ok(70));
    }

    #[test]
    fn a_number_of_the_kernels_means_nothing_here() {
        let mut table = Descriptors::new(MOST);
        assert!(table.get(0).is_err() && table.get(63).is_err() && table.get(64).is_err());
        assert!(table.replace(3, ZERO, false).is_err());
        assert!(table.replace(128, ZERO, false).is_err());
        assert!(table.get(u64::MAX).is_err());
    }
}
