//! Attacks on each layer alone.
//!
//! A test launches this test program into a root directory of its own, says over a socket which layers its lock-down leaves
//! out and which attack to try, and looks at what came of it. Each attack is tried three times: with no layer at all, where
//! it must work (or the test would prove nothing), with one layer alone, where it must not, and there is a harmless twin that
//! must work with all of them.

mod files;
mod identity;
mod inside;
mod launching;
mod network;
mod processes;
mod proof;
mod twins;

use std::fs;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair};
use rustix::process::{Resource, WaitId, WaitIdOptions, waitid};
use tempfile::TempDir;

use crate::launch::{Access, Kept, Launch, Launched, Limit, Mount, Source, spawn_with};
use crate::layer::Layers;
use crate::{Ids, Layer, Role, Root};
use inside::Attack;

const EVERY: [Layer; 11] = [
    Layer::Descriptors,
    Layer::Namespaces,
    Layer::Network,
    Layer::Root,
    Layer::Identity,
    Layer::Capabilities,
    Layer::NoNewPrivileges,
    Layer::LandlockFiles,
    Layer::LandlockNetwork,
    Layer::LandlockScopes,
    Layer::Calls,
];

/// Longest order and longest answer.
const MAX_RECORD: usize = 4096;

/// What came of an attack.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It worked, and found this.
    Worked(String),
    /// The kernel said no, with this error number.
    Refused(i32),
    /// The kernel ended the process with this signal.
    Killed(i32),
    /// It became another program, whose last line was this.
    Became(String),
    /// The process found itself not confined, and stopped before the attack.
    NotConfined(String),
}

/// A place for an attack: what is outside, what the attacked program owns, and what is left out.
struct Stage {
    directory: TempDir,
    uid: u32,
    role: Role,
    launched_without: Vec<Layer>,
    locked_without: Vec<Layer>,
    kept: Vec<(OwnedFd, RawFd)>,
    mounts: Vec<Mount<'static>>,
}

/// Uids of stages, which nobody else has: two test programs can run side by side.
static UIDS: LazyLock<Ids> = LazyLock::new(|| Ids::of_tests(STAGES));
/// More than are used at the same time.
const STAGES: u32 = 40;
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Stage {
    /// With all layers.
    fn new(role: Role) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let uid = UIDS.first + NEXT.fetch_add(1, Ordering::Relaxed) % STAGES;
        for (path, mode) in [("", 0o755), ("root", 0o755), ("root/db", 0o700), ("root/run", 0o755), ("outside", 0o755)]
        {
            let path = directory.path().join(path);
            fs::create_dir_all(&path).expect("makes a directory");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("sets its mode");
        }
        std::os::unix::fs::chown(directory.path().join("root/db"), Some(uid), Some(uid)).expect("gives it away");
        fs::write(directory.path().join("outside/secret"), "secret").expect("writes");
        let mounts = vec![Mount { source: Source::Own, inside: "/db".into(), access: Access::Write }];
        Self { directory, uid, role, launched_without: vec![], locked_without: vec![], kept: vec![], mounts }
    }

    /// With these layers and no others.
    fn only(layers: &[Layer]) -> Self {
        Self::new(Role::Service).without_others(layers)
    }

    fn without_others(mut self, layers: &[Layer]) -> Self {
        self.launched_without = EVERY.into_iter().filter(|layer| !layers.contains(layer)).collect();
        self.locked_without = self.launched_without.clone();
        self
    }

    fn keep(mut self, descriptor: impl Into<OwnedFd>, number: RawFd) -> Self {
        self.kept.push((descriptor.into(), number));
        self
    }

    /// With a directory of the host bound where it stands there, so that its programs can be run.
    fn bind_programs(mut self, directory: &str) -> Self {
        fs::create_dir(self.root().join(directory.trim_start_matches('/'))).expect("makes a directory");
        let source = Source::Path(directory.into());
        self.mounts.push(Mount { source, inside: directory.into(), access: Access::Execute });
        self
    }

    /// A path outside the program's root, as the host names it.
    fn outside(&self, name: &str) -> PathBuf {
        self.directory.path().join("outside").join(name)
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// Tries an attack.
    fn run(&self, attack: Attack, argument: impl AsRef<Path>) -> Outcome {
        self.start(attack, argument).outcome()
    }

    /// Starts an attack that goes on.
    fn start(&self, attack: Attack, argument: impl AsRef<Path>) -> Running {
        let seqpacket = |_| socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
        let (line, theirs) = seqpacket(()).expect("a socket pair");
        let (printed, output) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).expect("a pipe");
        let program = fs::File::open("/proc/self/exe").expect("this program");
        let nothing = fs::File::open("/dev/null").expect("the null device");
        let errors = std::io::stderr();
        let standard = [(nothing.as_fd(), 0), (output.as_fd(), 1), (errors.as_fd(), 2), (theirs.as_fd(), 3)];
        let kept = self.kept.iter().map(|(descriptor, number)| (descriptor.as_fd(), *number));
        let launch = Launch {
            program: program.as_fd(),
            argv: inside::ARGUMENTS.iter().map(|word| (*word).to_owned()).collect(),
            keep: standard.into_iter().chain(kept).map(|(source, number)| Kept { source, number }).collect(),
            root: self.root(),
            mounts: self.mounts.clone(),
            uid: self.uid,
            gid: self.uid,
            groups: vec![],
            limits: vec![Limit { resource: Resource::Core, at_most: 0 }],
            groups_entered: Vec::new(),
            own_pids: false,
        };
        let layers = Layers::dangerously_left_out_for_an_attack_test(&self.launched_without);
        let launched = spawn_with(&Root::of_a_test(), &launch, layers).expect("launches");
        let left_out: Vec<String> = self.locked_without.iter().map(Layer::to_string).collect();
        let order = format!("{:?}\n{}\n{attack:?}\n{}", self.role, left_out.join(" "), argument.as_ref().display());
        assert!(order.len() <= MAX_RECORD);
        send(&line, order.as_bytes(), SendFlags::NOSIGNAL).expect("the program listens");
        Running { launched, line, printed }
    }
}

/// A program under attack.
struct Running {
    launched: Launched,
    line: OwnedFd,
    printed: OwnedFd,
}

impl Running {
    /// What the program says next, or `None` if it has ended.
    fn hear(&self) -> Option<String> {
        let mut record = [0; MAX_RECORD];
        let (length, _) = recv(&self.line, &mut record[..], RecvFlags::empty()).unwrap_or_default();
        (length > 0).then(|| String::from_utf8_lossy(&record[..length]).into_owned())
    }

    fn outcome(self) -> Outcome {
        let heard = self.hear();
        let status = self.end();
        let Some(answer) = heard else {
            let mut text = String::new();
            fs::File::from(self.printed).read_to_string(&mut text).expect("the pipe is readable");
            return match (status.signal(), status.code()) {
                (Some(signal), _) => Outcome::Killed(signal),
                (None, Some(code)) if code > inside::KILLED => Outcome::Killed(code - inside::KILLED),
                _ => Outcome::Became(text.lines().last().unwrap_or_default().to_owned()),
            };
        };
        match answer.split_once(' ').expect("two words at least") {
            ("worked", found) => Outcome::Worked(found.to_owned()),
            ("refused", errno) => Outcome::Refused(errno.parse().expect("a number")),
            ("unconfined", why) => Outcome::NotConfined(why.to_owned()),
            other => panic!("the program says {other:?}"),
        }
    }

    /// Waits for its end.
    fn end(&self) -> std::process::ExitStatus {
        let ended = waitid(WaitId::PidFd(self.launched.pidfd.as_fd()), WaitIdOptions::EXITED).expect("our child");
        let status = ended.expect("it has ended");
        let raw = status.terminating_signal().or(status.exit_status().map(|code| code << 8)).expect("one of them");
        std::process::ExitStatus::from_raw(raw)
    }
}

/// Copies a program, by another one: a child that another test forks meanwhile would have it open for writing, and what is
/// can not be run.
pub(crate) fn copy_program(from: &str, to: &Path) {
    let copied = std::process::Command::new("cp").arg(from).arg(to).status().expect("coreutils are installed");
    assert!(copied.success(), "cp {from} {}", to.display());
}

/// The attack works without any layer; with this one alone it ends as it should.
fn stopped_by(layers: &[Layer], attack: Attack, argument: impl AsRef<Path>, outcome: &Outcome) {
    let control = Stage::only(&[]).run(attack, &argument);
    assert!(matches!(control, Outcome::Worked(_) | Outcome::Became(_)), "without any layer: {control:?}");
    assert_eq!(Stage::only(layers).run(attack, &argument), *outcome, "{layers:?}");
}
