//! The system calls of the sandbox: the house that guests live in, the walls around each guest, and the supervisor's hands.
//!
//! Who does what, in the order of their lives:
//!
//! 1. the supervisor (an ordinary user without capabilities, owner of the guests' user namespace) opens the [`nursery`]: a
//!    process of its own inside that namespace, which builds the guests' root and starts zygotes there when told to;
//! 2. a zygote forks a child, and the child puts up the [`walls`] around itself before any stranger's code is near;
//! 3. the supervisor answers through the [`Listener`] what the guest's [`filter`] does not let pass, and reads and writes
//!    the guest's [`memory`] to do so.
//!
//! Nothing here decides what a guest may see or do beyond the filter's list: that is the sandbox's business.

#[cfg(test)]
mod attack;
pub mod farewell;
pub mod filter;
mod listener;
pub mod memory;
pub mod nursery;
mod process;
pub mod record;
pub mod walls;

pub use listener::{Listener, Notification};
pub use process::{
    Ended, Forked, address_space_in_use, cpu_time, exit_now, fork, has_one_thread, leave_descriptors, leave_threads,
    read_virtual, reap, take_memory,
};
