//! Sandboxes for tests, and what tests ask of them.

#![allow(dead_code, reason = "each test program uses its part of this")]

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use confine::guest::nursery::{self, Nursery};
use confine::usernamespace::{IdRange, Maps, create};
use confine::{Ids, Root};
use cpython::Installation;
use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use sandbox::{Config, Limits, Outcome, Python, Request, Sandbox};
use tempfile::TempDir;

/// Ids that tests may have.
const IDS: std::ops::Range<u32> = 150_000..200_000;

/// Longest run of any test.
const LONGEST: Duration = Duration::from_secs(300);

/// Users of one sandbox, which nobody else has: test programs run side by side, of this working copy and of others.
pub(crate) struct House {
    /// Owns the namespace.
    pub(crate) owner: u32,
    /// On the host; inside it is 0.
    pub(crate) first_guest: u32,
    pub(crate) guests: u32,
}

impl House {
    /// Until this test program ends.
    pub(crate) fn for_guests(guests: u32) -> Self {
        let ids = Ids::claim(1 + guests, IDS).expect("these tests run as root").expect("there are enough");
        let owner = ids.first;
        std::mem::forget(ids);
        Self { owner, first_guest: owner + 1, guests }
    }
}

/// A sandbox and the directory of its owners' files.
pub(crate) fn start(house: &House, adjust: impl FnOnce(&mut Config)) -> (Sandbox, TempDir) {
    let store = tempfile::tempdir().expect("a temporary directory");
    (start_in(store.path(), house, adjust), store)
}

/// A sandbox with its owners' files in a directory.
pub(crate) fn start_in(store: &Path, house: &House, adjust: impl FnOnce(&mut Config)) -> Sandbox {
    let mut config = Config::new(Python::new(installed()), Some(store.to_owned()));
    config.waiting = 1000;
    config.waiting_per_owner = 1000;
    config.patience = Duration::from_secs(300);
    config.limits = Limits { time: LONGEST, processor_time: LONGEST, output: 4 << 20, ..config.limits };
    adjust(&mut config);
    let (owner, guests) = (house.owner, IdRange { inside: 0, outside: house.first_guest, count: house.guests });
    let contents = cpython::contents(config.pythons.values().map(|python| &python.installation));
    std::os::unix::fs::chown(store, Some(owner), Some(owner)).expect("root may give it away");
    let (tell, told) = std::sync::mpsc::channel();
    // The nursery dies with the thread that opened it.
    std::thread::spawn(move || {
        let nursery = nursery(owner, guests, contents);
        become_nobody_but(owner);
        tell.send(Sandbox::start(nursery, &config)).expect("somebody waits for it");
        loop {
            std::thread::park();
        }
    });
    told.recv().expect("an answer").expect("the sandbox starts")
}

/// This thread, and those that it starts: as every supervisor, it is no more than the owner of its guests' namespace.
fn become_nobody_but(owner: u32) {
    let (uid, gid) = (Uid::from_raw(owner), Gid::from_raw(owner));
    set_thread_groups(&[]).expect("root may");
    set_thread_res_gid(gid, gid, gid).expect("root may");
    set_thread_res_uid(uid, uid, uid).expect("root may");
}

/// The host's usual Python.
pub(crate) fn installed() -> Installation {
    Installation::find(None, None).expect("CPython 3.9 or newer is installed")
}

fn nursery(owner: u32, guests: IdRange, contents: Vec<PathBuf>) -> Nursery {
    static ROOT: OnceLock<Root> = OnceLock::new();
    let root = ROOT.get_or_init(|| Root::claim().expect("these tests run as root"));
    let maps = Maps { uids: vec![guests], gids: vec![guests] };
    let namespace = create(root, owner, owner, &maps).expect("user namespaces are allowed");
    let zygote = std::fs::File::open(zygote()).expect("can be opened");
    let house = nursery::House { contents, zygote: zygote.into(), groups_entered: Vec::new(), site: "/tmp".into() };
    Nursery::open(namespace.as_fd(), &house).expect("the guests' root can be built")
}

/// Dynamic, and so built without a target triple: not beside this test, but in a directory above.
fn zygote() -> PathBuf {
    let here = std::env::current_exe().expect("this program has a path");
    let found = here.ancestors().map(|above| above.join("release/libzygote.so")).find(|path| path.exists());
    found.expect("build it before, without a target: cargo build --release -p zygote")
}

/// A program that has the usual limits in every sandbox.
pub(crate) fn request(owner: &str, code: &str) -> Request {
    Request { limits: Limits::default(), ..Request::new(owner, code) }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything about an outcome, for the message of a failed test.
pub(crate) fn said(outcome: &Outcome) -> String {
    format!("{:?}\n{}\n{}\n{:?}", outcome.ending, text(&outcome.output), text(&outcome.errors), outcome.denials)
}

/// Waits for what must happen; how long it takes is not what is tested.
pub(crate) fn wait_until(happened: impl Fn() -> bool) {
    for _ in 0..6000 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it never happened");
}
