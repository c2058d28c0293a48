//! The text of zook.conf becomes a validated table.
//!
//! zook.conf is the whole policy of a site: who runs as whom, sees which files, and may call which methods. This crate
//! reads text and nothing else: no file is opened here, so that the parser can be fuzzed and so that a [`Manifest`] means
//! the same wherever it is read. What a value of these types says has been checked; there is no second look anywhere.

#![forbid(unsafe_code)]

mod grants;
mod id;
mod ini;
mod interface;
mod keys;
mod layer;
mod limits;
mod name;
mod path;
mod policy;
mod problem;
mod rules;
mod service;
mod site;
mod table;
mod url;
mod zygote;

pub use id::{Gid, Uid, UserRange};
pub use interface::{Interface, InterfaceError, Interfaces};
pub use layer::Layer;
pub use limits::Limits;
pub use name::{Program, ServiceName};
pub use path::{Bound, Directory, Inside, Owned};
pub use problem::{Problem, Problems, Wrong};
pub use service::{Answers, Call, Kind, Service};
pub use table::{Manifest, programs};
pub use url::UrlPattern;
pub use zygote::{Module, Zygote};
