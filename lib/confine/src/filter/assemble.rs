//! From lines to ranges of call numbers, each of which leads to its checks of arguments.

use std::collections::BTreeMap;

use super::code::{Code, Place};
use super::ranges::{END, Range, append};
use super::{Action, Line, Program, Test};

/// What the kernel calls this machine, linux/audit.h. A call in another convention (32-bit `int 0x80`) has other numbers.
#[cfg(target_arch = "x86_64")]
pub(crate) const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
pub(crate) const ARCHITECTURE: u32 = 0xC000_00B7;

/// Calls from here on are x32's on x86_64, and nobody's elsewhere.
const NUMBERS_END: u32 = 0x4000_0000;

/// Why lines make no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// A number that no call can have.
    #[error("{0} is not the number of a system call")]
    Number(i64),
    /// An argument beyond the sixth.
    #[error("call {call} has no argument {argument}")]
    Argument {
        /// The call.
        call: u32,
        /// The argument.
        argument: u8,
    },
    /// A list with nothing in it would pass everything or nothing.
    #[error("call {0} is compared with an empty list")]
    EmptyList(u32),
    /// The whole exceeds what the kernel takes.
    #[error("the filter is too long for the kernel")]
    TooLong,
}

/// Assembles tables into one filter. Lines of earlier tables come first; `otherwise` happens to a call that no line decides.
/// A call in another convention than this machine's kills in any case.
pub fn assemble(tables: &[&[Line<'_>]], otherwise: Action) -> Result<Program, AssembleError> {
    let mut code = Code::default();
    let (unlisted, kill) = (code.verdict(otherwise), code.verdict(Action::Kill));
    let (mut numbers, mut next) = (Vec::new(), 0);
    for (call, lines) in by_call(tables)? {
        let (start, end) = (u64::from(call), u64::from(call) + 1);
        append(&mut numbers, Range { start: next, end: start, to: unlisted });
        append(&mut numbers, Range { start, end, to: decision(&mut code, call, &lines, unlisted)? });
        next = end;
    }
    append(&mut numbers, Range { start: next, end: NUMBERS_END.into(), to: unlisted });
    append(&mut numbers, Range { start: NUMBERS_END.into(), end: END, to: kill });
    code.begin(ARCHITECTURE, &numbers).ok_or(AssembleError::TooLong)
}

/// The lines of each call, up to one that needs no check.
fn by_call<'a>(tables: &[&[Line<'a>]]) -> Result<BTreeMap<u32, Vec<Line<'a>>>, AssembleError> {
    let mut by_call: BTreeMap<u32, Vec<Line<'a>>> = BTreeMap::new();
    for line in tables.iter().copied().flatten() {
        let call = u32::try_from(line.call).ok().filter(|call| *call < NUMBERS_END);
        let lines = by_call.entry(call.ok_or(AssembleError::Number(line.call))?).or_default();
        if !lines.last().is_some_and(|earlier| earlier.checks.is_empty()) {
            lines.push(*line);
        }
    }
    Ok(by_call)
}

/// What the lines of one call decide: where a check fails, the next line has its turn.
fn decision<'a>(code: &mut Code<'a>, call: u32, lines: &[Line<'a>], unlisted: Place) -> Result<Place, AssembleError> {
    let mut to = unlisted;
    for line in lines.iter().rev() {
        let fail = to;
        to = code.verdict(line.action);
        for check in line.checks.iter().rev() {
            if check.argument > 5 {
                return Err(AssembleError::Argument { call, argument: check.argument });
            }
            if matches!(check.test, Test::OneOf([])) {
                return Err(AssembleError::EmptyList(call));
            }
            to = code.check(check, to, fail);
        }
    }
    Ok(to)
}
