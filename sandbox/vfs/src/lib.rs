//! What a guest sees as its file system.
//!
//! One core, any number of engines: this crate answers *calls* (`open`, `rename`, `stat`, …) against values in memory. It
//! does not know how a call arrives, which process made it, or what a path means on the host: no path that a guest names
//! ever reaches a system call. An engine turns a system call, or a WebAssembly import, into one of the methods of [`Vfs`].
//!
//! ```text
//! /            Fixed: made once, shared by all runs, changed by nobody
//! ├── tmp/     Tree: one owner's files, with exact quotas, kept by a Store from run to run
//! ├── data     a symbolic link to tmp
//! ├── dev/     null, zero, urandom
//! └── usr/…    the Python library: names here, contents as read-only descriptors of the host
//! ```
//!
//! Answers are those of Linux, checked call by call against a real file system (`tests/oracle.rs`). Where a rule of the
//! sandbox decides instead, the answer is a [`Refusal::Rule`], which says in words what the author of the program ran into.
//!
//! Only [`store`] does input and output, and only below a directory it was handed.
//!
//! What differs from a Linux file system, on purpose:
//! - A file costs its *size* (`st_size`), not its allocated blocks: what `ls -l` adds up to is what counts, and a hole is no
//!   way around a quota. Symbolic links cost the length of their target.
//! - Owner and group are always the guest; only the owner's permission bits decide.
//! - Reading moves `atime` by the rule of `relatime`, and does not by itself make a tree worth writing to disk (`lazytime`).
//! - A `flock` that would wait is answered at once: all descriptors belong to one program, see [`Vfs::flock`].

#![forbid(unsafe_code)]

mod attributes;
mod data;
mod description;
mod dirent;
mod explain;
mod fixed;
mod inode;
mod io;
mod lock;
mod names;
mod open;
mod path;
mod place;
mod quota;
mod rename;
mod stat;
pub mod store;
mod tree;
mod vfs;
mod walk;

pub use attributes::SetTime;
pub use description::OpenId;
pub use dirent::{DirEntry, Kind};
pub use explain::{Refusal, Rule, sentence, shown};
pub use fixed::{Device, Fixed, HandleId};
pub use inode::Ino;
pub use lock::Lock;
pub use open::Opened;
pub use path::{At, NAME_MAX, PATH_MAX, Target};
pub use quota::{Limits, Usage};
pub use stat::{FsStat, Stat};
pub use tree::Tree;
pub use vfs::{Guest, Vfs};
