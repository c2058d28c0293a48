//! One program of operations on both systems.

use crate::answer::{Answer, State, System};
use crate::ops::{Op, Path, Source};
use crate::{ours, real};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A stride with which states are compared after each operation, together with which times have moved.
pub(crate) const CLOSELY: usize = 1;

/// Operations that are told of a program that shows a difference.
const TOLD: usize = 12;

/// Runs a program on both systems, the real one in the root that was entered; how many operations it had, and how many of
/// those were refused. Answers are compared always, whole states each time so many operations are done, and at the end.
pub(crate) fn compare(program: &[u8], stride: usize) -> Result<(usize, usize), String> {
    let mut ours = ours::Ours::new(roomy());
    let mut real = real::Real::new().expect("an empty tmpfs");
    let closely = stride == CLOSELY && kernel_tells_times_apart(&mut real);
    let mut before = closely.then(|| (ours.state(), real.state()));
    let mut done = Vec::new();
    let mut source = Source(program);
    loop {
        let op = Op::decode(&mut source);
        if op.is_none() || !done.is_empty() && done.len().is_multiple_of(stride) {
            let after = (ours.state(), real.state());
            let times = || before.as_ref().and_then(|before| times_moved(before, &after));
            if let Some(difference) = difference(&after).or_else(times) {
                return Err(told(&done, &difference));
            }
            before = closely.then_some(after);
        }
        let Some(op) = op else { break };
        if closely {
            real.tick().expect("a clock can be wound");
        }
        let (left, right) = (ours.apply(&op), real.apply(&op));
        let difference = (left != right).then(|| format!("ours: {}\nreal: {}", brief(&left), brief(&right)));
        done.push((op, right));
        if let Some(difference) = difference {
            return Err(told(&done, &difference));
        }
    }
    let refused = done.iter().filter(|(_, answer)| matches!(answer, Answer::Refused(_))).count();
    Ok((done.len(), refused))
}

fn told(done: &[(Op, Answer)], difference: &str) -> String {
    let last = done[done.len().saturating_sub(TOLD)..].iter();
    last.map(|(op, answer)| format!("{op:?} -> {}\n", brief(answer))).chain([difference.to_owned()]).collect()
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
    static TELLS: OnceLock<bool> = OnceLock::new();
    let root = |real: &mut real::Real| real.state()[b"".as_slice()].ctime;
    let chmod = Op::Chmod(Path { dir: None, text: b"/tmp".to_vec() }, rustix::fs::Mode::from_bits_retain(0o755));
    let tells = || {
        (0..100).all(|_| {
            let before = root(real);
            real.tick().expect("a clock can be wound");
            real.apply(&chmod);
            root(real) != before
        })
    };
    *TELLS.get_or_init(tells)
}

/// Limits that nothing here reaches: their refusals have no counterpart on the other side.
fn roomy() -> vfs::Limits {
    vfs::Limits { bytes: 1 << 40, entries: 1 << 20, file_size: 1 << 40, depth: 1 << 20 }
}

fn brief(answer: &Answer) -> String {
    let mut text = format!("{answer:?}");
    text.truncate(text.floor_char_boundary(300));
    text
}
