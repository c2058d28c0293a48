//! The list of tests that fail inside: a rule in brackets, and below it the tests that it explains.

use std::collections::BTreeSet;

/// The tests. Each rule has to be told in `document`.
pub(crate) fn read(list: &str, document: &str) -> BTreeSet<String> {
    let document = document.to_lowercase();
    let mut rule = None;
    let mut tests = BTreeSet::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(named) => {
                assert!(document.contains(&format!("\n### {named}\n")), "the rule {named} is not told in the document");
                rule = Some(named);
            }
            None => {
                assert!(rule.is_some(), "no rule stands above {line}");
                assert!(tests.insert(line.to_owned()), "{line} is listed twice");
            }
        }
    }
    tests
}
