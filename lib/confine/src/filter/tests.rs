//! The tree decides what a plain walk over the lines decides, for every number and for arguments at the edges.

use super::assemble::ARCHITECTURE;
use super::interpreter::{Call, decide};
use super::*;

const NUMBERS: [u32; 9] = [601, 1023, 1024, 65_535, 0x3FFF_FFFF, 0x4000_0000, 0x4000_0001, 0x7FFF_FFFF, u32::MAX];
const VALUES: [u64; 8] = [0, 1, 2, 4, 7, 0x1_0000_0001, 0xFFFF_FFFF, u64::MAX];

/// What the documentation of [`Line`] promises, said plainly.
fn plain(tables: &[&[Line<'_>]], otherwise: Action, call: &Call) -> Action {
    if call.architecture != ARCHITECTURE || call.number >= 0x4000_0000 {
        return Action::Kill;
    }
    let lines = tables.iter().copied().flatten().filter(|line| line.call == i64::from(call.number));
    let passes = |check: &Check<'_>| {
        let value = call.arguments[usize::from(check.argument)];
        match check.test {
            Test::Is(wanted) => value as u32 == wanted,
            Test::OneOf(list) => list.contains(&(value as u32)),
            Test::Bits { mask, value: wanted } => value as u32 & mask == wanted,
            Test::IsWide(wanted) => value == wanted,
            Test::BitsWide { mask, value: wanted } => value & mask == wanted,
        }
    };
    lines.into_iter().find(|line| line.checks.iter().all(passes)).map_or(otherwise, |line| line.action)
}

/// Arguments that pass each line of a call, once with each value that its checks name.
fn passing(tables: &[&[Line<'_>]], number: u32) -> Vec<[u64; 6]> {
    let mut all = vec![[0; 6]];
    for line in tables.iter().copied().flatten().filter(|line| line.call == i64::from(number)) {
        let mut passing = vec![[0; 6]];
        for check in line.checks {
            let values: Vec<u64> = match check.test {
                Test::Is(value) | Test::Bits { value, .. } => vec![value.into()],
                Test::OneOf(list) => list.iter().copied().map(u64::from).collect(),
                Test::IsWide(value) | Test::BitsWide { value, .. } => vec![value],
            };
            let with = |value: &u64| {
                let place = |mut arguments: [u64; 6]| {
                    arguments[usize::from(check.argument)] = *value;
                    arguments
                };
                passing.iter().copied().map(place).collect::<Vec<_>>()
            };
            passing = values.iter().flat_map(with).collect();
        }
        all.extend(passing);
    }
    all
}

/// Compares tree and plain walk everywhere: for each number, for arguments that pass its lines, and for those that differ
/// from them in one, by a bit, by one, or altogether. Returns the longest way through the tree.
pub(crate) fn agree(tables: &[&[Line<'_>]], otherwise: Action) -> usize {
    let program = assemble(tables, otherwise).expect("assembles");
    let mut longest = 0;
    for number in (0..=600).chain(NUMBERS) {
        for arguments in passing(tables, number) {
            for argument in 0..6 {
                let own: u64 = arguments[argument];
                let near = [own, own.wrapping_add(1), own.wrapping_sub(1)];
                for value in VALUES.into_iter().chain(near).chain((0..64).map(|bit| own ^ 1 << bit)) {
                    let mut arguments = arguments;
                    arguments[argument] = value;
                    let call = Call { architecture: ARCHITECTURE, number, arguments };
                    let (decided, steps) = decide(&program, &call);
                    assert_eq!(decided, plain(tables, otherwise, &call), "{call:?}");
                    longest = longest.max(steps);
                }
            }
        }
    }
    longest
}

const EDGES: &[Line<'static>] = &[
    allow(0, "the first number there is"),
    allow(1, "its neighbour"),
    refuse(2, libc::ENOSYS, "another end"),
    allow_if(3, &[is(0, 1), none_of_bits(2, 6)], "two arguments"),
    refuse(3, libc::EPERM, "the same call, other arguments"),
    allow_if(40, &[one_of(1, &[1, 7, u32::MAX])], "a list"),
    allow_if(40, &[is_null(3), is(1, 2)], "more arguments of the same call"),
    Line {
        call: 41,
        checks: &[Check { argument: 5, test: Test::IsWide(0x1_0000_0001) }],
        action: Action::Notify,
        reason: "64 bits",
    },
    Line {
        call: 42,
        checks: &[Check { argument: 4, test: Test::BitsWide { mask: 0xFFFF_FFFF_0000_0001, value: 1 } }],
        action: Action::Allow,
        reason: "bits in both halves",
    },
    allow(600, "far away"),
];

#[test]
fn a_tree_decides_as_a_plain_walk_over_its_lines() {
    for otherwise in [Action::Kill, Action::Allow, Action::Errno(1), Action::Notify] {
        agree(&[EDGES], otherwise);
        agree(&[&[], &EDGES[3..], EDGES], otherwise);
        agree(&[], otherwise);
    }
}

#[test]
fn a_table_so_long_that_jumps_do_not_reach_is_right_too() {
    let lines: Vec<Line<'_>> = (0..600)
        .step_by(2)
        .map(|call| Line { call, checks: Box::leak(Box::new([is(0, call as i32)])), action: Action::Allow, reason: "" })
        .collect();
    assert!(agree(&[&lines], Action::Kill) < 30);
}

#[test]
fn what_decides_alike_stands_there_once_however_many_calls_share_it() {
    const CHECKS: &[Check<'static>] = &[is(0, 7), one_of(1, &[3, 1, 2])];
    let length = |calls: i64| {
        let lines: Vec<Line<'_>> = (0..calls).map(|call| allow_if(call * 2, CHECKS, "")).collect();
        assemble(&[&lines], Action::Kill).expect("assembles").length()
    };
    // One more call takes two comparisons at the most, and no check of its own.
    assert!(length(41) <= length(40) + 2);
}

#[test]
fn a_call_of_another_architecture_kills_whatever_its_number() {
    let program = assemble(&[EDGES], Action::Allow).expect("assembles");
    let i386 = Call { architecture: 0x4000_0003, number: 0, arguments: [0; 6] };
    assert_eq!(decide(&program, &i386).0, Action::Kill);
}

#[test]
fn lines_that_cannot_be_meant_are_refused() {
    let check = |argument, test| Line {
        call: 1,
        checks: Box::leak(Box::new([Check { argument, test }])),
        action: Action::Allow,
        reason: "",
    };
    assert_eq!(assemble(&[&[allow(-1, "")]], Action::Kill).err(), Some(AssembleError::Number(-1)));
    let seventh = assemble(&[&[check(6, Test::Is(0))]], Action::Kill).err();
    assert_eq!(seventh, Some(AssembleError::Argument { call: 1, argument: 6 }));
    assert_eq!(assemble(&[&[check(0, Test::OneOf(&[]))]], Action::Kill).err(), Some(AssembleError::EmptyList(1)));
    let endless: Vec<Line<'_>> = (0..3000).map(|call| Line { call: call * 2, ..allow(0, "") }).collect();
    assert_eq!(assemble(&[&endless], Action::Kill).err(), Some(AssembleError::TooLong));
}
