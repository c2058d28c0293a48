//! What is wrong with a table, where, and what to write instead.

use std::fmt;

/// More problems than this are not listed: a file of another kind should not fill the screen.
const MAX_PROBLEMS: usize = 50;

/// One mistake in zook.conf.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

/// Why a value is not one of its kind; becomes a [`Problem`] where the line is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {instead}")]
pub struct Wrong {
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

impl Wrong {
    pub(crate) fn new(what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { what: what.into(), instead: instead.into() }
    }
}

/// Every mistake that was found, in the order of the lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// The mistakes, by line.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.found.iter()
    }

    /// The mistakes as an operator reads them: one `FILE:LINE: what is wrong; what to write instead` each.
    pub fn in_file<'a>(&'a self, file: &'a str) -> impl fmt::Display + 'a {
        InFile { problems: self, file }
    }

    pub(crate) fn add(&mut self, line: usize, what: impl Into<String>, instead: impl Into<String>) {
        self.found.push(Problem { line, what: what.into(), instead: instead.into() });
    }

    pub(crate) fn add_wrong(&mut self, line: usize, wrong: Wrong) {
        self.add(line, wrong.what, wrong.instead);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn sorted(mut self) -> Self {
        self.found.sort();
        self.found.dedup();
        self
    }
}

struct InFile<'a> {
    problems: &'a Problems,
    file: &'a str,
}

impl fmt::Display for InFile<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.problems.found;
        for (n, problem) in found.iter().take(MAX_PROBLEMS).enumerate() {
            let end = if n == 0 { "" } else { "\n" };
            write!(out, "{end}{}:{}: {}; {}", self.file, problem.line, problem.what, problem.instead)?;
        }
        if found.len() > MAX_PROBLEMS {
            write!(out, "\nand {} more problems", found.len() - MAX_PROBLEMS)?;
        }
        Ok(())
    }
}
