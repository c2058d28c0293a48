//! Real guests in a real user namespace, made by root for these tests. Each attack has a harmless twin that succeeds.

mod commits;
mod endings;
mod files;
#[path = "../common/fixture.rs"]
mod fixture;
mod host;
mod kernel;
mod limits;
mod lowered;
mod owners;
mod python;
mod turns;
mod visit;
