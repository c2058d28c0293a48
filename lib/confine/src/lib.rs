//! Give up power, and prove it: every privileged system call of the repository.
//!
//! Two stages. The launcher, which holds [`Root`], starts a program with [`launch::spawn`]: in the child, power is taken away
//! step by step before the program runs. The program then calls [`lock_down`] before its first input, which takes away what
//! only it can know that it does not need, reads everything back, and gives a [`Confined`]: the value without which the
//! services of this repository do not serve.
//!
//! This crate never parses a stranger's bytes, and imports nothing of ours: it must stay small enough to be read whole. It
//! is the only one with `unsafe`, but for where the zygote meets the interpreter.

#[cfg(test)]
mod attack;
mod connect_as;
pub mod filter;
mod fork;
pub mod guest;
mod ids;
pub mod inherited;
pub mod inspect;
pub mod launch;
mod layer;
mod lock_down;
mod mounting;
mod policy;
mod root;
pub mod signals;
mod slice;
pub mod usernamespace;

pub use connect_as::connect_as;
pub use ids::Ids;
pub use layer::{Layer, UnknownLayer};
pub use lock_down::{Confined, Grounds, LockDownError, Role, lock_down};
pub use root::{NotRoot, Root};
