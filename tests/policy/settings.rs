//! docs/settings.md and the programs: they know the same settings, with the same usual values and bounds.

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
        section = line.strip_prefix("## ").unwrap_or(section);
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
