//! A disk that can be unplugged after any step, and what may then be on it.
//!
//! Two things are durable only when asked for: contents by `write` and `append`, names by `sync`. Before that anything
//! between nothing and all of it may have reached the disk, in any order, and a block that was being written may be
//! neither as it was nor as it should be.

use super::Directory;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

/// What it writes at a time.
const BLOCK: usize = 4096;

pub(super) type Files = BTreeMap<String, Vec<u8>>;
type Names = BTreeMap<String, usize>;

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// How many of them are known to have reached the disk.
    durable: usize,
}

#[derive(Default)]
pub(super) struct Disk {
    /// All files there ever were.
    contents: RefCell<Vec<Content>>,
    /// The names as they were after each change since the last `sync`, with those of the `sync` first.
    names: RefCell<Vec<Names>>,
    /// Steps that are left until the plug is pulled.
    pub(super) steps: Cell<usize>,
    pub(super) taken: Cell<usize>,
}

/// What became of bytes that nobody had waited for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Torn {
    Quarters(usize),
    /// So many of them are there.
    Bytes(usize),
    /// Zeros, but for the pieces of this size whose bits are set.
    Pieces(usize, u64),
}

impl Torn {
    pub(super) const QUARTERS: [Torn; 5] =
        [Torn::Quarters(0), Torn::Quarters(1), Torn::Quarters(2), Torn::Quarters(3), Torn::Quarters(4)];

    fn left(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Torn::Quarters(quarters) => bytes[..bytes.len() * quarters / 4].to_vec(),
            Torn::Bytes(len) => bytes[..len.min(bytes.len())].to_vec(),
            Torn::Pieces(size, there) => {
                let piece = |(number, piece): (usize, &[u8])| match there >> number & 1 {
                    1 => piece.to_vec(),
                    _ => vec![0; piece.len()],
                };
                bytes.chunks(size).enumerate().flat_map(piece).collect()
            }
        }
    }
}

impl Disk {
    pub(super) fn new(files: Files) -> Rc<Disk> {
        let names = files.keys().cloned().zip(0..).collect();
        let contents = files.into_values().map(|bytes| Content { durable: bytes.len(), bytes }).collect();
        Rc::new(Disk {
            contents: RefCell::new(contents),
            names: RefCell::new(vec![names]),
            steps: Cell::new(usize::MAX),
            taken: Cell::new(0),
        })
    }

    fn step(&self) -> io::Result<()> {
        self.taken.set(self.taken.get() + 1);
        self.steps.set(self.steps.get().checked_sub(1).ok_or(io::ErrorKind::Other)?);
        Ok(())
    }

    pub(super) fn now(&self) -> Names {
        self.names.borrow().last().cloned().unwrap_or_default()
    }

    /// How many files were ever made.
    pub(super) fn made(&self) -> usize {
        self.contents.borrow().len()
    }

    fn change(&self, change: impl FnOnce(&mut Names)) {
        let mut names = self.now();
        change(&mut names);
        self.names.borrow_mut().push(names);
    }

    fn found(&self, name: &str) -> io::Result<usize> {
        Ok(*self.now().get(name).ok_or(io::ErrorKind::NotFound)?)
    }

    /// Puts bytes behind what a file holds, half of them at a time, and waits for them.
    fn put(&self, index: usize, bytes: &[u8]) -> io::Result<()> {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        for half in [first, second] {
            self.step()?;
            let content = &mut self.contents.borrow_mut()[index];
            // Where a block that was there is written once more, all of it may be lost.
            content.durable = content.durable.min(content.bytes.len() / BLOCK * BLOCK);
            content.bytes.extend(half);
        }
        self.step()?;
        let content = &mut self.contents.borrow_mut()[index];
        content.durable = content.bytes.len();
        Ok(())
    }

    /// All that may be on the disk: the names after any of the changes that were not yet synced, and contents that were
    /// not yet synced in any of these states.
    pub(super) fn outcomes(&self, torn: &[Torn]) -> Vec<Files> {
        let contents = self.contents.borrow();
        let file = |index: usize, torn: Torn| {
            let Content { bytes, durable } = &contents[index];
            [&bytes[..*durable], &torn.left(&bytes[*durable..])].concat()
        };
        let names = self.names.borrow();
        let outcomes = names.iter().flat_map(|names| torn.iter().map(move |torn| (names, *torn)));
        outcomes
            .map(|(names, torn)| names.iter().map(|(name, index)| (name.clone(), file(*index, torn))).collect())
            .collect()
    }

    /// What is on a disk that nobody has unplugged.
    pub(super) fn files(&self) -> Files {
        self.outcomes(&[Torn::Quarters(4)]).pop().expect("there are names, or none")
    }
}

impl Directory for Rc<Disk> {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.now().into_keys().collect())
    }

    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = &self.contents.borrow()[self.found(name)?].bytes;
        Ok(bytes[..bytes.len().min(limit as usize)].to_vec())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.now().contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.step()?;
        let index = self.contents.borrow().len();
        self.contents.borrow_mut().push(Content::default());
        self.change(|names| _ = names.insert(name.to_owned(), index));
        self.put(index, bytes)
    }

    fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.put(self.found(name)?, bytes)
    }

    fn settle(&self, name: &str) -> io::Result<()> {
        self.step()?;
        let content = &mut self.contents.borrow_mut()[self.found(name)?];
        content.durable = content.bytes.len();
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        let index = self.found(from)?;
        self.change(|names| {
            names.remove(from);
            names.insert(to.to_owned(), index);
        });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step()?;
        self.change(|names| _ = names.remove(name));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.step()?;
        self.names.replace_with(|names| names.split_off(names.len() - 1));
        Ok(())
    }
}
