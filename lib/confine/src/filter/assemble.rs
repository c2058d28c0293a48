//! From lines to instructions: a balanced tree over ranges of call numbers, whose leaves check arguments and return.

use std::collections::BTreeMap;

use libc::{BPF_ABS, BPF_ALU, BPF_AND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
use libc::{seccomp_data, sock_filter};

use super::{Action, Check, Line, Program, Test};

#[cfg(not(target_endian = "little"))]
compile_error!("the halves of an argument are looked up as on a little-endian machine");

/// What the kernel calls this machine, linux/audit.h. A call in another convention (32-bit `int 0x80`) has other numbers.
#[cfg(target_arch = "x86_64")]
pub(crate) const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
pub(crate) const ARCHITECTURE: u32 = 0xC000_00B7;

/// Calls from here on are x32's on x86_64, and nobody's elsewhere.
const NUMBERS_END: u32 = 0x4000_0000;

/// The kernel takes no longer filter.
const MAX_INSTRUCTIONS: usize = 4096;

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
    /// A line's checks, or the whole, exceed what a jump or the kernel can take.
    #[error("the filter is too long for the kernel")]
    TooLong,
}

/// What happens to all calls from `start` up to the next range.
struct Range<'a> {
    start: u32,
    rule: Rule<'a>,
}

enum Rule<'a> {
    Always(Action),
    Checked(Vec<Line<'a>>),
}

/// Assembles tables into one filter. Lines of earlier tables come first; `otherwise` happens to a call that no line decides.
/// A call in another convention than this machine's kills in any case.
pub fn assemble(tables: &[&[Line<'_>]], otherwise: Action) -> Result<Program, AssembleError> {
    let ranges = ranges(tables, otherwise)?;
    let mut instructions = vec![
        load(std::mem::offset_of!(seccomp_data, arch)),
        jump(BPF_JEQ, ARCHITECTURE, 1, 0),
        ret(Action::Kill),
        load(std::mem::offset_of!(seccomp_data, nr)),
        jump(BPF_JGE, NUMBERS_END, 0, 1),
        ret(Action::Kill),
    ];
    instructions.extend(tree(&ranges, otherwise)?);
    if instructions.len() > MAX_INSTRUCTIONS {
        return Err(AssembleError::TooLong);
    }
    Ok(Program { instructions })
}

/// The lines by call, with neighbours that need no checks and end alike as one range.
fn ranges<'a>(tables: &[&[Line<'a>]], otherwise: Action) -> Result<Vec<Range<'a>>, AssembleError> {
    let mut by_call: BTreeMap<u32, Vec<Line<'a>>> = BTreeMap::new();
    for line in tables.iter().copied().flatten() {
        let call = u32::try_from(line.call).ok().filter(|call| *call < NUMBERS_END);
        let lines = by_call.entry(call.ok_or(AssembleError::Number(line.call))?).or_default();
        if !lines.last().is_some_and(|earlier| earlier.checks.is_empty()) {
            lines.push(*line);
        }
    }
    let mut ranges = vec![Range { start: 0, rule: Rule::Always(otherwise) }];
    let mut next = 0;
    for (call, lines) in by_call {
        if call > next {
            push(&mut ranges, next, Rule::Always(otherwise));
        }
        let rule = if lines[0].checks.is_empty() { Rule::Always(lines[0].action) } else { Rule::Checked(lines) };
        push(&mut ranges, call, rule);
        next = call + 1;
    }
    push(&mut ranges, next, Rule::Always(otherwise));
    Ok(ranges)
}

fn push<'a>(ranges: &mut Vec<Range<'a>>, start: u32, rule: Rule<'a>) {
    match (ranges.last(), &rule) {
        (Some(Range { rule: Rule::Always(before), .. }), Rule::Always(action)) if before == action => return,
        (Some(last), _) if last.start == start => drop(ranges.pop()),
        _ => {}
    }
    ranges.push(Range { start, rule });
}

/// Halves the ranges by one comparison until one is left.
fn tree(ranges: &[Range<'_>], otherwise: Action) -> Result<Vec<sock_filter>, AssembleError> {
    if let [range] = ranges {
        return leaf(range, otherwise);
    }
    let (lower, upper) = ranges.split_at(ranges.len() / 2);
    let (left, right) = (tree(lower, otherwise)?, tree(upper, otherwise)?);
    let mut instructions = Vec::with_capacity(left.len() + right.len() + 2);
    match u8::try_from(left.len()) {
        Ok(over) => instructions.push(jump(BPF_JGE, upper[0].start, over, 0)),
        // A conditional jump reaches 255 instructions, an unconditional one all.
        Err(_) => {
            let over = u32::try_from(left.len()).map_err(|_| AssembleError::TooLong)?;
            instructions.push(jump(BPF_JGE, upper[0].start, 0, 1));
            instructions.push(statement(BPF_JMP | BPF_JA, over));
        }
    }
    instructions.extend(left);
    instructions.extend(right);
    Ok(instructions)
}

fn leaf(range: &Range<'_>, otherwise: Action) -> Result<Vec<sock_filter>, AssembleError> {
    let lines = match &range.rule {
        Rule::Always(action) => return Ok(vec![ret(*action)]),
        Rule::Checked(lines) => lines,
    };
    let mut instructions = Vec::new();
    for line in lines {
        instructions.extend(guarded(range.start, line)?);
    }
    if lines.last().is_some_and(|line| !line.checks.is_empty()) {
        instructions.push(ret(otherwise));
    }
    Ok(instructions)
}

/// The checks of one line and its action; a check that fails jumps behind them.
fn guarded(call: u32, line: &Line<'_>) -> Result<Vec<sock_filter>, AssembleError> {
    let mut instructions = Vec::new();
    let mut failing = Vec::new();
    for check in line.checks {
        if check.argument > 5 {
            return Err(AssembleError::Argument { call, argument: check.argument });
        }
        if matches!(check.test, Test::OneOf([])) {
            return Err(AssembleError::EmptyList(call));
        }
        emit(check, &mut instructions, &mut failing)?;
    }
    instructions.push(ret(line.action));
    for at in failing {
        instructions[at].jf = u8::try_from(instructions.len() - at - 1).map_err(|_| AssembleError::TooLong)?;
    }
    Ok(instructions)
}

/// One check: falls through if it passes. The places whose false branch must leave the line are noted in `failing`.
fn emit(check: &Check<'_>, out: &mut Vec<sock_filter>, failing: &mut Vec<usize>) -> Result<(), AssembleError> {
    let lower = std::mem::offset_of!(seccomp_data, args) + 8 * usize::from(check.argument);
    let upper = lower + 4;
    let mut half = |offset: usize, mask: u32, value: u32| {
        out.push(load(offset));
        if mask != u32::MAX {
            out.push(statement(BPF_ALU | BPF_AND | BPF_K, mask));
        }
        failing.push(out.len());
        out.push(jump(BPF_JEQ, value, 0, 0));
    };
    match check.test {
        Test::Is(value) => half(lower, u32::MAX, value),
        Test::Bits { mask, value } => half(lower, mask, value),
        Test::IsWide(value) => {
            half(upper, u32::MAX, (value >> 32) as u32);
            half(lower, u32::MAX, value as u32);
        }
        Test::BitsWide { mask, value } => {
            half(upper, (mask >> 32) as u32, (value >> 32) as u32);
            half(lower, mask as u32, value as u32);
        }
        Test::OneOf(values) => {
            out.push(load(lower));
            for (index, value) in values.iter().enumerate() {
                let over = u8::try_from(values.len() - index - 1).map_err(|_| AssembleError::TooLong)?;
                out.push(jump(BPF_JEQ, *value, over, 0));
            }
            failing.push(out.len() - 1);
        }
    }
    Ok(())
}

fn ret(action: Action) -> sock_filter {
    let value = match action {
        Action::Allow => libc::SECCOMP_RET_ALLOW,
        Action::Errno(number) => libc::SECCOMP_RET_ERRNO | u32::from(number),
        Action::Notify => libc::SECCOMP_RET_USER_NOTIF,
        Action::Kill => libc::SECCOMP_RET_KILL_PROCESS,
    };
    statement(BPF_RET | BPF_K, value)
}

fn load(offset: usize) -> sock_filter {
    statement(BPF_LD | BPF_W | BPF_ABS, offset as u32)
}

fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

fn jump(test: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: (BPF_JMP | test | BPF_K) as u16, jt, jf, k }
}
