//! Runs a stranger's Python: `run(request) -> Outcome`.
//!
//! The interpreter is the host's own CPython at native speed, in a process that can do nothing but compute: every call of
//! it that names anything is answered here, in the supervisor, against a virtual file system (the crate `vfs`).
//!
//! ```text
//! Sandbox::submit ── queue ── lane (a thread) ── spare ─ run ─ outcome
//!                              │                  └ a guest: forked, walled in and warm before anybody waits for it
//!                              └ one run at a time; as many lanes as runs at a time
//! ```
//!
//! Each processor core has, for each Python, a zygote and a pool of spares that one thread keeps full; and some lanes. A lane
//! takes the next run whose owner is not running elsewhere, gives it to a spare, answers the guest's calls until it ends,
//! commits what it wrote, tells the outcome, and then sees the guest off: a uid belongs to one guest until the kernel has
//! forgotten that. Owners take turns, and where several have runs, the turn of one includes what his run costs after its
//! outcome, so that a flood leaves the others their share of the machine.

#![forbid(unsafe_code)]

mod company;
mod config;
mod lane;
mod native;
mod outcome;
mod pool;
mod processor;
mod queue;
mod request;
mod sandbox;
mod stores;
mod turns;

pub use config::{Config, DEFAULT, Python};
pub use outcome::{Ending, Outcome, Usage};
pub use queue::Busy;
pub use request::{Detail, Limits, Request};
pub use sandbox::{CommitError, Sandbox, StartError};

/// An error with its causes.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
