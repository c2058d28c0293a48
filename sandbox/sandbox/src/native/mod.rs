//! The native engine: unmodified CPython in a process behind walls, its system calls answered by seccomp notification.

mod bell;
mod calls;
mod clock;
mod descriptors;
mod events;
mod family;
mod guest;
mod ids;
mod layout;
mod library;
mod mourning;
mod output;
mod refusals;
mod run;
mod spare;

pub(crate) use bell::Bell;
pub(crate) use clock::now;
pub(crate) use family::{Family, Recycling};
pub(crate) use ids::Ids;
pub(crate) use library::Library;
pub(crate) use run::{Commits, Ended, Program, Remains, run};
pub(crate) use spare::Spare;
