//! What each call must answer, case by case: the list of pjdfstest (github.com/pjd/pjdfstest) for what a guest has, written
//! down anew as tables of what is done and what must come back.

mod shell;

mod enospc;
mod link;
mod mkdir;
mod open;
mod outside;
mod rename;
mod rmdir;
mod symlink;
mod truncate;
mod unlink;
