//! The kernel as an oracle: any operations in any order on the virtual file system and on a tmpfs, and the same answers, the
//! same files after them. Needs root, for the mounts.
//!
//! The input is a byte that says how closely to look, then the program.

#![no_main]

#[path = "../../sandbox/vfs/tests/oracle/answer.rs"]
mod answer;
#[path = "../../sandbox/vfs/tests/oracle/compare.rs"]
mod compare;
#[path = "../../sandbox/vfs/tests/oracle/ops.rs"]
mod ops;
#[path = "../../sandbox/vfs/tests/oracle/ours.rs"]
mod ours;
#[path = "../../sandbox/vfs/tests/oracle/real.rs"]
mod real;

use compare::{CLOSELY, compare};
use libfuzzer_sys::fuzz_target;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Result;
use rustix::process::{chroot, fchdir};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// The byte for programs that are compared closely, all others are at their end. It is slow, and so only one of many.
const SLOWER: u8 = u8::MAX;

/// Something is mounted here, for this process alone.
const PLACE: &str = "/mnt";
/// Names the process that has a mount namespace of its own; those that it starts get theirs.
const ALONE: &str = "ORACLE_ALONE";

/// Ways into the oracle's root and out of it.
struct Doors {
    inside: OwnedFd,
    outside: OwnedFd,
    working: OwnedFd,
}

static DOORS: OnceLock<Doors> = OnceLock::new();

fuzz_target!(
    init: {
        enter_namespace();
        let doors = Doors::build().expect("root may mount");
        assert!(DOORS.set(doors).is_ok());
        // What is found is written down outside.
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            leave().expect("the doors are open");
            report(panic);
        }));
    },
    |input: &[u8]| {
        let Some((look, program)) = input.split_first() else { return };
        enter().expect("the doors are open");
        let stride = if *look == SLOWER { CLOSELY } else { usize::MAX };
        if let Err(difference) = compare(program, stride) {
            panic!("{difference}");
        }
        leave().expect("the doors are open");
    }
);

/// Begins this program anew, as the same process, in a mount namespace of its own.
fn enter_namespace() {
    let process = std::process::id().to_string();
    if std::env::var(ALONE).is_ok_and(|alone| alone == process) {
        return;
    }
    let program = std::env::current_exe().expect("/proc is mounted");
    let mut anew = Command::new("unshare");
    anew.arg("--mount").arg(program).args(std::env::args_os().skip(1)).env(ALONE, process);
    panic!("unshare: {}", anew.exec());
}

impl Doors {
    /// Builds the oracle's root.
    fn build() -> Result<Self> {
        let door = |path| open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        real::build(Path::new(PLACE))?;
        Ok(Self { inside: door(PLACE)?, outside: door("/")?, working: door(".")? })
    }
}

fn enter() -> Result<()> {
    let doors = DOORS.get().expect("they were built at the start");
    fchdir(&doors.inside)?;
    chroot(".")
}

fn leave() -> Result<()> {
    let doors = DOORS.get().expect("they were built at the start");
    real::raise()?;
    fchdir(&doors.outside)?;
    chroot(".")?;
    fchdir(&doors.working)
}
