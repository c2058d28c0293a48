//! One sandbox for all tests of this program, and what tests ask of it.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use confine::Root;
use confine::guest::nursery::{House, Nursery};
use confine::usernamespace::{IdRange, Maps, create};
use sandbox::{Config, Ending, Limits, Outcome, Python, Request, Sandbox};

/// Owner of the guests' namespace.
const OWNER: u32 = 62_500;
/// The guests' ids on the host.
pub(crate) const GUESTS: IdRange = IdRange { inside: 0, outside: 62_540, count: 60 };

/// The sandbox.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let (tell, told) = std::sync::mpsc::channel();
        // The nursery dies with the thread that opened it.
        std::thread::spawn(move || {
            tell.send(nursery()).expect("somebody waits for it");
            loop {
                std::thread::park();
            }
        });
        let mut config = Config::new(python(), store().to_owned());
        config.waiting = 1000;
        config.waiting_per_owner = 1000;
        config.patience = Duration::from_secs(300);
        Sandbox::start(told.recv().expect("a nursery"), &config).expect("the sandbox starts")
    })
}

fn python() -> Python {
    Python::find(&Python::usual_directories()).expect("CPython 3.9 or newer is installed")
}

fn nursery() -> Nursery {
    let root = Root::claim().expect("these tests run as root");
    let maps = Maps { uids: vec![GUESTS], gids: vec![GUESTS] };
    let namespace = create(&root, OWNER, OWNER, &maps).expect("user namespaces are allowed");
    let zygote = std::fs::File::open(zygote()).expect("built before by: cargo build --release -p zygote");
    let house = House { contents: Python::usual_directories(), zygote: zygote.into(), site: "/tmp".into() };
    Nursery::open(namespace.as_fd(), &house).expect("the guests' root can be built")
}

/// Dynamic, and so built without a target triple: not beside this test, but beside its target directory.
fn zygote() -> PathBuf {
    let here = std::env::current_exe().expect("this program has a path");
    let found = here.ancestors().map(|above| above.join("release/zygote")).find(|path| path.exists());
    found.expect("built before by: cargo build --release -p zygote")
}

/// The directory of the owners' files.
pub(crate) fn store() -> &'static Path {
    static STORE: OnceLock<tempfile::TempDir> = OnceLock::new();
    STORE.get_or_init(|| tempfile::tempdir().expect("a temporary directory")).path()
}

/// A program that nobody limits more than usual.
pub(crate) fn request(owner: &str, code: &str) -> Request {
    Request { owner: owner.into(), code: code.into(), arguments: Vec::new(), api: None, limits: Limits::default() }
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

/// A program whose one expression must fail with an OSError, of which the name of the number is returned; and the outcome.
pub(crate) fn refused(owner: &str, attempt: &str) -> (String, Outcome) {
    let code = format!(
        "import errno, os, sys\ntry:\n    {attempt}\nexcept OSError as error:\n    \
         print(errno.errorcode[error.errno])\nelse:\n    print('succeeded')\n"
    );
    let outcome = run(owner, &code);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{attempt}\n{}", said(&outcome));
    (text(&outcome.output).trim().to_owned(), outcome)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything about an outcome, for the message of a failed test.
pub(crate) fn said(outcome: &Outcome) -> String {
    format!("{:?}\n{}\n{}\n{:?}", outcome.ending, text(&outcome.output), text(&outcome.errors), outcome.denials)
}
