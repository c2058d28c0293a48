//! What the figures were measured on, and with.

use std::fs;
use std::process::Command;

/// A few lines about this machine and the programs that take part.
pub(crate) fn described() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let versions: Vec<String> = VERSIONS.iter().map(|(name, command)| format!("{name} {}", version(command))).collect();
    format!(
        "machine:  {cores} cores, {}, Linux {}, load before the start {}\nversions: zookws {} ({}), {}",
        processor(),
        kernel.trim(),
        load.join(" "),
        env!("CARGO_PKG_VERSION"),
        version(&["git", "-C", env!("CARGO_MANIFEST_DIR"), "log", "-1", "--format=%h"]),
        versions.join(", "),
    )
}

/// Who takes part, and how to ask for the version.
const VERSIONS: &[(&str, &[&str])] = &[
    ("nginx", &["nginx", "-v"]),
    ("wrk", &["wrk", "-v"]),
    ("bubblewrap", &["bwrap", "--version"]),
    ("Python", &["/usr/bin/python3", "--version"]),
];

fn processor() -> String {
    let all = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = all.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or("processor unknown", |(_, name)| name.trim()).to_owned()
}

/// The first word of a program's answer that has a digit in it: programs agree on no more.
fn version(command: &[&str]) -> String {
    let answer = match Command::new(command[0]).args(&command[1..]).output() {
        Ok(output) => [output.stdout, output.stderr].concat(),
        Err(_) => return "missing".to_owned(),
    };
    let answer = String::from_utf8_lossy(&answer);
    let word = answer.split_whitespace().find(|word| word.contains(|letter: char| letter.is_ascii_digit()));
    word.unwrap_or("unknown").trim_start_matches("nginx/").trim_start_matches("debian/").to_owned()
}
