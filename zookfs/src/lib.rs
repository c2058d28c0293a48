//! The file service: opens what a path names, below one directory, and answers with the open descriptor.
//!
//! Two kinds, told apart by its arguments. Without any it gives files, and nothing that is marked executable: the source of
//! a program is not a page. With `UID GID` it runs programs that belong to exactly this user and group (CGI/1.1), and gives
//! no file at all. No path is ever joined and then checked: the kernel resolves it beneath the directory, or not at all.

#![forbid(unsafe_code)]

mod cgi;
mod conditions;
mod content_type;
mod encodings;
mod ground;
mod not_served;
mod range;
mod reply;
mod serve;
mod site;
mod stored;

pub use cgi::{Programs, Rule};
pub use ground::Ground;
pub use serve::serve;
pub use site::{Kind, Site};
