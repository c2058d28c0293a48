//! Which system calls each role may make: tables with a reason on each line.
//!
//! A role's own lines stand before the common ones, so that it can widen or narrow them. What is not listed kills the
//! process: none of our programs makes such a call, so somebody else is giving the orders. The exception is the file service,
//! whose filter also holds for the CGI programs it runs: there, what is unknown fails as on an old kernel, and only what
//! nobody there has a use for kills.
//!
//! A program that lacks a line dies of SIGSYS. Which call it was, `strace -f` shows, or the kernel's log where audit is on
//! (`type=1326 ... syscall=NUMBER`).

mod common;
mod dispatcher;
mod files;
mod service;
mod supervisor;
#[cfg(test)]
mod tests;

use crate::Role;
use crate::filter::{Action, AssembleError, Line, Program, assemble};

/// The tables of a role, the most particular first, and what happens to a call that none of them decides.
pub(crate) fn tables(role: Role) -> (Vec<&'static [Line<'static>]>, Action) {
    match role {
        Role::Service => (vec![service::LINES, common::CALLING, common::LINES], Action::Kill),
        Role::Dispatcher => (vec![dispatcher::LINES, common::CALLING, common::LINES], Action::Kill),
        Role::Files => (vec![files::LINES, common::LINES], Action::Errno(libc::ENOSYS as u16)),
        Role::Pages => (vec![common::CALLING, common::LINES], Action::Kill),
        Role::Supervisor => (vec![supervisor::LINES, common::LINES], Action::Kill),
    }
}

/// The filter of a role.
pub(crate) fn program(role: Role) -> Result<Program, AssembleError> {
    let (tables, otherwise) = tables(role);
    assemble(&tables, otherwise)
}
