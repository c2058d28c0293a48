//! The one sandbox of these tests, and how they use it.

use std::path::Path;
use std::sync::OnceLock;

use sandbox::{Ending, Outcome, Sandbox};
use tempfile::TempDir;

use crate::fixture::{self, House, request, said, text};

const HOUSE: House = House { owner: 62_500, first_guest: 62_540, guests: 60 };

fn visited() -> &'static (Sandbox, TempDir) {
    static VISITED: OnceLock<(Sandbox, TempDir)> = OnceLock::new();
    VISITED.get_or_init(|| fixture::start(&HOUSE, |_| ()))
}

/// The sandbox.
pub(crate) fn sandbox() -> &'static Sandbox {
    &visited().0
}

/// The directory of the owners' files.
pub(crate) fn store() -> &'static Path {
    visited().1.path()
}

/// Runs a program for an owner.
pub(crate) fn run(owner: &str, code: &str) -> Outcome {
    sandbox().run(request(owner, code)).expect("there is room")
}

/// Runs a program that must end well, and returns what it printed.
pub(crate) fn printed(owner: &str, code: &str) -> String {
    let outcome = run(owner, code);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{code}\n{}", said(&outcome));
    text(&outcome.output)
}

/// A program whose one statement must fail with an OSError, of which the name of the number is returned; and the outcome.
pub(crate) fn refused(owner: &str, attempt: &str) -> (String, Outcome) {
    let code = format!(
        "import errno, os, sys\ntry:\n    {attempt}\nexcept OSError as error:\n    \
         print(errno.errorcode[error.errno])\nelse:\n    print('succeeded')\n"
    );
    let outcome = run(owner, &code);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{attempt}\n{}", said(&outcome));
    (text(&outcome.output).trim().to_owned(), outcome)
}
