//! Starts whole sites for the tests, and visits them.
//!
//! A test says its situation in three lines:
//!
//! ```no_run
//! let site = harness::Site::start();
//! let alice = site.register("alice");
//! assert!(alice.get("/").text.contains("10 zoobars"));
//! ```
//!
//! Each site has its own directory, its own free port and its own range of users, so that tests run side by side. A site
//! that is dropped is stopped, and must then have left nothing behind; that of a failed test is kept, and its place printed.

#![forbid(unsafe_code)]

mod conf;
mod patience;
mod place;
mod process;
mod raw;
mod site;
mod uids;
mod visitor;

pub use conf::Conf;
pub use place::programs;
pub use process::Process;
pub use raw::{exchange, status_of};
pub use site::{Ended, SECTIONS, Site};
pub use visitor::{Page, Visitor};

/// Where the repository is.
pub fn repository() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}
