//! CPython's own tests, run inside: what fails is in `expected.txt`, with the rule of the sandbox that explains it.

mod expected;
#[path = "../common/fixture.rs"]
mod fixture;
mod told;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use cpython::Installation;
use sandbox::{Config, DEFAULT, Ending, Limits, Outcome, Python, Request, Sandbox};

use fixture::{House, said};
use told::Told;

const MODULES: [&str; 14] = [
    "test_posixpath",
    "test_genericpath",
    "test_tempfile",
    "test_pathlib",
    "test_shutil",
    "test_glob",
    "test_fileio",
    "test_io",
    "test_json",
    "test_pickle",
    "test_random",
    "test_time",
    "test_datetime",
    "test_re",
];

/// The version whose failures are listed.
const LIBRARY: &str = "/usr/lib/python3.11";

#[test]
fn cpythons_own_tests_fail_inside_only_where_a_rule_says_so() {
    if !Path::new(LIBRARY).join("test/test_json").is_dir() {
        // Not by `println!`: the harness keeps what a passing test prints.
        let missing = "skipped: CPython's own tests; they are in Debian's package libpython3.11-testsuite";
        writeln!(std::io::stderr(), "{missing}").expect("somebody reads it");
        return;
    }
    let (sandbox, _store) = fixture::start(&House::for_guests(20), settings);
    let expected = expected::read(include_str!("expected.txt"), include_str!("../../../../docs/python-inside.md"));
    let mut failed = BTreeSet::new();
    let mut surprises = Vec::new();
    for (module, outcome) in all_at_once(&sandbox) {
        assert_eq!(outcome.ending, Ending::Finished { exit_code: 0 }, "{module}: {}", said(&outcome));
        let told = Told::read(&fixture::text(&outcome.output));
        let ran = told.ran.unwrap_or_else(|| panic!("{module} did not come to its end: {}", said(&outcome)));
        println!(
            "{module}: {ran} ran, {} failed, {} skipped, in {:?}",
            told.failed.len(),
            told.skipped,
            outcome.usage.time
        );
        for (test, why) in told.failed {
            if !expected.contains(&test) {
                surprises.push(format!("{test} fails: {why}"));
            }
            failed.insert(test);
        }
    }
    let passed = expected.difference(&failed);
    surprises.extend(passed.map(|test| format!("{test} is listed in expected.txt, and does not fail")));
    assert!(surprises.is_empty(), "\n{}", surprises.join("\n"));
}

const MEMORY: u64 = 512 << 20;

/// As for everybody, but for memory, and for the modules that CPython is tested with.
fn settings(config: &mut Config) {
    let installation = Installation::find(Some("/usr/bin/python3.11".as_ref()), None).expect("Debian's own");
    let mut python = Python::new(installation);
    python.preimport.extend(["_testcapi".into(), "_testinternalcapi".into()]);
    config.pythons.insert(DEFAULT.to_owned(), python);
    config.limits.memory = MEMORY;
}

fn all_at_once(sandbox: &Sandbox) -> Vec<(&'static str, Outcome)> {
    std::thread::scope(|scope| {
        let running = MODULES.map(|module| (module, scope.spawn(move || run(sandbox, module))));
        running.map(|(module, outcome)| (module, outcome.join().expect("no panic"))).into()
    })
}

fn run(sandbox: &Sandbox, module: &str) -> Outcome {
    let time = Duration::from_secs(240);
    let processor_time = Duration::from_secs(50);
    let limits = Limits { time, processor_time, output: 4 << 20, memory: MEMORY, ..Limits::default() };
    let arguments = vec![module.to_owned()];
    sandbox
        .run(Request { arguments, limits, ..fixture::request(module, include_str!("driver.py")) })
        .expect("there is room")
}
