//! Where a site stands: its own directory, programs, zook.conf and users; and its launcher, from which a site comes up.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use confine::Ids;
use tempfile::TempDir;

use crate::patience::PATIENCE;
use crate::{Conf, uids};

/// Where a site stands, running or not.
#[derive(Debug)]
pub(crate) struct Place {
    directory: Option<TempDir>,
    pub(crate) jail: PathBuf,
    pub(crate) conf: PathBuf,
    programs: PathBuf,
    pub(crate) users: Ids,
    errors_are_read: bool,
}

impl Place {
    pub(crate) fn new(change: impl FnOnce(&mut Conf)) -> Self {
        let directory = tempfile::Builder::new().prefix("zookws-test-").tempdir().expect("a temporary directory");
        let jail = directory.path().join("jail");
        let users = uids::claim();
        install(&jail);
        let mut conf = Conf::shipped(&jail, users.first);
        change(&mut conf);
        let path = directory.path().join("zook.conf");
        std::fs::write(&path, &conf.text).expect("writes");
        // A service's users must be able to pass through, and nobody else to write.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(directory.path(), open).expect("sets");
        Self { directory: Some(directory), jail, conf: path, programs: programs(), users, errors_are_read: true }
    }

    /// Takes programs of its own, one of which is another.
    pub(crate) fn with_program(mut self, name: &str, program: &Path) -> Self {
        let own = self.jail.with_file_name("programs");
        let copied = Command::new("cp").arg("-r").arg(&self.programs).arg(&own).status().expect("cp runs");
        assert!(copied.success(), "cp -r {} {}", self.programs.display(), own.display());
        std::fs::copy(program, own.join(name)).expect("copies");
        self.programs = own;
        self
    }

    /// Nobody reads its launcher's standard error.
    pub(crate) fn with_errors_unread(self) -> Self {
        Self { errors_are_read: false, ..self }
    }

    /// Launches, and waits until there is an address.
    pub(crate) fn come_up(&self) -> (Child, SocketAddr, Arc<Mutex<String>>) {
        let mut launcher = self.launch();
        let said = Arc::new(Mutex::new(String::new()));
        if self.errors_are_read {
            collect(launcher.stderr.take().expect("piped"), said.clone(), |_| {});
        }
        let (tell, told) = std::sync::mpsc::channel();
        collect(launcher.stdout.take().expect("piped"), said.clone(), move |line| {
            if let Some(address) = address_in(line) {
                // The receiver listens for the first address only.
                let _ = tell.send(address);
            }
        });
        match told.recv_timeout(PATIENCE) {
            Ok(address) => (launcher, address, said),
            Err(_) => {
                let _ = launcher.kill();
                let _ = launcher.wait();
                let said = said.lock().expect("no reader panicked").clone();
                panic!("the site did not come up; it said:\n{said}");
            }
        }
    }

    /// The launcher ends with the thread that started it, whatever becomes of the test.
    pub(crate) fn launch(&self) -> Child {
        Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(self.programs.join("zookld"))
            .arg(&self.conf)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the launcher starts")
    }

    /// Leaves the directory of a failed test for a look.
    pub(crate) fn keep(&mut self, said: &str) {
        if let Some(directory) = self.directory.take() {
            let path = directory.keep();
            let _ = std::fs::write(path.join("said.txt"), said);
            eprintln!(
                "the site of this failed test is kept: {} (logs below jail/log, words in said.txt)",
                path.display()
            );
        }
    }
}

/// Where the programs of this build are.
pub fn programs() -> PathBuf {
    std::env::var_os("ZOOKWS_PROGRAMS").map_or_else(|| crate::repository().join("target/programs"), PathBuf::from)
}

/// Puts the files of the shipped site into a jail, as `make setup` does.
fn install(jail: &Path) {
    let installed = Command::new("make")
        .args(["--no-print-directory", "-s", "-C"])
        .arg(crate::repository())
        .args(["install-files".to_owned(), format!("JAIL={}", jail.display())])
        .output()
        .expect("make runs");
    assert!(installed.status.success(), "make install-files: {}", String::from_utf8_lossy(&installed.stderr));
}

/// Copies all that a stream says, line by line.
fn collect(stream: impl Read + Send + 'static, said: Arc<Mutex<String>>, seen: impl Fn(&str) + Send + 'static) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            {
                let mut said = said.lock().expect("no reader panicked");
                said.push_str(&line);
                said.push('\n');
            }
            seen(&line);
        }
    });
}

/// The address in a line such as `open http://127.0.0.1:40123/`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let rest = line.split("http://").nth(1)?;
    rest.split(['/', ' ']).next()?.parse().ok()
}
