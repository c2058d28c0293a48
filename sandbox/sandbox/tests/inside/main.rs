//! What a Python program expects of a small Linux box, and what it is told where this one is smaller.

mod files;
#[path = "../common/fixture.rs"]
mod fixture;
mod interrupted;
mod machine;
mod modules;
mod refusals;
mod tracebacks;
#[path = "../guests/visit.rs"]
#[allow(dead_code, reason = "the suite that it belongs to uses all of it")]
mod visit;
