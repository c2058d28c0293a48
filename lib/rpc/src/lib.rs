#![forbid(unsafe_code)]
mod method;
pub use method::{Method, Nothing};
