//! Why a host has no groups for us.

use std::path::PathBuf;

use crate::GroupError;

/// Why there are no groups. Its text follows "no cgroups:".
#[derive(Debug, thiserror::Error)]
pub enum Lack {
    /// Neither v2, nor v1 with both controllers.
    #[error("no hierarchy for memory and pids is mounted")]
    NotMounted,
    /// The mount shows another part of the hierarchy than the one that this process is in.
    #[error("this process's group is not below {}", .0.display())]
    OutOfSight(PathBuf),
    /// A v2 group whose parent keeps the controllers to itself.
    #[error("the controllers memory and pids are not delegated to {}", .0.display())]
    NotDelegated(PathBuf),
    /// A v2 group cannot have both processes and bounded groups below it.
    #[error(
        "other processes are in {}; start zookld with `systemd-run --scope --property=Delegate=yes` to have a group of its own",
        .0.display()
    )]
    Shared(PathBuf),
    /// The hierarchy is there and cannot be used.
    #[error(transparent)]
    Refused(#[from] GroupError),
}
