//! A running site: what tests ask of it, and its end, which must leave nothing behind.

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};

use crate::patience::holds_in_time;
use crate::place::{Place, programs};
use crate::{Conf, Process, Visitor};

/// Users of one site, from its first on.
const USERS: u32 = 1_000;
/// The first of the guests' users among them, and how many there are.
const GUESTS: u32 = 200;
const GUEST_COUNT: u32 = 256;

/// Sections of the shipped zook.conf, and their users above 61000.
pub const SECTIONS: &[(&str, u32)] = &[
    ("zookd", 11),
    ("static_svc", 12),
    ("cgi_svc", 13),
    ("login_svc", 14),
    ("dynamic_svc", 15),
    ("echo_svc", 10),
    ("auth_svc", 16),
    ("bank_svc", 17),
    ("profile_svc", 18),
    ("sandbox_svc", 19),
    ("api_svc", 21),
];

/// A running site. Dropping it stops it and checks that nothing is left.
#[derive(Debug)]
pub struct Site {
    launcher: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
    place: Place,
}

/// A launcher that has ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` for a signal.
    pub code: Option<i32>,
    /// Standard output and error.
    pub said: String,
}

impl Site {
    /// The shipped site.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// The shipped site with changes to its zook.conf.
    pub fn start_with(change: impl FnOnce(&mut Conf)) -> Self {
        let place = Place::new(change);
        Self::of(place)
    }

    /// The shipped site, whose standard error is a pipe that nobody reads.
    pub fn start_unread() -> Self {
        Self::of(Place::new(|_| {}).with_errors_unread())
    }

    /// The shipped site with another program in the place of one.
    pub fn start_with_program(name: &str, program: &Path) -> Self {
        Self::of(Place::new(|_| {}).with_program(name, program))
    }

    fn of(place: Place) -> Self {
        let (launcher, address, said) = place.come_up();
        Self { launcher, address, said, place }
    }

    /// Starts the launcher once more, after it has died.
    pub fn start_again(&mut self) {
        let _ = self.launcher.wait();
        (self.launcher, self.address, self.said) = self.place.come_up();
    }

    /// Starts a launcher that is expected to refuse, and returns what it said.
    pub fn refused(change: impl FnOnce(&mut Conf)) -> Ended {
        Self::refused_at(&Place::new(change))
    }

    /// The same for another program in the place of one.
    pub fn refused_with(name: &str, program: &Path) -> Ended {
        Self::refused_at(&Place::new(|_| {}).with_program(name, program))
    }

    fn refused_at(place: &Place) -> Ended {
        let mut launcher = place.launch();
        let users = place.users.first..place.users.first + USERS;
        let ends = holds_in_time(|| launcher.try_wait().expect("it is our child").is_some());
        if !ends {
            launcher.kill().expect("it is our child");
        }
        let output = launcher.wait_with_output().expect("the launcher ends");
        let left = Process::of_users(users);
        assert!(left.is_empty(), "left running by a launcher that refused: {left:?}");
        let said = [output.stdout, output.stderr].concat();
        assert!(ends, "a launcher that should refuse goes on; it said:\n{}", String::from_utf8_lossy(&said));
        Ended { code: output.status.code(), said: String::from_utf8_lossy(&said).into_owned() }
    }

    /// Where visitors come in.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Somebody who was never here.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// A new user, logged in. His password is his name with an exclamation mark.
    pub fn register(&self, name: &str) -> Visitor {
        let visitor = self.visitor();
        let password = format!("{name}!");
        let form = [("login_username", name), ("login_password", &password), ("submit_registration", "Register")];
        let page = visitor.post("/login", &form);
        assert_eq!(page.status, 302, "{name} could not register:\n{}\n{}", page.text, self.said());
        visitor
    }

    /// Directory that holds every root.
    pub fn jail(&self) -> &Path {
        &self.place.jail
    }

    /// The zook.conf of this site.
    pub fn conf(&self) -> &Path {
        &self.place.conf
    }

    /// The user that the shipped zook.conf calls `61000 + offset`.
    pub fn uid(&self, offset: u32) -> u32 {
        self.place.users.first + offset
    }

    /// The users of the guests; the first is the root of their namespace.
    pub fn guest_users(&self) -> std::ops::Range<u32> {
        self.uid(GUESTS)..self.uid(GUESTS + GUEST_COUNT)
    }

    /// Process id of the launcher.
    pub fn launcher(&self) -> u32 {
        self.launcher.id()
    }

    /// The process of a service, by its user: that of `61000 + offset` in the shipped zook.conf.
    pub fn process(&self, offset: u32) -> Option<Process> {
        let uid = self.uid(offset);
        Process::descendants(self.launcher.id()).into_iter().find(|process| process.uid == uid)
    }

    /// The user of a section of the shipped zook.conf, as it is in this site.
    #[track_caller]
    pub fn user_of(&self, section: &str) -> u32 {
        let (_, offset) = SECTIONS.iter().find(|(name, _)| *name == section).unwrap_or_else(|| panic!("no {section}"));
        self.uid(*offset)
    }

    /// A connection to the socket of `callee` which the kernel attributes to `caller`'s user, for bytes of any kind.
    pub fn connect_as(&self, caller: &str, callee: &str) -> UnixStream {
        let user = self.user_of(caller);
        let socket = self.place.jail.join("sockets").join(callee).join("sock");
        confine::connect_as(user, user, &socket).unwrap_or_else(|why| panic!("{}: {why}", socket.display()))
    }

    /// All processes below the launcher.
    pub fn processes(&self) -> Vec<Process> {
        Process::descendants(self.launcher.id())
    }

    /// What the launcher said so far.
    pub fn said(&self) -> String {
        self.said.lock().expect("no reader panicked").clone()
    }

    /// Directories of the site's control groups, by the words of the launcher; none where the host has none.
    pub fn control_groups(&self) -> Vec<PathBuf> {
        let said = self.said();
        let paths = said.lines().find_map(|line| line.strip_prefix("Each service is bounded as a whole by cgroups: "));
        match paths {
            Some(paths) => paths.split(" and ").map(PathBuf::from).collect(),
            None => {
                assert!(said.contains("Each process is bounded by rlimits alone"), "{said}");
                Vec::new()
            }
        }
    }

    /// Calls a method as another service would, by `zookctl call --as`. Returns whether it was answered, and with what.
    pub fn call_as(&self, service: &str, method: &str, parameters: &str) -> (bool, String) {
        let output = Command::new(programs().join("zookctl"))
            .args(["--conf".as_ref(), self.place.conf.as_os_str()])
            .args(["call", "--as", service, method, parameters])
            .output()
            .expect("zookctl runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Waits until a condition holds; fails the test if it never does.
    #[track_caller]
    pub fn wait_until(&self, what: &str, condition: impl FnMut() -> bool) {
        assert!(holds_in_time(condition), "never came true: {what}; the site said:\n{}", self.said());
    }

    /// Asks the launcher to end, waits for it, and returns how it did.
    pub fn stop(mut self) -> Ended {
        self.end();
        let code = self.launcher.wait().expect("the launcher ends").code();
        Ended { code, said: self.said() }
    }

    fn end(&mut self) {
        if let (Ok(None), Some(pid)) = (self.launcher.try_wait(), Pid::from_raw(self.launcher.id().cast_signed())) {
            let _ = kill_process(pid, Signal::TERM);
            let launcher = &mut self.launcher;
            if !holds_in_time(|| !matches!(launcher.try_wait(), Ok(None))) {
                let _ = self.launcher.kill();
            }
        }
        let _ = self.launcher.wait();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            self.place.keep(&self.said());
            return;
        }
        let users = self.uid(0)..self.uid(0) + USERS;
        let mut left = Vec::new();
        holds_in_time(|| {
            left = Process::of_users(users.clone());
            left.is_empty()
        });
        assert!(left.is_empty(), "left running: {left:?}");
        // Those of a launcher that was killed wait for the next one of its site, which will not come.
        self.control_groups().iter().for_each(|path| remove_group(path));
    }
}

/// Removes a control group and those below.
fn remove_group(path: &Path) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove_group(&entry.path());
        }
    }
    let _ = std::fs::remove_dir(path);
}
