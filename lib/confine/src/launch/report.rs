//! How the child says which step failed: one small record through a pipe that exec closes.

use std::io;
use std::os::fd::OwnedFd;

use super::{LaunchError, Step};

/// Step, its index, error number.
type Record = [u8; 12];

/// The steps by their number on the wire.
const STEPS: &[fn(usize) -> Step] = &[
    |_| Step::Session,
    |_| Step::ControlGroups,
    |_| Step::Descriptors,
    |_| Step::Namespaces,
    |_| Step::Root,
    Step::Mount,
    Step::Limit,
    |_| Step::Bounding,
    |_| Step::Groups,
    |_| Step::Gid,
    |_| Step::Uid,
    |_| Step::Capabilities,
    |_| Step::NoNewPrivileges,
    |_| Step::DeathSignal,
    |_| Step::Exec,
];

/// In the child: allocates nothing. If the launcher is gone there is nobody to tell.
pub(super) fn write(pipe: &OwnedFd, step: Step, error: &io::Error) {
    let index = match step {
        Step::Mount(index) | Step::Limit(index) => index,
        _ => 0,
    };
    let number = STEPS.iter().position(|make| make(index) == step).unwrap_or(0);
    let mut record: Record = [0; 12];
    record[..4].copy_from_slice(&(number as u32).to_ne_bytes());
    record[4..8].copy_from_slice(&(index as u32).to_ne_bytes());
    record[8..].copy_from_slice(&error.raw_os_error().unwrap_or(libc::EIO).to_ne_bytes());
    let _ = rustix::io::write(pipe, &record);
}

/// In the launcher, with its own writing end closed: waits until the child runs the program, is dead, or has said what
/// failed.
pub(super) fn read(pipe: &OwnedFd) -> Result<(), LaunchError> {
    let mut record: Record = [0; 12];
    let length = loop {
        match rustix::io::read(pipe, &mut record) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(LaunchError::Fork(error.into())),
            Ok(length) => break length,
        }
    };
    if length < record.len() {
        return Ok(());
    }
    let word = |at: usize| u32::from_ne_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
    let make = STEPS.get(word(0) as usize).copied().unwrap_or(|_| Step::Exec);
    Err(LaunchError::Step { step: make(word(4) as usize), source: io::Error::from_raw_os_error(word(8).cast_signed()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All steps, by which one follows which: a new one does not compile before it has its place here.
    fn following(step: &Step) -> Option<Step> {
        Some(match step {
            Step::Session => Step::ControlGroups,
            Step::ControlGroups => Step::Descriptors,
            Step::Descriptors => Step::Namespaces,
            Step::Namespaces => Step::Root,
            Step::Root => Step::Mount(3),
            Step::Mount(_) => Step::Limit(3),
            Step::Limit(_) => Step::Bounding,
            Step::Bounding => Step::Groups,
            Step::Groups => Step::Gid,
            Step::Gid => Step::Uid,
            Step::Uid => Step::Capabilities,
            Step::Capabilities => Step::NoNewPrivileges,
            Step::NoNewPrivileges => Step::DeathSignal,
            Step::DeathSignal => Step::Exec,
            Step::Exec => return None,
        })
    }

    #[test]
    fn a_failed_step_reads_back_as_it_was_written() {
        for step in std::iter::successors(Some(Step::Session), following) {
            let (reader, writer) = rustix::pipe::pipe().expect("pipe");
            write(&writer, step, &io::Error::from_raw_os_error(libc::EPERM));
            drop(writer);
            let Err(LaunchError::Step { step: read, source }) = read(&reader) else { panic!("no step in the report") };
            assert_eq!((read, source.raw_os_error()), (step, Some(libc::EPERM)));
        }
    }
}
