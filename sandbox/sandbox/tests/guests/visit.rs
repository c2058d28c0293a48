//! The one sandbox of these tests, and how they use it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sandbox::{Ending, Outcome, Sandbox};

use crate::fixture::{self, House, request, said, text};

/// The sandbox.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| fixture::start_in(store(), &House::for_guests(60), |_| ()));
    &SANDBOX
}

/// The directory of the owners' files. Nothing is dropped at the end of a test program: it stays, where cargo has it, until
/// the same tests are run again.
pub(crate) fn store() -> &'static Path {
    static STORE: LazyLock<PathBuf> = LazyLock::new(|| {
        let store = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
        let _ = fs::remove_dir_all(&store);
        fs::create_dir_all(&store).expect("a directory for the owners' files");
        store
    });
    &STORE
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
