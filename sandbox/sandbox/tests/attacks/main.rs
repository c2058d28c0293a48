//! Attacks by strangers' programs, by topic. Each must be stopped, has a harmless twin that succeeds, and is followed by a
//! look at the host. They run as root, which they need only to make the guests' user namespace.

mod api;
mod asked;
mod descriptors;
mod disk;
mod files;
mod fixture;
mod floods;
mod host;
mod kernel;
mod limits;
mod memory;
mod network;
mod pointers;
mod processes;
mod sweep;
mod table;
mod time;
mod walls;
