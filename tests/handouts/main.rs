//! Every exercise and challenge of the two handouts, on one running site, one PASS or FAIL line each.
//!
//! The 2018 handout separates privileges and sandboxes profiles; the 2012 handout does the second half with an interpreter
//! that performs no system call itself. Where both ask for the same, the line names both.

#![forbid(unsafe_code)]

mod bank_and_auth;
mod profiles;
mod separation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use harness::Site;

/// What a handout asks for, and the code that tries it.
struct Exercise {
    title: &'static str,
    attempt: fn(&Site),
}

const EXERCISES: &[Exercise] = &[
    Exercise {
        title: "2018 exercise 1: register two users, log in, transfer",
        attempt: bank_and_auth::transfer_by_hand,
    },
    Exercise { title: "2018 exercise 2: every service is jailed in its own root", attempt: separation::jailed },
    Exercise {
        title: "2018 exercise 3: every service has its own user, group and no others",
        attempt: separation::users,
    },
    Exercise {
        title: "2018 exercise 4: static files and programs are two services",
        attempt: separation::two_services,
    },
    Exercise {
        title: "2018 exercise 5: passwords and tokens live with auth alone",
        attempt: bank_and_auth::credentials,
    },
    Exercise { title: "2018 exercise 6: passwords are hashed and salted", attempt: bank_and_auth::hashed_and_salted },
    Exercise { title: "2018 exercise 7: balances and the log live with the bank alone", attempt: bank_and_auth::bank },
    Exercise { title: "2018 exercise 8: a transfer needs the sender's token", attempt: bank_and_auth::token_needed },
    Exercise { title: "2018 exercise 9, 2012 exercise 1: the five profiles work", attempt: profiles::all_five },
    Exercise { title: "2018 exercise 10: each user's profile has its own files", attempt: profiles::private_files },
    Exercise {
        title: "2018 exercise 11: what the profile talks to is not root",
        attempt: profiles::api_server_is_not_root,
    },
    Exercise { title: "2012 exercise 2: profiles run in the sandbox", attempt: profiles::in_the_sandbox },
    Exercise { title: "2012 exercise 3: /tmp is writable, persistent and private", attempt: profiles::persistent_tmp },
    Exercise { title: "2012 exercise 4: get_xfers through the sandbox", attempt: profiles::get_xfers },
    Exercise { title: "2012 exercise 5: get_user and xfer through the sandbox", attempt: profiles::get_user_and_xfer },
    Exercise { title: "2012 challenge 1: sub-directories, unlink and rename", attempt: profiles::sub_directories },
    Exercise { title: "2012 challenge 2: symbolic links that stay inside", attempt: profiles::symbolic_links },
];

fn main() -> ExitCode {
    let site = Site::start();
    let results: Vec<bool> = EXERCISES.iter().map(|exercise| passes(exercise, &site)).collect();
    println!();
    for (exercise, passed) in EXERCISES.iter().zip(&results) {
        println!("{}  {}", if *passed { "PASS" } else { "FAIL" }, exercise.title);
    }
    let passed = results.iter().filter(|passed| **passed).count();
    println!("\n{passed} passed, {} failed", results.len() - passed);
    if passed == results.len() {
        return ExitCode::SUCCESS;
    }
    println!("pages of failed exercises stand above; what the site said:\n{}", site.said());
    ExitCode::FAILURE
}

fn passes(exercise: &Exercise, site: &Site) -> bool {
    catch_unwind(AssertUnwindSafe(|| (exercise.attempt)(site))).is_ok()
}
