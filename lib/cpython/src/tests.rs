use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Installation, NotFound};

/// Installations and virtual environments made of empty files. Not in `/tmp`, which programs have of their own.
struct Host(TempDir);

impl Host {
    fn new() -> Self {
        Self(tempfile::tempdir_in("/var/tmp").expect("a temporary directory"))
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("below the host")).expect("can be made");
        fs::write(path, text).expect("can be written");
    }

    /// A whole Python 3.N, by the prefix `pN`.
    fn install(&self, minor: u32) {
        self.file(&format!("p{minor}/bin/python3.{minor}"), "");
        symlink(format!("python3.{minor}"), self.at(&format!("p{minor}/bin/python3"))).expect("a link");
        self.file(&format!("p{minor}/lib/libpython3.{minor}.so.1.0"), "");
        self.file(&format!("p{minor}/lib/python3.{minor}/os.py"), "");
    }

    fn venv(&self, name: &str, minor: u32) {
        let home = self.at(&format!("p{minor}/bin"));
        self.file(&format!("{name}/pyvenv.cfg"), &format!("version = 3.{minor}.1\nhome = {}\n", home.display()));
        self.file(&format!("{name}/lib/python3.{minor}/site-packages/six.py"), "");
    }

    fn find(&self, program: Option<&str>, venv: Option<&str>) -> Result<Installation, NotFound> {
        let at = |path: Option<&str>| path.map(|path| self.at(path));
        Installation::find(at(program).as_deref(), at(venv).as_deref())
    }

    fn refuses(&self, program: Option<&str>, venv: Option<&str>, because: &str) {
        let why = self.find(program, venv).expect_err(because).to_string();
        assert!(why.contains(because), "{because:?} is not in {why:?}");
    }
}

#[test]
fn an_installation_is_found_by_its_program_behind_links() {
    let host = Host::new();
    host.install(12);
    symlink(host.at("p12/bin/python3"), host.at("mine")).expect("a link");
    let found = host.find(Some("mine"), None).expect("it is there");
    assert_eq!(found.program, host.at("p12/bin/python3.12"));
    assert_eq!(found.libpython, Some(host.at("p12/lib/libpython3.12.so.1.0")));
    assert_eq!(found.library, host.at("p12/lib/python3.12"));
    assert_eq!(found.packages, None);
}

#[test]
fn a_virtual_environment_names_its_python() {
    let host = Host::new();
    host.install(12);
    host.install(13);
    host.venv("venv", 12);
    let found = host.find(None, Some("venv")).expect("it is there");
    assert_eq!(found.program, host.at("p12/bin/python3.12"));
    assert_eq!(found.packages, Some(host.at("venv/lib/python3.12/site-packages")));
    assert_eq!(host.find(Some("p12/bin/python3"), Some("venv")).expect("the same").packages, found.packages);
    host.refuses(Some("p13/bin/python3"), Some("venv"), "has no packages for Python 3.13; make it with that Python");
}

#[test]
fn what_is_missing_is_said_in_one_sentence() {
    let host = Host::new();
    host.install(8);
    host.install(10);
    host.file("shim/python3", "#!/bin/sh\n");
    host.refuses(Some("none"), None, "cannot be found; name a Python");
    host.refuses(Some("shim/python3"), None, "is not the program of a CPython");
    host.refuses(Some("p8/bin/python3"), None, "is Python 3.8; name one from 3.9 on");
    host.refuses(None, Some("p10"), "is not a virtual environment");
    host.file("empty/pyvenv.cfg", "");
    host.refuses(None, Some("empty"), "has no line home = DIRECTORY");
    assert!(host.find(Some("p10/bin/python3"), None).is_ok());
    fs::remove_file(host.at("p10/lib/python3.10/os.py")).expect("it is there");
    host.refuses(Some("p10/bin/python3"), None, "has no standard library");
}

#[test]
fn an_interpreter_may_be_built_into_its_program() {
    let host = Host::new();
    host.install(12);
    fs::remove_file(host.at("p12/lib/libpython3.12.so.1.0")).expect("it is there");
    let found = host.find(Some("p12/bin/python3"), None).expect("it is there");
    assert_eq!(found.libpython, None);
    let places: Vec<&Path> = found.places().collect();
    assert_eq!(places, [host.at("p12/bin/python3.12"), host.at("p12/lib/python3.12")]);
}

#[test]
fn what_lies_where_programs_have_their_own_is_refused() {
    let (host, covered) = (Host::new(), Host(tempfile::tempdir_in("/tmp").expect("a temporary directory")));
    for host in [&host, &covered] {
        host.install(12);
    }
    assert!(host.find(Some("p12/bin/python3"), None).is_ok());
    covered.refuses(Some("p12/bin/python3"), None, "programs have a /tmp of their own");
}

#[test]
fn each_place_is_to_be_seen_once() {
    let host = Host::new();
    host.install(12);
    host.venv("venv", 12);
    let (plain, venv) = (host.find(Some("p12/bin/python3"), None), host.find(None, Some("venv")));
    let contents = super::contents([&plain.expect("it is there"), &venv.expect("it is there")]);
    let below = |path: &&PathBuf| path.starts_with(host.0.path());
    let places: Vec<&Path> = contents.iter().filter(below).map(PathBuf::as_path).collect();
    let expected = [
        "p12/bin/python3.12",
        "p12/lib/python3.12",
        "p12/lib/libpython3.12.so.1.0",
        "venv/lib/python3.12/site-packages",
    ];
    assert_eq!(places, expected.map(|path| host.at(path)));
}

#[test]
fn a_module_is_a_file_a_package_machine_code_or_built_in() {
    let host = Host::new();
    host.install(12);
    host.venv("venv", 12);
    host.file("p12/lib/libpython3.12.so.1.0", "ELF\0set_errno\0time\0sums");
    host.file("p12/lib/python3.12/xml/dom/minidom.py", "");
    host.file("p12/lib/python3.12/lib-dynload/mmap.cpython-312-x86_64-linux-gnu.so", "");
    host.file("venv/lib/python3.12/site-packages/stars/bright.abi3.so", "");
    host.file("venv/lib/python3.12/site-packages/more.pth", "import tricks\nelsewhere\n");
    host.file("venv/lib/python3.12/site-packages/elsewhere/moons.py", "");
    let (plain, venv) = (host.find(Some("p12/bin/python3"), None), host.find(None, Some("venv")));
    let (plain, venv) = (plain.expect("it is there"), venv.expect("it is there"));
    for module in ["os", "os.path", "xml", "xml.dom.minidom", "mmap", "time", "errno"] {
        assert!(plain.has(module) && venv.has(module), "{module}");
    }
    for module in ["six", "six.moves", "stars", "stars.bright", "moons"] {
        assert!(!plain.has(module) && venv.has(module), "{module}");
    }
    for module in ["xml.don", "mma", "tim", "sums", "stars.brigh", "tricks", "osx"] {
        assert!(!venv.has(module), "{module}");
    }
}
