//! docs/settings.md and the programs: they know the same settings, with the same usual values and bounds.

use std::process::Command;

use harness::{Conf, Site};

const DOCUMENTED: &str = include_str!("../../docs/settings.md");

/// One row of a table.
struct Setting {
    section: &'static str,
    key: &'static str,
    usual: &'static str,
    least: &'static str,
    most: &'static str,
}

fn documented() -> Vec<Setting> {
    let mut section = "";
    let mut settings = Vec::new();
    for line in DOCUMENTED.lines() {
        section = line.strip_prefix("## ").map_or(section, section_of);
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, key, usual, least, most, ..] = cells[..]
            && let Some(key) = key.strip_prefix("`set.").and_then(|key| key.strip_suffix('`'))
        {
            settings.push(Setting { section, key, usual, least, most });
        }
    }
    assert!(settings.len() > 20, "the tables are read");
    settings
}

/// The section of the shipped zook.conf that starts a program.
fn section_of(program: &'static str) -> &'static str {
    match program {
        "zookfs" => "static_svc",
        "zookfs UID GID" => "cgi_svc",
        "auth" => "auth_svc",
        "profile-api-server" => "api_svc",
        "sandboxd" => "sandbox_svc",
        other => other,
    }
}

/// Those that are numbers.
fn numbers() -> impl Iterator<Item = Setting> {
    documented().into_iter().filter(|setting| !setting.least.is_empty())
}

fn set(conf: &mut Conf, setting: &Setting, value: &str) {
    conf.set(setting.section, &format!("set.{}", setting.key), value);
}

#[test]
fn each_program_knows_what_is_documented_as_it_is_documented_and_nothing_else() {
    let settings = documented();
    for section in ["zookd", "static_svc", "cgi_svc", "auth_svc", "api_svc", "sandbox_svc", "bank_svc"] {
        let told = |setting: &Setting| match setting.least {
            "" => format!("set.{}", setting.key),
            _ => format!("set.{} = {}", setting.key, setting.usual),
        };
        let mut known: Vec<String> = settings.iter().filter(|setting| setting.section == section).map(told).collect();
        known.sort();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let words = format!("there is no such setting; those of this program are: {known}");
        let ended = Site::refused(|conf| conf.set(section, "set.nonsense", "1"));
        assert!(ended.code.is_some_and(|code| code != 0), "{}", ended.said);
        assert!(ended.said.contains(&words), "{words:?} is not in what it said:\n{}", ended.said);
    }
}

#[test]
fn what_is_set_as_it_usually_is_changes_nothing() {
    let site = Site::start_with(|conf| numbers().for_each(|setting| set(conf, &setting, setting.usual)));
    let alice = site.register("alice");
    alice.get("/").shows("alice");
}

#[test]
fn each_number_has_the_bounds_that_are_documented() {
    for setting in numbers() {
        let Setting { section, key, least, most, .. } = setting;
        let ended = Site::refused(|conf| set(conf, &setting, "99999999999999"));
        let words = format!("[{section}] set.{key} = 99999999999999: a number from {least} to {most}");
        assert!(ended.said.contains(&words), "{words:?} is not in what it said:\n{}", ended.said);
    }
}

#[test]
fn zookld_says_before_the_start_what_a_program_would_say() {
    let checked = |change: &dyn Fn(&mut Conf)| {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("zook.conf");
        let shipped = std::fs::read_to_string(harness::repository().join("zook.conf")).expect("is there");
        let mut conf = Conf { text: shipped };
        change(&mut conf);
        std::fs::write(&path, conf.text).expect("can be written");
        let output = Command::new(harness::programs().join("zookld")).arg("--check").arg(&path).output().expect("runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (well, said) = checked(&|conf| numbers().for_each(|setting| set(conf, &setting, setting.usual)));
    assert!(well, "{said}");
    for (section, key, value, words) in [
        (
            "zookd",
            "set.conections",
            "1",
            "[zookd] set.conections: there is no such setting; those of this program are: ",
        ),
        ("bank_svc", "set.x", "1", "[bank_svc] set.x: there is no such setting; those of this program are: none"),
        ("auth_svc", "set.hashed_at_once", "65", "[auth_svc] set.hashed_at_once = 65: a number from 1 to 64"),
        (
            "zygote:default",
            "preimport",
            "json, nupmy",
            "[zygote:default] preimport = nupmy: this Python has no such module",
        ),
    ] {
        let (well, said) = checked(&|conf| conf.set(section, key, value));
        let is_numbered = said.lines().any(|line| line.contains("zook.conf:") && line.contains(words));
        assert!(!well && is_numbered, "no line with a number and {words:?}:\n{said}");
        let (well, said) = checked(&|conf| conf.replace("\n[zookd]", &format!("\n# {key} = {value}\n[zookd]")));
        assert!(well, "the twin, a comment: {said}");
    }
}
