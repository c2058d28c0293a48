//! Attacks on a whole site. Each has a harmless twin, and after each the site is looked at again.

#![forbid(unsafe_code)]

mod calls;
mod commits;
mod crowds;
mod guesses;
mod guests;
mod requests;
mod tokens;
mod wrong_answers;
