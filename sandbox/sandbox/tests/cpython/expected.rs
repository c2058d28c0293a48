//! The list of tests that fail inside: a rule in brackets, and below it the tests that it explains.

use std::collections::BTreeMap;

/// Each test with its rule.
pub(crate) fn read(list: &str) -> BTreeMap<String, String> {
    let mut rule = None;
    let mut tests = BTreeMap::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(named) => rule = Some(named),
            None => {
                let rule = rule.expect("a rule stands above its tests");
                assert!(tests.insert(line.to_owned(), rule.to_owned()).is_none(), "{line} is listed twice");
            }
        }
    }
    tests
}
