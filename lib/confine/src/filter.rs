//! System-call filters: tables of lines with reasons, assembled into a binary tree of BPF; see seccomp(2).
//!
//! The kernel runs a filter at every system call. A list of comparisons would cost the unlucky call hundreds of steps; the
//! tree costs each about ten. Its shape cannot change what it decides: the tests compare it with a plain table for every
//! number.

mod assemble;
mod code;
mod install;
#[cfg(test)]
pub(crate) mod interpreter;
mod ranges;
#[cfg(test)]
pub(crate) mod tests;

#[cfg(test)]
pub(crate) use assemble::ARCHITECTURE;
pub use assemble::{AssembleError, assemble};

use libc::c_long;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The kernel does it.
    Allow,
    /// It is not done, and fails with this error number.
    Errno(u16),
    /// It is not done, and a supervisor answers it: only in a filter installed by [`Program::install_notifying`].
    Notify,
    /// The whole process ends with SIGSYS.
    Kill,
}

/// One line of a table: what happens to a call whose arguments pass all checks, and why.
///
/// Several lines may name one call: the first whose checks pass decides. If none does, the call is one that is not listed.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Number of the call on this machine: `libc::SYS_...`.
    pub call: c_long,
    /// What its arguments must be.
    pub checks: &'a [Check<'a>],
    /// What then happens.
    pub action: Action,
    /// Why; also what a reader of a refusal wants to know.
    pub reason: &'a str,
}

/// What one argument, counted from 0, must be. A filter sees numbers, never what a pointer leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Check<'a> {
    /// Which argument, 0 to 5.
    pub argument: u8,
    /// What it must be.
    pub test: Test<'a>,
}

/// A test of one argument. The 32-bit tests look at the lower half, as the kernel does for an `int`; the others at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test<'a> {
    /// Equals, 32 bits.
    Is(u32),
    /// Is one of these, 32 bits.
    OneOf(&'a [u32]),
    /// The bits of `mask` are those of `value`, 32 bits.
    Bits {
        /// Which bits are looked at.
        mask: u32,
        /// What they must be.
        value: u32,
    },
    /// Equals, 64 bits.
    IsWide(u64),
    /// The bits of `mask` are those of `value`, 64 bits.
    BitsWide {
        /// Which bits are looked at.
        mask: u64,
        /// What they must be.
        value: u64,
    },
}

/// Allows a call.
pub const fn allow(call: c_long, reason: &'static str) -> Line<'static> {
    Line { call, checks: &[], action: Action::Allow, reason }
}

/// Allows a call with such arguments.
pub const fn allow_if(call: c_long, checks: &'static [Check<'static>], reason: &'static str) -> Line<'static> {
    Line { call, checks, action: Action::Allow, reason }
}

/// Refuses a call with an error number, for what a program or its libraries try and can do without.
pub const fn refuse(call: c_long, errno: i32, reason: &'static str) -> Line<'static> {
    Line { call, checks: &[], action: Action::Errno(errno as u16), reason }
}

/// The argument equals this, in its lower 32 bits.
pub const fn is(argument: u8, value: i32) -> Check<'static> {
    Check { argument, test: Test::Is(value as u32) }
}

/// The argument is one of these, in its lower 32 bits.
pub const fn one_of(argument: u8, values: &'static [u32]) -> Check<'static> {
    Check { argument, test: Test::OneOf(values) }
}

/// None of these bits is set in the argument's lower 32.
pub const fn none_of_bits(argument: u8, mask: i32) -> Check<'static> {
    Check { argument, test: Test::Bits { mask: mask as u32, value: 0 } }
}

/// The argument is a null pointer.
pub const fn is_null(argument: u8) -> Check<'static> {
    Check { argument, test: Test::IsWide(0) }
}

/// An assembled filter.
#[derive(Debug, Clone)]
pub struct Program {
    instructions: Vec<libc::sock_filter>,
}

impl Program {
    /// Number of instructions.
    pub fn length(&self) -> usize {
        self.instructions.len()
    }
}
