//! The policy as it stands in zook.conf, in the definitions, and in the running processes: all three must agree.

#![forbid(unsafe_code)]

mod callers;
mod definitions;
mod from_outside;
mod groups;
mod refusals;
mod settings;
mod tampered;
