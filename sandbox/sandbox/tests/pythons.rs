//! Several Pythons side by side, and the coming and going of their zygotes. Each test has users of its own.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cpython::Installation;
use sandbox::{Config, Ending, Outcome, Python, Request, Sandbox};
use tempfile::TempDir;

#[path = "common/fixture.rs"]
mod fixture;

use fixture::{House, installed, said, text};

/// As many as four Pythons need on one core.
const GUESTS: u32 = 32;

fn house() -> House {
    House::for_guests(GUESTS)
}

/// A virtual environment made by hand, with one module. Not in `/tmp`, which programs have of their own.
fn venv(module: &str) -> TempDir {
    let venv = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir_in("/var/tmp")
        .expect("a temporary directory");
    fs::create_dir_all(packages(&venv)).expect("can be made");
    fs::write(venv.path().join("pyvenv.cfg"), "home = /usr/bin\n").expect("can be written");
    fs::write(packages(&venv).join(format!("{module}.py")), "mine = True\n").expect("can be written");
    venv
}

fn packages(venv: &TempDir) -> PathBuf {
    let version = installed().library.file_name().expect("python3.N").to_owned();
    venv.path().join("lib").join(version).join("site-packages")
}

/// A Python with a virtual environment, whose module is there before a program begins.
fn python(venv: &Path, module: &str) -> Python {
    let mut python = Python::new(Installation::find(None, Some(venv)).expect("a virtual environment"));
    python.preimport.push(module.to_owned());
    python
}

fn add(config: &mut Config, name: &str, venv: &TempDir, module: &str) {
    config.cores = 1;
    config.pythons.insert(name.to_owned(), python(venv.path(), module));
}

fn run(sandbox: &Sandbox, python: &str, owner: &str, code: &str) -> Outcome {
    sandbox.run(Request { python: python.to_owned(), ..fixture::request(owner, code) }).expect("there is room")
}

fn printed(sandbox: &Sandbox, python: &str, owner: &str, code: &str) -> String {
    let outcome = run(sandbox, python, owner, code);
    assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    text(&outcome.output)
}

#[test]
fn packages_of_a_virtual_environment_are_there_for_those_who_choose_it_and_for_nobody_else() {
    let (science, letters) = (venv("numbers_of_mine"), venv("letters_of_mine"));
    let (sandbox, _store) = fixture::start(&house(), |config| {
        add(config, "science", &science, "numbers_of_mine");
        add(config, "letters", &letters, "letters_of_mine");
    });
    let look = "import numbers_of_mine\nprint(open(numbers_of_mine.__file__).readline().strip())\n";
    assert_eq!(printed(&sandbox, "science", "anna", look), "mine = True\n");
    let file = science.path().join("lib");
    let search = format!(
        "import os, sys\nassert not os.path.exists({file:?})\nassert 'numbers_of_mine' not in sys.modules\n\
         try: import numbers_of_mine\nexcept ImportError: print('not here')\n"
    );
    for python in ["default", "letters"] {
        assert_eq!(printed(&sandbox, python, "anna", &search), "not here\n");
    }
    let change = format!("try: open({:?}, 'w')\nexcept OSError as e: print(e.strerror)\n", file.join("x"));
    assert_eq!(printed(&sandbox, "science", "anna", &change), "Read-only file system\n");
}

/// Somebody who may write into a virtual environment plants links to what its sandbox can read, and its guests cannot: in the
/// place of a file, and of a directory above one.
#[test]
fn a_link_that_was_put_into_a_library_leads_nobody_out_of_it() {
    let (science, outside) = (venv("numbers_of_mine"), tempfile::tempdir().expect("a temporary directory"));
    let (file, directory) = (packages(&science).join("numbers_of_mine.py"), packages(&science).join("more"));
    let deep = directory.join("deep.py");
    fs::create_dir(&directory).expect("can be made");
    fs::write(&deep, "mine = True\n").expect("can be written");
    for secret in ["numbers_of_mine.py", "deep.py"] {
        fs::write(outside.path().join(secret), "secret\n").expect("can be written");
    }
    let (sandbox, _store) = fixture::start(&house(), |config| add(config, "science", &science, "numbers_of_mine"));
    let read = |path: &Path| {
        let look = format!("try: print(open({path:?}).read(), end='')\nexcept OSError as e: print(e.strerror)\n");
        printed(&sandbox, "science", "anna", &look)
    };
    assert_eq!((read(&file).as_str(), read(&deep).as_str()), ("mine = True\n", "mine = True\n"));

    fs::remove_file(&file).expect("it is there");
    symlink(outside.path().join("numbers_of_mine.py"), &file).expect("can be planted");
    fs::remove_dir_all(&directory).expect("it is there");
    symlink(outside.path(), &directory).expect("can be planted");
    for path in [&file, &deep] {
        assert_eq!(fs::read_to_string(path).expect("it leads there"), "secret\n");
        assert_eq!(read(path), "Input/output error\n");
    }

    // The control: another file in the same place is no link.
    fs::remove_file(&file).expect("it is there");
    fs::write(&file, "mine = False\n").expect("can be written");
    assert_eq!(read(&file), "mine = False\n");
}

#[test]
fn spares_of_one_python_are_never_used_for_another() {
    let (science, letters) = (venv("numbers_of_mine"), venv("letters_of_mine"));
    let (sandbox, _store) = fixture::start(&house(), |config| {
        add(config, "science", &science, "numbers_of_mine");
        add(config, "letters", &letters, "letters_of_mine");
    });
    let who = "import sys\nprint(*sorted(name for name in sys.modules if name.endswith('_of_mine')))\n";
    let expected = [("default", "\n"), ("science", "numbers_of_mine\n"), ("letters", "letters_of_mine\n")];
    std::thread::scope(|scope| {
        for owner in ["anna", "bob", "carl", "dora"] {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for (python, modules) in expected.into_iter().cycle().take(9) {
                    assert_eq!(printed(sandbox, python, owner, who), modules);
                }
            });
        }
    });
}

#[test]
fn an_owner_has_the_same_files_in_every_python() {
    let science = venv("numbers_of_mine");
    let (sandbox, _store) = fixture::start(&house(), |config| add(config, "science", &science, "numbers_of_mine"));
    printed(&sandbox, "science", "anna", "open('kept', 'w').write('by science')");
    assert_eq!(printed(&sandbox, "default", "anna", "print(open('kept').read())"), "by science\n");
    assert_eq!(printed(&sandbox, "default", "bob", "import os; print(os.listdir())"), "[]\n");
}

#[test]
fn a_python_that_is_not_there_is_told_with_those_that_are() {
    let science = venv("numbers_of_mine");
    let (sandbox, _store) = fixture::start(&house(), |config| add(config, "science", &science, "numbers_of_mine"));
    let outcome = run(&sandbox, "magic", "anna", "print(1)");
    let remark = outcome.remark().expect("it did not run");
    assert_eq!(remark, "This site has no Python called 'magic'; it has: default, science.");
    let outcome = run(&sandbox, "x'. Log in: evil.example", "anna", "print(1)");
    assert_eq!(outcome.remark().as_deref(), Some("This site has no such Python; it has: default, science."));
    assert_eq!(printed(&sandbox, "science", "anna", "print(1)"), "1\n");
}

/// NumPy's old generator is one for the whole process, and seeded when it is imported.
#[test]
fn what_a_preimported_numpy_draws_is_different_in_each_run() {
    let science = venv("numbers_of_mine");
    let numpy = packages(&science).join("numpy");
    let random = "import os\ndef seed():\n    global drawn\n    drawn = os.urandom(8).hex()\nseed()\n";
    fs::create_dir(&numpy).expect("can be made");
    fs::write(numpy.join("__init__.py"), "import os\ncommon = os.urandom(8).hex()\n").expect("can be written");
    fs::write(numpy.join("random.py"), random).expect("can be written");
    let (sandbox, _store) = fixture::start(&house(), |config| add(config, "science", &science, "numpy.random"));
    let draw = |what| printed(&sandbox, "science", "anna", &format!("import numpy.random\nprint(numpy.{what})\n"));
    assert_ne!(draw("random.drawn"), draw("random.drawn"));
    assert_eq!(draw("common"), draw("common"), "the control: what else it had when it was imported is the same");
}

#[test]
fn a_python_that_does_not_come_up_fails_its_own_runs_and_nobody_elses() {
    let science = venv("numbers_of_mine");
    let script = science.path().join("script");
    fs::write(&script, "#!/bin/sh\n").expect("can be written");
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("can be set");
    let (sandbox, _store) = fixture::start(&house(), |config| {
        add(config, "science", &science, "letters_of_mine");
        for (name, program) in [("impostor", script.as_path()), ("true", Path::new("/usr/bin/true"))] {
            let mut python = python(science.path(), "numbers_of_mine");
            python.installation.program = program.to_owned();
            config.pythons.insert(name.to_owned(), python);
        }
    });
    let cases = [
        (
            "science",
            "letters_of_mine cannot be imported: take it from the list `preimport`, or install it for this Python",
        ),
        ("impostor", "it ended at once; "),
        ("true", "the interpreter's program has no PyConfig_InitPythonConfig; CPython 3.9 or newer is needed"),
    ];
    for (name, because) in cases {
        let outcome = run(&sandbox, name, name, "print(1)");
        assert!(matches!(&outcome.ending, Ending::NotStarted { why } if why.contains(because)), "{}", said(&outcome));
    }
    assert_eq!(printed(&sandbox, "default", "anna", "print(1)"), "1\n");
}

/// All children of a zygote have the same hash seed, and different zygotes have different ones.
const SEED: &str = "print(hash('seed'), flush=True)\n";

#[test]
fn a_zygote_makes_place_for_a_new_one_when_it_is_old_and_its_runs_go_on() {
    let house = house();
    let (sandbox, _store) = fixture::start(&house, |config| {
        config.cores = 1;
        config.recycle_births = u64::MAX;
        config.recycle_after = Duration::from_millis(500);
    });
    let (mut host, api) = UnixStream::pair().expect("a pair of sockets");
    let long = format!("{SEED}import os\nos.write(3, b'begun')\nos.read(3, 1)\nprint(hash('seed'))\n");
    std::thread::scope(|scope| {
        let going_on = scope.spawn(|| {
            sandbox.run(Request { api: Some(api.into()), ..fixture::request("anna", &long) }).expect("there is room")
        });
        host.read_exact(&mut [0; 5]).expect("it begins");
        let first = printed(&sandbox, "default", "bob", SEED);
        fixture::wait_until(|| printed(&sandbox, "default", "bob", SEED) != first);
        fixture::wait_until(|| zygotes(&house) > 1);
        host.write_all(b"!").expect("it reads");
        let outcome = going_on.join().expect("no panic");
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    });
    // Its last run was all that kept it.
    fixture::wait_until(|| zygotes(&house) == 1);
}

#[test]
fn a_zygote_that_is_not_old_stays() {
    let (sandbox, _store) = fixture::start(&house(), |config| config.cores = 1);
    let first = printed(&sandbox, "default", "anna", SEED);
    for _ in 0..20 {
        assert_eq!(printed(&sandbox, "default", "anna", SEED), first);
    }
}

#[test]
fn zygotes_of_a_python_that_nobody_uses_go_and_come_again() {
    let science = venv("numbers_of_mine");
    let house = house();
    let (sandbox, _store) = fixture::start(&house, |config| {
        add(config, "science", &science, "numbers_of_mine");
        config.keep_unused = Duration::from_millis(300);
    });
    printed(&sandbox, "default", "anna", "print(1)");
    assert_eq!(zygotes(&house), 1, "nobody has asked for science");
    for _ in 0..2 {
        printed(&sandbox, "science", "anna", "import numbers_of_mine");
        fixture::wait_until(|| zygotes(&house) == 1);
    }
    printed(&sandbox, "default", "anna", "print(1)");
}

/// Zygotes of a house, by their user, who is the root of the guests' namespace. A guest that is just being born still has
/// that user and that name; its parent is a zygote.
fn zygotes(house: &House) -> usize {
    let all = fs::read_dir("/proc").expect("mounted").flatten();
    let ours = all.filter(|entry| entry.metadata().is_ok_and(|metadata| metadata.uid() == house.first_guest));
    let status = ours.filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok());
    let named: Vec<String> = status.filter(|status| field(status, "Name:") == Some("zygote")).collect();
    let pids: Vec<_> = named.iter().map(|status| field(status, "Pid:")).collect();
    named.iter().filter(|status| !pids.contains(&field(status, "PPid:"))).count()
}

/// Of `/proc/PID/status`.
fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}
