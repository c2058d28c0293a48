//! The dispatcher: takes requests from strangers, finds the service that each belongs to, and brings its answer back.
//!
//! It holds no file, no password and no opinion about pages. What it must get right is where a message ends (the crate
//! `http-strict` decides), which service a path belongs to (the order of zook.conf decides), and that no visitor, however
//! slow or many, takes the place of the others (the limits decide). It never opens a path that a stranger named, and no
//! visitor's socket ever leaves it.

#![forbid(unsafe_code)]

mod answer;
mod body;
mod conversation;
mod door;
mod files;
mod front;
mod house;
mod limits;
mod outgoing;
mod pace;
mod pages;
mod recent;
mod reply;
mod request_id;
mod routes;
mod serve;
mod trouble;
mod visitor;

pub use front::Fronts;
pub use house::House;
pub use limits::Limits;
pub use routes::{BadRoute, Routes};
pub use serve::serve;
