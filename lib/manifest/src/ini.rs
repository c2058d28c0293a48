//! Lines of text become sections of keys. Nothing here knows what a key means.
//!
//! Backslashes are literal, unlike in the lab's OpenSSL parser, where `index\.cgi` lost its backslash. A comment is a `#`
//! at the start of a line or after a blank, so that a `#` inside a regular expression stays.

use crate::Problems;

/// Longest file, in bytes.
const MAX_FILE: usize = 256 * 1024;
/// Longest line, in bytes.
const MAX_LINE: usize = 4096;
/// Longest section name or key, in bytes.
const MAX_NAME: usize = 64;
/// Most sections, `[zook]` and `[zookd]` included.
const MAX_SECTIONS: usize = 258;

/// `[name]` and the keys below it.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) entries: Vec<Entry>,
}

/// `key = value`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) line: usize,
}

impl Section {
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Where a key stands, or the section itself if it is missing.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.entry(key).map_or(self.line, |entry| entry.line)
    }
}

/// Splits a file into sections.
pub(crate) fn sections(text: &str, problems: &mut Problems) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    if text.len() > MAX_FILE {
        problems.add(1, format!("the file has {} bytes", text.len()), format!("keep it below {MAX_FILE}"));
        return sections;
    }
    for (number, whole) in text.lines().enumerate() {
        let line = number + 1;
        if whole.len() > MAX_LINE {
            problems.add(line, "the line is too long", format!("keep it below {MAX_LINE} bytes"));
            continue;
        }
        let content = without_comment(whole).trim();
        if content.is_empty() {
            continue;
        }
        if content.contains(|c: char| c.is_control() && c != '\t') {
            problems.add(line, "the line has a control character in it", "retype the line");
        } else if let Some(name) = content.strip_prefix('[') {
            begin(&mut sections, name, line, problems);
        } else if let Some((key, value)) = content.split_once('=') {
            add(&mut sections, Entry { key: key.trim().to_owned(), value: value.trim().to_owned(), line }, problems);
        } else {
            problems.add(line, format!("{content:?} is neither a section nor a key"), "write [section] or key = value");
        }
    }
    sections
}

fn without_comment(line: &str) -> &str {
    let start = line.char_indices().find(|&(at, c)| c == '#' && line[..at].chars().next_back().is_none_or(blank));
    start.map_or(line, |(at, _)| &line[..at])
}

fn blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn begin(sections: &mut Vec<Section>, name: &str, line: usize, problems: &mut Problems) {
    let Some(name) = name.strip_suffix(']').map(str::trim) else {
        problems.add(line, format!("\"[{name}\" is not closed"), format!("write [{name}]"));
        return;
    };
    if let Some(first) = sections.iter().find(|section| section.name == name) {
        problems.add(line, format!("there are two sections [{name}]"), format!("join this one to line {}", first.line));
    } else if sections.len() == MAX_SECTIONS {
        problems.add(line, format!("there are more than {MAX_SECTIONS} sections"), "split the site");
    }
    // Sections past the limit are still split, for their own mistakes: the size of the file bounds them.
    sections.push(Section { name: name.to_owned(), line, entries: Vec::new() });
}

fn add(sections: &mut [Section], entry: Entry, problems: &mut Problems) {
    let Entry { key, line, .. } = &entry;
    let line = *line;
    let Some(section) = sections.last_mut() else {
        problems.add(line, format!("the key `{key}` stands before any section"), "write [zook] above it");
        return;
    };
    if key.is_empty() || key.len() > MAX_NAME || key.contains(blank) {
        problems.add(line, format!("{key:?} is not a key"), "write one word before the =");
    } else if let Some(first) = section.entry(key) {
        let instead = format!("keep this one or the one in line {}", first.line);
        problems.add(line, format!("[{}] has the key `{key}` twice", section.name), instead);
    } else {
        section.entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(line: &str) -> String {
        let mut problems = Problems::default();
        let text = format!("[zook]\n{line}");
        let sections = sections(&text, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        sections[0].entries[0].value.to_owned()
    }

    #[test]
    fn backslashes_are_literal() {
        assert_eq!(value(r"url = /zoobar/index\.cgi"), r"/zoobar/index\.cgi");
    }

    #[test]
    fn a_comment_begins_after_a_blank_and_not_within_a_word() {
        assert_eq!(value("url = /a#b   # the rest is for people"), "/a#b");
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(value("url = /a\\?b=c"), "/a\\?b=c");
    }
}
