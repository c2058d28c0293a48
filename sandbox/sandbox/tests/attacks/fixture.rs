//! Two sandboxes, one whose guests are Python and one whose guests make any system call; and how an attack is tried.

use std::fs;
use std::ops::Range;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use confine::guest::nursery::{House, Nursery, ZYGOTE};
use confine::usernamespace::{IdRange, Maps, create};
use confine::{Ids, Root};
use cpython::Installation;
use sandbox::{Config, Ending, Limits, Outcome, Python, Request, Sandbox};

use crate::host;

/// Ids of each sandbox's guests.
pub(crate) const OF_EACH: u32 = 40;

/// The ids of these tests on the host, which nobody else has: two test programs can run side by side.
pub(crate) struct Users {
    /// Owner of the guests' namespaces.
    owner: u32,
    pythons: IdRange,
    natives: IdRange,
    /// Of guests outside of both, one at a time.
    pub(crate) others: IdRange,
    /// Both sandboxes'.
    pub(crate) guests: Range<u32>,
    _claimed: Ids,
}

pub(crate) static USERS: LazyLock<Users> = LazyLock::new(|| {
    let ids =
        Ids::claim(1 + 3 * OF_EACH, 150_000..200_000).expect("these tests run as root").expect("there are enough");
    let guests = |number| IdRange { inside: 0, outside: ids.first + 1 + number * OF_EACH, count: OF_EACH };
    let (pythons, natives, others) = (guests(0), guests(1), guests(2));
    Users { owner: ids.first, pythons, natives, others, guests: pythons.outside..others.outside, _claimed: ids }
});

/// Guests that are CPython.
pub(crate) fn python() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        Sandbox::start(nursery(&zygote(), USERS.pythons), &config("python")).expect("the sandbox starts")
    })
}

/// Guests that make the system calls that they are told; see `native/script.rs`.
pub(crate) fn native() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let mut config = config("native");
        // No interpreter: what is otherwise preloaded into one is a program here.
        config.pythons.values_mut().for_each(|python| python.installation.program = ZYGOTE.into());
        Sandbox::start(nursery(Path::new(NATIVE_GUEST), USERS.natives), &config).expect("the sandbox starts")
    })
}

pub(crate) const NATIVE_GUEST: &str = env!("CARGO_BIN_EXE_native-guest");

/// Where each sandbox keeps its owners' files.
pub(crate) fn stores() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("attacks")
}

/// How many spares there are when no run goes on.
pub(crate) fn spares() -> usize {
    let config = Config::new(Python::new(installed()), None);
    let of_a_core = config.lanes_per_core + config.spares_per_core + 1;
    let cores = (Sandbox::ids_needed(&config).expect("some core may be used") - 1) / of_a_core;
    2 * cores * config.spares_per_core
}

/// Guests that are CPython, one at a time, from zygotes that make place for new ones after so many runs.
pub(crate) fn recycling(runs: u64) -> Sandbox {
    let config =
        Config { cores: 1, lanes_per_core: 1, spares_per_core: 1, recycle_births: runs, ..config("recycling") };
    Sandbox::start(nursery(&zygote(), USERS.others), &config).expect("the sandbox starts")
}

fn config(name: &str) -> Config {
    let store = stores().join(name);
    // Of an earlier run of these tests.
    let _ = fs::remove_dir_all(&store);
    fs::create_dir_all(&store).expect("a directory for the owners' files");
    let mut config = Config::new(Python::new(installed()), Some(store));
    config.waiting = 1000;
    config.waiting_per_owner = 1000;
    config.patience = Duration::from_secs(300);
    config.limits.time = Duration::from_secs(60);
    config
}

pub(crate) fn installed() -> Installation {
    Installation::find(None, None).expect("CPython 3.9 or newer is installed")
}

/// Starts a nursery. It dies with the thread that opened it, which therefore stays.
pub(crate) fn nursery(zygote: &Path, guests: IdRange) -> Nursery {
    let zygote = fs::File::open(zygote).expect("built before by: cargo build --release -p zygote");
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let opened = {
            let maps = Maps { uids: vec![guests], gids: vec![guests] };
            let namespace = create(root(), USERS.owner, USERS.owner, &maps).expect("user namespaces are allowed");
            let house = House {
                contents: cpython::contents([&installed()]),
                zygote: zygote.into(),
                groups_entered: Vec::new(),
                site: "/tmp".into(),
            };
            Nursery::open(namespace.as_fd(), &house).expect("the guests' root can be built")
        };
        tell.send(opened).expect("somebody waits for it");
        loop {
            std::thread::park();
        }
    });
    told.recv().expect("a nursery")
}

fn root() -> &'static Root {
    static ROOT: OnceLock<Root> = OnceLock::new();
    ROOT.get_or_init(|| Root::claim().expect("these tests run as root"))
}

/// Dynamic, and so built without a target triple: not beside this test, but beside its target directory.
fn zygote() -> PathBuf {
    let here = std::env::current_exe().expect("this program has a path");
    let found = here.ancestors().map(|above| above.join("release/libzygote.so")).find(|path| path.exists());
    found.expect("built before by: cargo build --release -p zygote")
}

/// What runs an attack and says in its last line what came of it.
const WRAPPER: &str = "import errno, sys\n\
    try:\n    exec(compile(sys.argv[1], 'attack', 'exec'), {'MARK': sys.argv[2], 'api': api, '__name__': '__main__'})\n\
    except OSError as error: print(errno.errorcode.get(error.errno, type(error).__name__))\n\
    except BaseException as error: print(type(error).__name__)\n\
    else: print('succeeded')\n";

/// A request that runs an attack. The name `MARK` is one that must never appear on the host.
pub(crate) fn attack(owner: &str, program: &str) -> Request {
    let arguments = vec![dedent(program), host::mark()];
    Request { arguments, limits: Limits::default(), ..Request::new(owner, WRAPPER) }
}

/// What came of a request: how it was ended, or else its last line.
pub(crate) fn verdict(request: Request) -> (String, Outcome) {
    let outcome = python().run(request).expect("there is room");
    let word = match &outcome.ending {
        Ending::Finished { .. } => text(&outcome.output).lines().next_back().unwrap_or("nothing").to_owned(),
        Ending::OutOfTime { of_processor: false, .. } => "out of time".into(),
        Ending::OutOfTime { of_processor: true, .. } => "out of processor time".into(),
        Ending::OutOfMemory => "out of memory".into(),
        Ending::OutOfOutput { .. } => "out of output".into(),
        Ending::Denied => "denied".into(),
        Ending::Crashed { .. } => "crashed".into(),
        Ending::NoPython { wanted, .. } => panic!("no Python {wanted}"),
        Ending::NotStarted { why } => panic!("our own failure: {why}"),
    };
    (word, outcome)
}

/// An attack in Python, what must come of it (or one of several, divided by `|`), and its harmless twin, which must succeed.
pub(crate) type Attack = (&'static str, &'static str, &'static str);

/// Tries attacks one after the other, each with files of its own. After each a look at the host, and the twin.
pub(crate) fn stopped(topic: &str, attacks: &[Attack]) {
    stopped_within(Limits::default(), topic, attacks);
}

/// The same with other limits.
pub(crate) fn stopped_within(limits: Limits, topic: &str, attacks: &[Attack]) {
    let host = host::look();
    for (index, (program, expected, twin)) in attacks.iter().enumerate() {
        let owner = format!("{topic} {index}");
        let (word, outcome) = verdict(Request { limits, ..attack(&owner, program) });
        assert!(expected.split('|').any(|one| one == word), "{program}\n{word}\n{}", said(&outcome));
        host.is_unchanged(program);
        let (word, outcome) = verdict(attack(&format!("{owner}, the twin"), twin));
        assert_eq!(word, "succeeded", "the twin {twin}\n{}", said(&outcome));
    }
}

/// Without the indentation that all lines have.
fn dedent(program: &str) -> String {
    let lines = || program.lines().filter(|line| !line.trim().is_empty());
    let depth = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines().map(|line| format!("{}\n", &line[depth..])).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything about an outcome, for the message of a failed test.
pub(crate) fn said(outcome: &Outcome) -> String {
    format!("{:?}\n{}\n{}\n{:?}", outcome.ending, text(&outcome.output), text(&outcome.errors), outcome.denials)
}
