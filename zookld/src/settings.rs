//! The settings of zook.conf, beside those that the programs know: what each program says itself at its start, for those who
//! only want to know whether it would start.
//!
//! A program knows its settings by asking for them, and nothing is run here. So this looks at the page that lists them for
//! people; a test of whole sites holds that page against the programs.

use std::ops::RangeInclusive;

use manifest::Service;

use crate::load::Mistake;

const PAGE: &str = include_str!("../../docs/settings.md");

/// One that a program knows.
struct Setting {
    key: &'static str,
    /// Of those that are numbers.
    bounds: Option<RangeInclusive<u64>>,
}

/// Says all that is wrong. Of a program that the page does not list, nothing is known here.
pub(crate) fn check(services: &[Service]) -> Result<(), Vec<Mistake>> {
    let mut mistakes = Vec::new();
    for service in services {
        let Some(known) = of_program(service.program.as_str(), service.args.len()) else { continue };
        for (key, value) in &service.settings {
            if let Err(why) = one(&known, key, value) {
                mistakes.push(Mistake { line: service.line, why: format!("[{}] {why}", service.name) });
            }
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn one(known: &[Setting], key: &str, value: &str) -> Result<(), String> {
    let Some(setting) = known.iter().find(|setting| setting.key == key) else {
        let known: Vec<String> = known.iter().map(|setting| format!("set.{}", setting.key)).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(format!("set.{key}: there is no such setting; those of this program are: {known}"));
    };
    let Some(bounds) = &setting.bounds else { return Ok(()) };
    match value.parse() {
        Ok(number) if bounds.contains(&number) => Ok(()),
        _ => Err(format!("set.{key} = {value}: a number from {} to {}", bounds.start(), bounds.end())),
    }
}

/// The tables under a program's heading, which names as many words as the program takes.
fn of_program(program: &str, words: usize) -> Option<Vec<Setting>> {
    let is_its = |heading: &str| {
        let mut its = heading.split_whitespace();
        its.next() == Some(program) && its.count() == words
    };
    let mut parts = PAGE.split("\n## ").skip(1);
    let part = parts.find(|part| part.lines().next().is_some_and(|line| line.split(", ").any(is_its)))?;
    Some(part.lines().filter_map(row).collect())
}

/// A row of a table: `set.KEY`, usual value, least, most, and what it means.
fn row(line: &'static str) -> Option<Setting> {
    let mut cells = line.split('|').map(str::trim).skip(1);
    let key = cells.next()?.strip_prefix("`set.")?.strip_suffix('`')?;
    let mut bound = cells.skip(1).map(|cell| cell.parse().ok());
    let bounds = bound.next()?.zip(bound.next()?).map(|(least, most)| least..=most);
    Some(Setting { key, bounds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifest::{Interfaces, Manifest};

    fn said(cmd: &str, set: &str) -> Vec<String> {
        let table = "[zook]\nextra_svcs = a_svc\n[zookd]\ncmd = zookd\nuid = 1\ngid = 1\n[a_svc]\nuid = 2\ngid = 2\n";
        let manifest = Manifest::parse(&format!("{table}cmd = {cmd}\n{set}\n"), &Interfaces::default());
        let mistakes = check(manifest.expect("is a good table").services()).err().unwrap_or_default();
        mistakes.into_iter().map(|Mistake { line, why }| format!("{line}: {why}")).collect()
    }

    #[test]
    fn what_a_program_knows_can_be_set_within_its_bounds() {
        assert!(said("auth", "set.hashed_at_once = 64").is_empty());
        assert!(said("zookfs", "set.root = /srv\nset.max_age = 0").is_empty());
        assert!(said("zookfs\nargs = 0 0", "set.programs = 1").is_empty());
        assert!(said("stranger", "set.anything = goes").is_empty());
    }

    #[test]
    fn what_it_does_not_know_is_said_with_what_it_knows() {
        let known = "there is no such setting; those of this program are:";
        assert_eq!(said("profile-api-server", "set.cals = 1"), [format!("7: [a_svc] set.cals: {known} set.calls")]);
        assert_eq!(
            said("zookfs", "set.programs = 1"),
            [format!("7: [a_svc] set.programs: {known} set.root, set.max_age")]
        );
        assert_eq!(said("zoobar\nargs = pages", "set.x = 1"), [format!("7: [a_svc] set.x: {known} none")]);
        for value in ["65", "0", "many", "-1", ""] {
            let expected = format!("7: [a_svc] set.hashed_at_once = {value}: a number from 1 to 64");
            assert_eq!(said("auth", &format!("set.hashed_at_once = {value}")), [expected]);
        }
    }
}
