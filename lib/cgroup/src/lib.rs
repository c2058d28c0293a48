//! Bounds for whole groups of processes: memory and number of tasks, by cgroup v2, by v1, or not at all.
//!
//! An rlimit bounds one process; a group bounds a service with everything that it starts, and ends it as a whole. A host may
//! have no hierarchy that this process can use: a container often has none. Then [`Groups::claim`] says why, and the caller
//! goes on with rlimits alone.
//!
//! Everything is reached beneath an open directory of the hierarchy, and only below the group that this process is in: what
//! bounds us bounds all that we make.

#![forbid(unsafe_code)]

mod directory;
mod group;
mod groups;
mod hierarchy;
mod lack;
mod tree;

pub use group::{Bounds, Group, GroupError};
pub use groups::Groups;
pub use hierarchy::{Hierarchy, Place};
pub use lack::Lack;
