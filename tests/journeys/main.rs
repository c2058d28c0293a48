//! What a person does on the site, page by page, and what becomes of it when parts of the site die.

#![forbid(unsafe_code)]

mod account;
mod bad_input;
mod behind_tls;
mod files;
mod launcher;
mod operator;
mod pages;
mod pythons;
mod run_limits;
mod run_outcomes;
mod survival;
mod transfer;
