//! The pages: one file each, with what it reads, what it does and what it shows.

pub(crate) mod echo;
pub(crate) mod home;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod register;
pub(crate) mod transfer;
pub(crate) mod users;
pub(crate) mod zoobarjs;
