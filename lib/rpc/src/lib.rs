//! varlink (<https://varlink.org/Interface-Definition>) between the services, over Unix sockets.
//!
//! Who calls is what the kernel says ([`Peers`]), never what a message says. Each method has its list of callers; without a
//! list nobody may call. Every message has a largest size, every wait a deadline, every caller a largest number of
//! connections. A message that is not understood closes its connection and hurts nobody else.
//!
//! This crate knows no service's contract: those are the `-api` crates.

#![forbid(unsafe_code)]

mod client;
mod connection;
mod frame;
mod leaving;
mod limits;
mod message;
mod method;
mod peer;
pub mod request;
mod router;
mod server;

pub use client::{CallError, Client};
pub use limits::{Limits, MAX_ANSWER};
pub use method::{Method, Nothing};
pub use peer::{Grant, Peer, Peers};
pub use router::{Call, Router};
pub use server::serve;
