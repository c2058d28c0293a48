//! The command as a shell sees it. As root, with the zygote built before.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

fn zygote() -> PathBuf {
    let command = Path::new(env!("CARGO_BIN_EXE_zook-sandbox"));
    let found = command.ancestors().map(|above| above.join("release/libzygote.so")).find(|path| path.exists());
    found.expect("build it before, without a target: cargo build --release -p zygote")
}

fn command(options: &[&str], program: &str) -> (Command, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(&file, program).expect("writable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_zook-sandbox"));
    command.arg("run").arg("--zygote").arg(zygote()).args(options).arg(file.path());
    (command, file)
}

fn run(options: &[&str], program: &str) -> Output {
    command(options, program).0.output().expect("the command runs")
}

#[test]
fn the_exit_code_says_how_a_program_ended() {
    for (options, program, expected) in [
        (&[][..], "print(1)", 0),
        (&[], "import sys; sys.exit(3)", 3),
        (&[], "1/0", 1),
        (&["--timeout", "0.3"], "import time; time.sleep(60)", 124),
        (&[], "x = bytearray(1 << 40)", 137),
        (&[], "import os; os.abort()", 134),
        (&[], "while True: print('x' * 9999)", 153),
        (&["--nonsense"], "print(1)", 125),
        (&["--preimport", "nonsense"], "print(1)", 125),
        (&[], "\u{e9} = 1; print(\u{e9})", 0),
        (&["--help"], "1/0", 0),
        (&[], "\u{feff}print(1)", 0),
    ] {
        let output = run(options, program);
        assert_eq!(output.status.code(), Some(expected), "{program}: {output:?}");
    }
}

#[test]
fn a_run_may_have_less_than_is_usual_and_more() {
    let threads = "import threading, time\ntry:\n    \
        for i in range(12): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n    \
        print('all')\nexcept RuntimeError: print(i)\n";
    let memory =
        "n = 0\ntry:\n    while n < 100: x = bytearray(n << 20); n += 5\nexcept MemoryError: pass\nprint(n // 10)\n";
    let files = "n = 0\ntry: x = [open(str(n := i), 'w') for i in range(99)]\nexcept OSError: print(n)\n";
    let time = "import time\ntime.sleep(1)\nprint('awake')\n";
    let processor = "import time\nprint('begun', flush=True)\nwhile time.process_time() < 2.5: pass\nprint('done')\n";
    let output = "for i in range(4): print('x' * 99_999, flush=True)\n";
    let lines = |length: usize| format!("{}\n", "x".repeat(length));
    for (options, program, expected) in [
        (&[][..], threads, "8\n"),
        (&["--threads", "2"], threads, "2\n"),
        (&["--threads", "12"], threads, "all\n"),
        (&["--memory", "18"], memory, "1\n"),
        (&["--memory", "300"], memory, "10\n"),
        (&[], files, "64\n"),
        (&["--open-files", "5"], files, "5\n"),
        (&[], time, "awake\n"),
        (&["--timeout", "0.3"], time, ""),
        (&[], processor, "begun\n"),
        (&["--cpu", "10", "--timeout", "60"], processor, "begun\ndone\n"),
        (&["--output", "1"], output, &"x".repeat(1 << 10)),
        (&["--output", "1000"], output, &lines(99_999).repeat(4)),
    ] {
        let output = run(options, program);
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{options:?}: {output:?}");
    }
}

#[test]
fn a_failure_of_ours_is_one_object_too() {
    let output = run(&["--json", "--preimport", "nonsense"], "print(1)");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!((&object["outcome"], &object["exit_code"]), (&"not_started".into(), &125.into()));
    assert_eq!(object["remark"], "--preimport nonsense: this Python has no such module");
}

#[test]
fn a_store_that_nobody_but_root_can_reach_is_refused_in_words() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o700)).expect("ours");
    let store = directory.path().join("store");
    let options = ["--store", store.to_str().expect("a plain name")];
    let output = run(&options, "print(1)");
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("a directory above it is closed"), "{output:?}");
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o711)).expect("ours");
    assert_eq!(run(&options, "print(1)").status.code(), Some(0), "the twin");
}

#[test]
fn output_that_nobody_takes_is_no_reason_to_panic() {
    let (mut command, _file) = command(&[], "print('x' * 200_000)");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn words_that_are_no_text_are_refused() {
    let (mut command, _file) = command(&[], "print(1)");
    let output = command.arg("--arg").arg(std::ffi::OsStr::from_bytes(b"K=\xff")).output().expect("the command runs");
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("zook-sandbox: \"K=\\xFF\" is not UTF-8; see zook-sandbox --help\n"), "{errors}");
}

#[test]
fn a_directory_of_somebody_elses_files_is_no_store() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = directory.path().to_str().expect("a plain name");
    let link = directory.path().with_extension("link");
    std::os::unix::fs::symlink(directory.path(), &link).expect("can be made");
    std::fs::write(directory.path().join("theirs"), "").expect("writable");
    for store in [store, link.to_str().expect("a plain name")] {
        let output = run(&["--store", store], "print(1)");
        assert_eq!(output.status.code(), Some(125), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("it is not empty"), "{output:?}");
        assert_eq!(directory.path().metadata().expect("there").uid(), 0);
    }
    std::fs::remove_file(directory.path().join("theirs")).expect("can be removed");
    for _ in ["empty at first", "then its own"] {
        assert_eq!(run(&["--store", store], "print(1)").status.code(), Some(0));
    }
    std::fs::remove_file(link).expect("can be removed");
}

#[test]
fn output_goes_to_the_output_and_reasons_to_the_error_output() {
    let output = run(&["--arg", "K=V"], "import sys\nprint(sys.argv[1:])\nopen('/etc/passwd')\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "['K=V']\n");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("FileNotFoundError"), "{errors}");
    assert!(errors.contains("open('/etc/passwd'): there is no such file inside the sandbox"), "{errors}");
}

#[test]
fn tracebacks_name_the_file_that_was_run() {
    let (mut command, file) = command(&[], "import sys\nprint(sys.argv[0])\n1/0\n");
    let output = command.output().expect("the command runs");
    let name = file.path().file_name().expect("a file").to_string_lossy();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), name);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains(&format!("File \"{name}\", line 3, in <module>\n    1/0")), "{errors}");
}

#[test]
fn one_object_tells_everything() {
    let output = run(&["--json"], "print('x'); import os; os.fork()");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(object["output"], "x\n");
    assert_eq!((&object["outcome"], &object["exit_code"]), (&"finished".into(), &1.into()));
    for figure in ["microseconds", "processor_microseconds", "peak_memory_bytes", "calls"] {
        assert!(object["usage"][figure].as_u64().is_some_and(|number| number > 0), "{figure}: {object}");
    }
    assert!(object["denials"][0].as_str().is_some_and(|told| told.contains("one process")), "{object}");
}

#[test]
fn a_trace_shows_each_call_in_order() {
    let output = run(&["--trace"], "open('a', 'w').write('x')\nopen('/etc/passwd')\n");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let place = |what: &str| told.find(what).unwrap_or_else(|| panic!("no {what} in {told}"));
    let opened = place("openat(cwd, 'a', WRONLY|CREAT|TRUNC|CLOEXEC, 0o666) = 64");
    assert!(opened < place("write(64, …, 1) = 1"), "{told}");
    assert!(
        place("close(64) = 0") < place("'/etc/passwd', RDONLY|CLOEXEC, 0o0) = no such file or directory"),
        "{told}"
    );
    assert!(!String::from_utf8_lossy(&run(&[], "open('a', 'w')").stderr).contains("openat"), "only who asks sees it");
}

#[test]
fn the_standard_input_is_the_file_that_was_named_and_otherwise_empty() {
    let words = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(&words, "one\ntwo\n").expect("writable");
    let program = "import sys\nprint([line.strip() for line in sys.stdin])\n";
    let path = words.path().to_str().expect("text");
    assert_eq!(run(&["--stdin", path], program).stdout, b"['one', 'two']\n");
    assert_eq!(run(&[], program).stdout, b"[]\n");
}

#[test]
fn memory_can_be_more_and_less() {
    let program = "x = bytearray(80 << 20)";
    assert_eq!(run(&[], program).status.code(), Some(137));
    assert_eq!(run(&["--memory", "160"], program).status.code(), Some(0));
    assert_eq!(run(&["--memory", "8"], "x = bytearray(20 << 20)").status.code(), Some(137));
}

/// A virtual environment of the host's usual Python, made by hand. Not in `/tmp`, which programs have of their own.
fn venv(place: &str) -> tempfile::TempDir {
    let open = std::fs::Permissions::from_mode(0o755);
    let venv = tempfile::Builder::new().permissions(open).tempdir_in(place).expect("a temporary directory");
    let installation = cpython::Installation::find(None, None).expect("CPython 3.9 or newer is installed");
    let packages = venv.path().join("lib").join(installation.library.file_name().expect("python3.N"));
    let packages = packages.join("site-packages");
    std::fs::create_dir_all(&packages).expect("can be made");
    std::fs::write(venv.path().join("pyvenv.cfg"), "home = /usr/bin\n").expect("can be written");
    std::fs::write(packages.join("sums.py"), "def two(): return 2\n").expect("can be written");
    let threads = "import threading, time\nthreading.Thread(target=time.sleep, args=[600], daemon=True).start()\n";
    std::fs::write(packages.join("threads.py"), threads).expect("can be written");
    venv
}

#[test]
fn packages_come_from_a_virtual_environment_and_some_of_them_before_the_program() {
    let venv = venv("/var/tmp");
    let path = venv.path().to_str().expect("text");
    let program = "import sys\nprint('sums' in sys.modules)\nimport sums\nprint(sums.two())\n";
    assert_eq!(run(&["--venv", path], program).stdout, b"False\n2\n");
    assert_eq!(run(&["--venv", path, "--preimport", "sums,wave"], program).stdout, b"True\n2\n");
    assert_eq!(run(&["--python", "/usr/bin/python3", "--venv", path], program).stdout, b"False\n2\n");
    assert_eq!(run(&[], program).status.code(), Some(1));
}

#[test]
fn a_python_that_will_not_do_is_refused_in_a_sentence() {
    let (good, covered) = (venv("/var/tmp"), venv("/tmp"));
    let (good, covered) = (good.path().to_str().expect("text"), covered.path().to_str().expect("text"));
    for (options, because) in [
        (["--python", "/nowhere/python3"].as_slice(), "/nowhere/python3 cannot be found; name a Python such as"),
        (&["--python", "/bin/sh"], "/bin/sh is not the program of a CPython"),
        (&["--venv", "/usr"], "/usr is not a virtual environment; make one with `python3 -m venv /usr`: "),
        (&["--venv", covered], "programs have a /tmp of their own; put it elsewhere"),
        (&["--venv", good, "--preimport", "differences"], "this Python has no such module"),
        (&["--venv", good, "--preimport", "threads"], "a preimported module has started threads"),
    ] {
        let output = run(options, "print(1)");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(125), b"".as_slice()), "{errors}");
        assert!(errors.contains(because), "{because:?} is not in {errors}");
    }
}

/// As an ordinary user, who has to be able to reach the programs.
fn run_as_nobody(program: &str) -> Output {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| directory.path().join(name);
    for (from, name) in [(Path::new(env!("CARGO_BIN_EXE_zook-sandbox")), "zook-sandbox"), (&zygote(), "zygote")] {
        std::fs::copy(from, at(name)).expect("copied");
    }
    std::fs::write(at("x.py"), program).expect("writable");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).expect("ours");
    let mut command = Command::new(at("zook-sandbox"));
    command.uid(65_534).gid(65_534).current_dir("/").args(["run", "--json"]).arg(at("x.py"));
    command.output().expect("the command runs")
}

#[test]
fn an_ordinary_user_gets_all_walls_but_those_that_need_more_ids_and_these_are_named() {
    let output = run_as_nobody("print('here')\nopen('a', 'w').write('x')");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert_eq!((&object["output"], &object["exit_code"]), (&"here\n".into(), &0.into()), "{object}");
    assert_eq!(object["missing_walls"], serde_json::json!(["own-uid", "no-groups"]));
    let refused = run_as_nobody("import os\nos.chroot('/tmp')");
    let object: serde_json::Value = serde_json::from_slice(&refused.stdout).expect("one object");
    assert!(object["errors"].as_str().is_some_and(|told| told.contains("PermissionError")), "{object}");
}

#[test]
fn files_stay_in_a_store_that_was_named_and_nowhere_else() {
    let store = tempfile::tempdir().expect("a temporary directory");
    let store = store.path().to_str().expect("text");
    let write = "open('x', 'w').write('1')";
    let look = "import os; print(os.listdir('.'))";
    run(&["--store", store, "--user", "a"], write);
    assert_eq!(run(&["--store", store, "--user", "a"], look).stdout, b"['x']\n");
    assert_eq!(run(&["--store", store, "--user", "b"], look).stdout, b"[]\n");
    run(&["--user", "a"], write);
    assert_eq!(run(&["--user", "a"], look).stdout, b"[]\n");
}

/// Kills what a failed test leaves.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command whose program has begun and does not end by itself.
fn long(temporary: &Path) -> Killed {
    let (mut command, _file) = command(
        &["--timeout", "600"],
        "import time\nopen('x', 'w').write('x')\nprint('begun', flush=True)\ntime.sleep(600)\n",
    );
    let child = command.stdout(Stdio::null()).env("TMPDIR", temporary).spawn().expect("the command runs");
    // The nursery, the zygote and the guest, which has become somebody else when its walls stand.
    wait_until(|| users(child.id()).len() >= 2);
    Killed(child)
}

#[test]
fn a_command_that_is_ended_leaves_neither_a_process_nor_a_file() {
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let left = || std::fs::read_dir(temporary.path()).expect("readable").count();
    for signal in [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP] {
        let mut child = long(temporary.path());
        let family = family(child.0.id());
        kill_process(Pid::from_child(&child.0), signal).expect("it runs");
        assert_eq!(child.0.wait().expect("it ran").signal(), Some(signal.as_raw()));
        wait_until(|| family.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
        assert_eq!(left(), 0, "{signal:?}");
    }
    // Whoever names a place for files finds them there.
    let store = temporary.path().join("store");
    let options = ["--store", store.to_str().expect("text")];
    assert_eq!(run(&options, "open('x', 'w').write('x')").status.code(), Some(0));
    assert_eq!(left(), 1);
}

/// Whoever stands still does not see that his line to the supervisor has ended.
#[test]
fn not_even_what_stands_still_outlives_its_command() {
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let mut child = long(temporary.path());
    let family = family(child.0.id());
    for pid in &family {
        let pid = Pid::from_raw(pid.cast_signed()).expect("a process id");
        kill_process(pid, Signal::STOP).expect("the nursery, the zygote and the guest run");
    }
    // A guest whose call waits for the supervisor ("D") stands still all the same.
    let stands_still = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains(") T ") || stat.contains(") D ")
    };
    wait_until(|| family.iter().all(stands_still));
    child.0.kill().expect("it runs");
    child.0.wait().expect("it ran");
    wait_until(|| family.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
}

#[test]
fn the_guests_of_two_commands_at_a_time_are_different_users() {
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let (one, other) = (long(temporary.path()), long(temporary.path()));
    let (of_one, of_other) = (users(one.0.id()), users(other.0.id()));
    assert!(of_one.len() >= 2 && of_one.is_disjoint(&of_other), "{of_one:?} {of_other:?}");
    assert_eq!(of_one, users(one.0.id()), "the same command's stay as they are");
}

/// The users of a process's descendants, but for the one that all commands are: root of the guests' namespace, and guests.
fn users(of: u32) -> BTreeSet<u32> {
    let user = |pid: u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        line.split_whitespace().next()?.parse().ok()
    };
    family(of).into_iter().filter_map(user).filter(|user| *user != 63_000).collect()
}

/// All descendants of a process.
fn family(of: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut next = vec![of];
    while let Some(pid) = next.pop() {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|word| word.parse::<u32>().ok());
        for child in children {
            found.push(child);
            next.push(child);
        }
    }
    found
}

fn wait_until(happened: impl Fn() -> bool) {
    for _ in 0..6000 {
        if happened() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it never happened");
}
