//! Instructions of a filter, laid down from the last to the first: what one jumps to is there already, and what is there
//! already is not laid down again. The kernel checks and translates a filter anew for each process that installs it, so that
//! every birth of a guest pays for every instruction.

use std::collections::HashMap;

use libc::{BPF_ABS, BPF_ALU, BPF_AND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
use libc::{seccomp_data, sock_filter};

use super::ranges::{self, Range};
use super::{Action, Check, Program, Test};

#[cfg(not(target_endian = "little"))]
compile_error!("the halves of an argument are looked up as on a little-endian machine");

/// The kernel takes no longer filter.
const MOST: usize = 4096;
/// A conditional jump leads over so many instructions, an unconditional one over any number.
const REACH: usize = 255;

/// Where an instruction stands, counted from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place(usize);

/// A filter without its beginning.
#[derive(Default)]
pub(super) struct Code<'a> {
    /// The last one first.
    instructions: Vec<sock_filter>,
    verdicts: HashMap<Action, Place>,
    checks: HashMap<(Check<'a>, Place, Place), Place>,
}

impl<'a> Code<'a> {
    /// The end that calls come to with this action.
    pub(super) fn verdict(&mut self, action: Action) -> Place {
        if let Some(place) = self.verdicts.get(&action) {
            return *place;
        }
        let value = match action {
            Action::Allow => libc::SECCOMP_RET_ALLOW,
            Action::Errno(number) => libc::SECCOMP_RET_ERRNO | u32::from(number),
            Action::Notify => libc::SECCOMP_RET_USER_NOTIF,
            Action::Kill => libc::SECCOMP_RET_KILL_PROCESS,
        };
        let place = self.lay(statement(BPF_RET | BPF_K, value));
        self.verdicts.insert(action, place);
        place
    }

    /// Looks at an argument.
    pub(super) fn check(&mut self, check: &Check<'a>, pass: Place, fail: Place) -> Place {
        if let Some(place) = self.checks.get(&(*check, pass, fail)) {
            return *place;
        }
        let lower = std::mem::offset_of!(seccomp_data, args) + 8 * usize::from(check.argument);
        let upper = lower + 4;
        let place = match check.test {
            Test::Is(value) => self.half(lower, u32::MAX, value, pass, fail),
            Test::Bits { mask, value } => self.half(lower, mask, value, pass, fail),
            Test::IsWide(value) => {
                let pass = self.half(lower, u32::MAX, value as u32, pass, fail);
                self.half(upper, u32::MAX, (value >> 32) as u32, pass, fail)
            }
            Test::BitsWide { mask, value } => {
                let pass = self.half(lower, mask as u32, value as u32, pass, fail);
                self.half(upper, (mask >> 32) as u32, (value >> 32) as u32, pass, fail)
            }
            Test::OneOf(values) => {
                let found = self.find(&ranges::of(values, pass, fail));
                self.load(lower, found)
            }
        };
        self.checks.insert((*check, pass, fail), place);
        place
    }

    /// Whether what was loaded is this.
    pub(super) fn is(&mut self, value: u32, yes: Place, no: Place) -> Place {
        self.branch(BPF_JEQ, value, yes, no)
    }

    /// Whether what was loaded is this or more.
    pub(super) fn is_from(&mut self, value: u32, yes: Place, no: Place) -> Place {
        self.branch(BPF_JGE, value, yes, no)
    }

    /// The beginning: a call of another architecture kills, of all others the number is looked up. `None` if the kernel would
    /// not take the whole.
    pub(super) fn begin(mut self, architecture: u32, numbers: &[Range]) -> Option<Program> {
        let found = self.find(numbers);
        let ours = self.load(std::mem::offset_of!(seccomp_data, nr), found);
        let kill = self.verdict(Action::Kill);
        let judged = self.is(architecture, ours, kill);
        self.load(std::mem::offset_of!(seccomp_data, arch), judged);
        self.instructions.reverse();
        (self.instructions.len() <= MOST).then_some(Program { instructions: self.instructions })
    }

    fn half(&mut self, offset: usize, mask: u32, value: u32, pass: Place, fail: Place) -> Place {
        let mut compared = self.is(value, pass, fail);
        if mask != u32::MAX {
            compared = self.lay(statement(BPF_ALU | BPF_AND | BPF_K, mask));
        }
        self.load(offset, compared)
    }

    fn load(&mut self, offset: usize, then: Place) -> Place {
        if self.over(then) > 0 {
            self.leap(then);
        }
        self.lay(statement(BPF_LD | BPF_W | BPF_ABS, offset as u32))
    }

    fn branch(&mut self, test: u32, value: u32, yes: Place, no: Place) -> Place {
        // To reach the other, one more instruction may be needed.
        let yes = self.near(yes, 1);
        let no = self.near(no, 0);
        let (jt, jf) = (self.over(yes) as u8, self.over(no) as u8);
        self.lay(sock_filter { jt, jf, ..statement(BPF_JMP | test | BPF_K, value) })
    }

    /// The same place, or one that leads there, near enough for a jump that comes after so many more instructions.
    fn near(&mut self, place: Place, more: usize) -> Place {
        if self.over(place) + more <= REACH { place } else { self.leap(place) }
    }

    /// How many instructions the next one would have to jump over.
    fn over(&self, place: Place) -> usize {
        self.instructions.len() - place.0 - 1
    }

    fn leap(&mut self, place: Place) -> Place {
        self.lay(statement(BPF_JMP | BPF_JA, self.over(place) as u32))
    }

    fn lay(&mut self, instruction: sock_filter) -> Place {
        self.instructions.push(instruction);
        Place(self.instructions.len() - 1)
    }
}

fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}
