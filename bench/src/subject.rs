//! What is measured: one file per subject.

use crate::effort::Effort;
use crate::table::Table;

mod bank;
mod http;
mod memory;
mod profile;
pub(crate) mod rpc;
mod sandbox;

/// One subject and its table.
pub(crate) struct Subject {
    /// As it is named on the command line.
    pub(crate) name: &'static str,
    pub(crate) measure: fn(&Effort) -> anyhow::Result<Table>,
}

/// All subjects, in the order in which they are measured: the idle site first, while the machine is quiet.
pub(crate) const SUBJECTS: &[Subject] = &[
    Subject { name: "memory", measure: memory::measure },
    Subject { name: "http", measure: http::measure },
    Subject { name: "rpc", measure: rpc::measure },
    Subject { name: "bank", measure: bank::measure },
    Subject { name: "profile", measure: profile::measure },
    Subject { name: "sandbox", measure: sandbox::measure },
    Subject { name: "flood", measure: sandbox::flood::measure },
];
