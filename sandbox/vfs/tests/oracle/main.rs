//! The kernel as an oracle: the same random operations on a virtual tree and on a tmpfs, the same answers, and the same
//! files after them: names, types, permissions, sizes, links, blocks, contents, and which times moved.
//!
//! `ORACLE_SEEDS=1000` tries more programs than usual, `ORACLE_SEED=17` only one, as it was printed by a failure.

mod answer;
mod compare;
mod ops;
mod ours;
mod real;

use compare::{CLOSELY, compare};
use std::process::{Command, ExitCode};

/// Programs in a usual run, and bytes of operations in each: about 2,000 operations.
const SEEDS: u64 = 250;
const PROGRAM: usize = 18_000;

/// Whole states are compared each time so many operations are done; in one program of [`SLOWER`] closely.
const STRIDE: usize = 16;
const SLOWER: u64 = 8;

/// Set for the copy of this program that runs in a namespace of its own.
const INSIDE: &str = "ORACLE_INSIDE";

fn main() -> ExitCode {
    if std::env::var_os(INSIDE).is_none() {
        return enter_namespace();
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    real::build(directory.path()).expect("mounting needs a mount namespace of our own");
    rustix::process::chroot(directory.path()).expect("root of a namespace may");
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("ORACLE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ORACLE_SEEDS").unwrap_or(SEEDS),
    };
    let mut done = 0;
    let mut refused = 0;
    for seed in seeds.clone() {
        let stride = if seed.is_multiple_of(SLOWER) { CLOSELY } else { STRIDE };
        match compare(&random_bytes(seed), stride) {
            Ok(counts) => (done, refused) = (done + counts.0, refused + counts.1),
            Err(difference) => {
                eprintln!("ORACLE_SEED={seed} shows a difference\n{difference}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("oracle: {done} operations in {} programs, {refused} of them refused, all alike", seeds.count());
    ExitCode::SUCCESS
}

/// Starts this program again as root of a mount namespace, and of a user namespace if it is not root already.
fn enter_namespace() -> ExitCode {
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    let possible = Command::new("unshare").args(unshare.get_args()).args(["--mount", "true"]).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        println!("oracle: skipped, this host lets us make no mount namespace (unshare --mount)");
        return ExitCode::SUCCESS;
    }
    let me = std::env::current_exe().expect("this program has a path");
    let status = unshare.arg("--mount").arg(me).env(INSIDE, "1").status();
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// SplitMix64: small, and the same everywhere.
fn random_bytes(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    // Small seeds would begin alike.
    next();
    std::iter::repeat_with(|| next().to_le_bytes()).flatten().take(PROGRAM).collect()
}
