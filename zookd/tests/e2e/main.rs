//! The dispatcher as its visitors see it: a real socket in front, services of the test behind.

mod draining;
mod files;
mod framing;
mod fronts;
mod limits;
mod pages;
mod programs;
mod routing;
mod site;
