//! Which paths an HTTP service answers.

use std::fmt;
use std::str::FromStr;

use regex::RegexBuilder;

use crate::Wrong;

/// Longest expression, in bytes.
const MAX_URL: usize = 1024;
/// Largest compiled expression, in bytes: `(.{1000}){1000}` is refused here, not where it is used.
const MAX_COMPILED: usize = 1024 * 1024;

/// A regular expression that compiles, alone and anchored. It must match the whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPattern(String);

impl UrlPattern {
    /// The expression as it stands in zook.conf.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UrlPattern {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if text.is_empty() || text.len() > MAX_URL {
            return Err(Wrong::new(
                "the url is empty or too long",
                format!("write 1 to {MAX_URL} bytes, as in url = /echo"),
            ));
        }
        // Alone first: `a)|(b` compiles only between the brackets that anchoring puts around it.
        for expression in [text.to_owned(), format!("^(?:{text})$")] {
            if let Err(error) = RegexBuilder::new(&expression).size_limit(MAX_COMPILED).build() {
                let why = error.to_string();
                let reason = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let instead = r"write a regular expression, with \. for a dot, as in /zoobar/index\.cgi(/.*)?";
                return Err(Wrong::new(format!("the url {text:?} does not compile ({reason})"), instead));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for UrlPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_only_compiles_between_brackets_is_refused() {
        assert!("/a)|(/b".parse::<UrlPattern>().is_err());
        assert!("/a|/b".parse::<UrlPattern>().is_ok());
    }

    #[test]
    fn an_expression_that_explodes_is_refused() {
        assert!("(.{1000}){1000}".parse::<UrlPattern>().is_err());
    }
}
