//! Whatever a guest's registers and memory say when it makes a system call: nothing panics, each call gets exactly one
//! answer, one that the kernel can pass on; the limits hold, and what is left can be committed.
//!
//! The input is the guest's memory, then its calls: a number and six arguments, each of them a choice or eight bytes.

#![no_main]

// What takes calls apart in the native engine, as it stands there.
#[path = "../../sandbox/sandbox/src/native/calls/mod.rs"]
#[allow(dead_code, unused_imports)]
mod calls;
#[path = "../../sandbox/sandbox/src/native/clock.rs"]
#[allow(dead_code)]
mod clock;
#[path = "../../sandbox/sandbox/src/native/descriptors.rs"]
mod descriptors;
#[path = "../../sandbox/sandbox/src/native/layout.rs"]
mod layout;
#[path = "../../sandbox/sandbox/src/native/library.rs"]
mod library;
#[path = "../../sandbox/sandbox/src/native/refusals.rs"]
mod refusals;
#[path = "../memory.rs"]
mod memory;

use calls::{Caller, World};
use confine::guest::Notification;
use libfuzzer_sys::fuzz_target;
use library::Library;
use memory::Memory;
use rustix::fs::Timespec;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use vfs::Limits;
use vfs::store::{Loaded, Store};

const LIMITS: Limits = Limits { bytes: 100_000, entries: 12, file_size: 60_000, depth: 3 };
const NOW: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// The guest's memory: one page of paths, then what the input says. Everything else is not mapped.
const BASE: u64 = 0x7fff_0000_0000;
const PAGE: usize = 4096;
const SPACING: usize = 64;
const PATHS: [&str; 12] =
    ["a", "b", "d", "d/a", "..", ".", "/tmp/a", "/data/d/", "/dev/urandom", "", "/usr/lib/python3", "l"];

fuzz_target!(|data: &[u8]| {
    let mut source = Source(data);
    let length = source.number(2) as usize % (2 * PAGE);
    let guest = Guest::new(source.take(length));
    let disk = Memory::default();
    let Loaded { mut store, tree, .. } = Store::load(&disk, LIMITS, NOW).expect("an empty disk is an empty tree");
    let mut world = World::new(library(), tree);
    while !source.0.is_empty() {
        let call = source.call();
        guest.answers.set(0);
        world.answer(&guest, &call).expect("the answer is taken");
        assert_eq!(guest.answers.get(), 1, "{call:?}");
        let used = world.tree_mut().usage();
        assert!(used.bytes <= LIMITS.bytes && used.entries <= LIMITS.entries, "{used:?}");
    }
    let (mut tree, told) = world.end();
    assert!(told.len() <= 50);
    store.commit(&mut tree).expect("memory does not fail");
    assert_eq!(Store::load(&disk, LIMITS, NOW).expect("it was committed").tree.usage(), tree.usage());
});

fn library() -> Arc<Library> {
    static LIBRARY: OnceLock<Arc<Library>> = OnceLock::new();
    let look = || {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
        Arc::new(Library::look_through(&[here]).expect("it was built from there"))
    };
    LIBRARY.get_or_init(look).clone()
}

/// The bytes of the input that are left. There are always enough: zeroes follow.
struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn number(&mut self, length: usize) -> u64 {
        let taken = self.take(length);
        taken.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn call(&mut self) -> Notification {
        let call = match self.number(1) {
            255 => self.number(4) as i64,
            // One byte for the calls that there have been for long, and the newer ones moved to where nothing stands.
            number @ 200..255 => number as i64 + 57,
            number => number as i64,
        };
        let arguments = std::array::from_fn(|_| self.argument());
        Notification { id: 1, thread: rustix::process::Pid::INIT, call, arguments }
    }

    fn argument(&mut self) -> u64 {
        match self.number(1) {
            path @ 0..12 => BASE + path * SPACING as u64,
            number @ 12..28 => number - 12,
            descriptor @ 28..36 => u64::from(confine::guest::filter::FIRST_VIRTUAL) + descriptor - 28,
            36 => libc::AT_FDCWD as u64,
            37 => BASE + self.number(2),
            38 => self.number(8),
            39 => u64::MAX,
            40 => i64::MAX as u64,
            shift @ 41..105 => 1 << (shift - 41),
            place => BASE + PAGE as u64 + 16 * (place - 105),
        }
    }
}

struct Guest {
    memory: RefCell<Vec<u8>>,
    answers: Cell<u32>,
}

impl Guest {
    fn new(own: &[u8]) -> Self {
        let mut memory = vec![0; PAGE];
        for (index, path) in PATHS.iter().enumerate() {
            memory[index * SPACING..][..path.len()].copy_from_slice(path.as_bytes());
        }
        memory.extend_from_slice(own);
        memory.resize(3 * PAGE, 0);
        Self { memory: RefCell::new(memory), answers: Cell::new(0) }
    }

    /// Of so many bytes from an address on, where those begin that exist, and how many these are.
    fn mapped(&self, address: u64, length: usize) -> io::Result<(usize, usize)> {
        let mapped = self.memory.borrow().len();
        let start = address.checked_sub(BASE).and_then(|at| usize::try_from(at).ok()).filter(|at| *at < mapped);
        let start = start.ok_or(io::Error::from_raw_os_error(libc::EFAULT))?;
        Ok((start, length.min(mapped - start)))
    }

    fn answered(&self) {
        self.answers.set(self.answers.get() + 1);
    }
}

impl Caller for Guest {
    fn read(&self, _: &Notification, address: u64, into: &mut [u8]) -> io::Result<usize> {
        let (start, length) = self.mapped(address, into.len())?;
        into[..length].copy_from_slice(&self.memory.borrow()[start..start + length]);
        Ok(length)
    }

    fn read_string(&self, _: &Notification, address: u64, most: usize) -> io::Result<Option<Vec<u8>>> {
        let (start, length) = self.mapped(address, most)?;
        let memory = self.memory.borrow();
        let found = &memory[start..start + length];
        match found.iter().position(|byte| *byte == 0) {
            Some(end) => Ok(Some(found[..end].to_vec())),
            None if length < most => Err(io::Error::from_raw_os_error(libc::EFAULT)),
            None => Ok(None),
        }
    }

    fn write(&self, _: &Notification, address: u64, bytes: &[u8]) -> io::Result<usize> {
        let (start, length) = self.mapped(address, bytes.len())?;
        self.memory.borrow_mut()[start..start + length].copy_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn is_waiting(&self, _: &Notification) -> bool {
        true
    }

    fn descriptor(&self, number: i32) -> io::Result<OwnedFd> {
        static NULL: OnceLock<File> = OnceLock::new();
        match number {
            0..4 => NULL.get_or_init(|| File::open("/dev/null").expect("it is there")).try_clone().map(OwnedFd::from),
            _ => Err(io::Error::from_raw_os_error(libc::EBADF)),
        }
    }

    fn answer(&self, call: &Notification, answer: Result<i64, i32>) -> io::Result<()> {
        match answer {
            // What the kernel would take for an error is never a value.
            Ok(value) => assert!(value >= 0, "{call:?}: {value}"),
            Err(number) => assert!((1..4096).contains(&number), "{call:?}: {number}"),
        }
        self.answered();
        Ok(())
    }

    fn hand(&self, _: &Notification, _: BorrowedFd<'_>, _: bool) -> io::Result<()> {
        self.answered();
        Ok(())
    }
}
