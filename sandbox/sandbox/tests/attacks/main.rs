//! Attacks by strangers' programs, by topic. Each must be stopped, has a harmless twin that succeeds, and is followed by a
//! look at the host. They run as root, which they need only to make the guests' user namespace.

mod descriptors;
mod files;
mod fixture;
mod host;
mod kernel;
mod network;
mod processes;
