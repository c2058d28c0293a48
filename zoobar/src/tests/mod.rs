//! The pages, driven as a browser drives them, over services that live in memory behind real sockets.

mod browser;
mod echo;
mod every_page;
mod home;
mod log;
mod login;
mod logout;
mod register;
mod services;
mod transfer;
mod users;
mod zoobarjs;
