//! The kernel as an oracle: the same random operations on a virtual tree and on a tmpfs, the same answers, and the same
//! files after them: names, types, permissions, sizes, links, blocks, contents, and which times moved.
//!
//! `ORACLE_SEEDS=1000` tries more programs than usual, `ORACLE_SEED=17` only one, as it was printed by a failure.

mod answer;
mod ops;
mod ours;
mod real;

use answer::{Answer, State, System};
use ops::{Op, Source};
use std::collections::HashMap;
use std::process::{Command, ExitCode};

/// Programs in a usual run, and bytes of operations in each: about 2,000 operations.
const SEEDS: u64 = 250;
const PROGRAM: usize = 18_000;

/// Whole states are compared each time so many operations are done; in one program of [`SLOWER`] after each one, together
/// with which times have moved.
const STRIDE: usize = 16;
const SLOWER: u64 = 8;

/// Set for the copy of this program that runs in a namespace of its own.
const INSIDE: &str = "ORACLE_INSIDE";

fn main() -> ExitCode {
    if std::env::var_os(INSIDE).is_none() {
        return enter_namespace();
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    real::enter(directory.path()).expect("mounting needs a mount namespace of our own");
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("ORACLE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ORACLE_SEEDS").unwrap_or(SEEDS),
    };
    let mut done = 0;
    let mut refused = 0;
    for seed in seeds.clone() {
        match compare(seed) {
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

/// Runs one random program on both systems; how many operations it had, and how many of those were refused.
fn compare(seed: u64) -> Result<(usize, usize), String> {
    let mut ours = ours::Ours::new(roomy());
    let mut real = real::Real::new().expect("an empty tmpfs");
    let closely = seed.is_multiple_of(SLOWER) && kernel_tells_times_apart(&mut real);
    let stride = if closely { 1 } else { STRIDE };
    let program = random_bytes(seed);
    let mut source = Source(&program);
    let mut before = (ours.state(), real.state());
    let mut told = Vec::new();
    let mut refused = 0;
    while let Some(op) = Op::decode(&mut source) {
        if closely {
            real.tick().expect("a clock can be wound");
        }
        let (left, right) = (ours.apply(&op), real.apply(&op));
        refused += usize::from(matches!(left, Answer::Refused(_)));
        told.push(format!("{op:?} -> {}", brief(&right)));
        let context = |what: String| format!("{}\n{what}", told[told.len().saturating_sub(12)..].join("\n"));
        if left != right {
            return Err(context(format!("ours: {}\nreal: {}", brief(&left), brief(&right))));
        }
        if told.len().is_multiple_of(stride) || source.0.is_empty() {
            let after = (ours.state(), real.state());
            let times = || closely.then(|| times_moved(&before, &after)).flatten();
            if let Some(difference) = difference(&after).or_else(times) {
                return Err(context(difference));
            }
            before = after;
        }
    }
    Ok((told.len(), refused))
}

/// What differs between the states of the two systems.
fn difference((ours, real): &(State, State)) -> Option<String> {
    let missing = |of: &State, from: &State| of.keys().find(|path| !from.contains_key(*path)).cloned();
    if let Some(path) = missing(ours, real).or(missing(real, ours)) {
        return Some(format!("{:?} is only in one of the trees", String::from_utf8_lossy(&path)));
    }
    let mut numbers = HashMap::new();
    for ((path, here), there) in ours.iter().zip(real.values()) {
        let name = String::from_utf8_lossy(path);
        if here.seen != there.seen || here.content != there.content {
            return Some(format!("{name:?}\nours: {:?}\nreal: {:?}", here.seen, there.seen));
        }
        if *numbers.entry(here.ino).or_insert(there.ino) != there.ino {
            return Some(format!("{name:?}: hard links differ"));
        }
    }
    None
}

/// Whether different times have moved on the two systems between two states.
fn times_moved(before: &(State, State), after: &(State, State)) -> Option<String> {
    let moved = |before: &State, after: &State, path: &Vec<u8>| {
        let (was, is) = (before.get(path)?, after.get(path)?);
        (was.ino == is.ino).then_some([was.mtime != is.mtime, was.ctime != is.ctime])
    };
    after.0.keys().find_map(|path| {
        let (here, there) = (moved(&before.0, &after.0, path), moved(&before.1, &after.1, path));
        let name = String::from_utf8_lossy(path);
        (here != there).then(|| format!("{name:?}: (mtime, ctime) moved {here:?} here, {there:?} there"))
    })
}

/// Whether each change shows in a time. Not before Linux 6.13.
fn kernel_tells_times_apart(real: &mut real::Real) -> bool {
    let root = |real: &mut real::Real| real.state()[b"".as_slice()].ctime;
    let chmod = Op::Chmod(ops::Path { dir: None, text: b"/tmp".to_vec() }, rustix::fs::Mode::from_bits_retain(0o755));
    (0..100).all(|_| {
        let before = root(real);
        real.tick().expect("a clock can be wound");
        real.apply(&chmod);
        root(real) != before
    })
}

/// Limits that nothing here reaches: their refusals have no counterpart on the other side.
fn roomy() -> vfs::Limits {
    vfs::Limits { bytes: 1 << 40, entries: 1 << 20, file_size: 1 << 40, depth: 1 << 20 }
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

fn brief(answer: &Answer) -> String {
    let mut text = format!("{answer:?}");
    text.truncate(text.floor_char_boundary(300));
    text
}
