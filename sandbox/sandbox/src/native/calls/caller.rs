//! The guest behind a call, as far as an answer needs it: its memory, its descriptors, its wait.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use confine::guest::{Listener, Notification, memory};
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};

/// How an answer reaches the guest and what it asks of it. Beside the kernel there is one other: the fuzz target's.
pub(in super::super) trait Caller {
    /// Copies from its memory, and stops early where that ends.
    fn read(&self, call: &Notification, address: u64, into: &mut [u8]) -> io::Result<usize>;
    /// A string up to its zero byte; `None` if there is no end within `most` bytes.
    fn read_string(&self, call: &Notification, address: u64, most: usize) -> io::Result<Option<Vec<u8>>>;
    /// Copies into its memory, and stops early where that ends.
    fn write(&self, call: &Notification, address: u64, bytes: &[u8]) -> io::Result<usize>;
    /// Whether it still waits: whether what was read was its own.
    fn is_waiting(&self, call: &Notification) -> bool;
    /// A copy of what the kernel has open for it.
    fn descriptor(&self, number: i32) -> io::Result<OwnedFd>;
    /// Answers with a value or an error number.
    fn answer(&self, call: &Notification, answer: Result<i64, i32>) -> io::Result<()>;
    /// Answers with a descriptor.
    fn hand(&self, call: &Notification, descriptor: BorrowedFd<'_>, close_on_exec: bool) -> io::Result<()>;
}

/// A guest in a process of its own.
pub(in super::super) struct Process<'a> {
    pub(in super::super) listener: &'a Listener,
    pub(in super::super) process: &'a OwnedFd,
}

impl Caller for Process<'_> {
    fn read(&self, call: &Notification, address: u64, into: &mut [u8]) -> io::Result<usize> {
        memory::read(call.thread, address, into)
    }

    fn read_string(&self, call: &Notification, address: u64, most: usize) -> io::Result<Option<Vec<u8>>> {
        memory::read_string(call.thread, address, most)
    }

    fn write(&self, call: &Notification, address: u64, bytes: &[u8]) -> io::Result<usize> {
        memory::write(call.thread, address, bytes)
    }

    fn is_waiting(&self, call: &Notification) -> bool {
        self.listener.is_waiting(call.id)
    }

    fn descriptor(&self, number: i32) -> io::Result<OwnedFd> {
        Ok(pidfd_getfd(self.process, number, PidfdGetfdFlags::empty())?)
    }

    fn answer(&self, call: &Notification, answer: Result<i64, i32>) -> io::Result<()> {
        self.listener.answer(call.id, answer).map(drop)
    }

    fn hand(&self, call: &Notification, descriptor: BorrowedFd<'_>, close_on_exec: bool) -> io::Result<()> {
        self.listener.hand(call.id, descriptor, close_on_exec)
    }
}
