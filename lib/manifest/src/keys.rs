//! Takes the values of one section, each as the type that it must be, and notes every mistake on the way.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::ini::{Entry, Section};
use crate::{Problems, Wrong};

/// Longest value of a program's own setting, in bytes.
const MAX_SETTING: usize = 1024;

/// One section, being read.
pub(crate) struct Keys<'s, 'p> {
    section: &'s Section,
    problems: &'p mut Problems,
    asked: Vec<&'static str>,
    takes_settings: bool,
}

impl<'s, 'p> Keys<'s, 'p> {
    pub(crate) fn of(section: &'s Section, problems: &'p mut Problems) -> Self {
        Self { section, problems, asked: Vec::new(), takes_settings: false }
    }

    fn entry(&mut self, key: &'static str) -> Option<&'s Entry> {
        self.asked.push(key);
        self.section.entry(key)
    }

    fn parse<T: FromStr<Err = Wrong>>(&mut self, line: usize, text: &str) -> Option<T> {
        text.parse().map_err(|wrong| self.problems.add_wrong(line, wrong)).ok()
    }

    /// A value that must be there; `None` if it is missing or wrong, which is noted.
    pub(crate) fn required<T: FromStr<Err = Wrong>>(&mut self, key: &'static str, example: &str) -> Option<T> {
        let Some(entry) = self.entry(key) else {
            let what = format!("[{}] has no `{key}`", self.section.name);
            self.problems.add(self.section.line, what, format!("add a line like {key} = {example}"));
            return None;
        };
        self.parse(entry.line, &entry.value)
    }

    /// A value that may be missing.
    pub(crate) fn optional<T: FromStr<Err = Wrong>>(&mut self, key: &'static str) -> Option<T> {
        let entry = self.entry(key)?;
        self.parse(entry.line, &entry.value)
    }

    /// A value that is taken by a function instead of a type.
    pub(crate) fn with<T>(&mut self, key: &'static str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let entry = self.entry(key)?;
        read(&entry.value).map_err(|wrong| self.problems.add_wrong(entry.line, wrong)).ok()
    }

    /// Values between commas; empty ones are skipped, as in the lab.
    pub(crate) fn list<T: FromStr<Err = Wrong>>(&mut self, key: &'static str) -> Vec<T> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let items = entry.value.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.filter_map(|item| self.parse(entry.line, item)).collect()
    }

    /// Words between blanks.
    pub(crate) fn words(&mut self, key: &'static str) -> Vec<String> {
        let entry = self.entry(key);
        entry.map(|entry| entry.value.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
    }

    /// A number within bounds.
    pub(crate) fn number(&mut self, key: &'static str, bounds: RangeInclusive<u32>, default: u32) -> u32 {
        let read = |text: &str| match text.parse::<u32>() {
            Ok(number) if bounds.contains(&number) => Ok(number),
            _ => {
                let instead = format!("write a number from {} to {}", bounds.start(), bounds.end());
                Err(Wrong::new(format!("{key} = {text} is out of bounds"), instead))
            }
        };
        self.with(key, read).unwrap_or(default)
    }

    /// The keys `set.KEY`, which belong to the program.
    pub(crate) fn settings(&mut self) -> BTreeMap<String, String> {
        self.takes_settings = true;
        let mut settings = BTreeMap::new();
        for entry in &self.section.entries {
            let Some(key) = entry.key.strip_prefix("set.") else { continue };
            let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
            if key.is_empty() || !key.bytes().all(plain) || entry.value.len() > MAX_SETTING {
                let instead = "write set. and lower-case letters, digits and _, and a value of at most 1024 bytes";
                self.problems.add(entry.line, format!("the setting `{}` cannot be used", entry.key), instead);
            } else {
                settings.insert(key.to_owned(), entry.value.to_owned());
            }
        }
        settings
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self) {
        for entry in &self.section.entries {
            let setting = self.takes_settings && entry.key.starts_with("set.");
            if !self.asked.contains(&entry.key.as_str()) && !setting {
                let what = format!("[{}] knows no key `{}`", self.section.name, entry.key);
                self.problems.add(entry.line, what, format!("use one of {}", self.asked.join(", ")));
            }
        }
    }
}
