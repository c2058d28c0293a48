//! The skeleton that every process behind the launcher stands in.
//!
//! Take the orders from the launcher, give up power, prove it, and only then run the program's own code, which gets what it
//! may use as a value: [`Own`]. There is no way to an `Own` around the proof.

#![forbid(unsafe_code)]

mod launcher;
mod log;
mod own;
mod start;

pub use own::{NotOwned, Own};
pub use start::{Workers, main, main_after, rpc_main};
