//! Which program a grant is for.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digits::{self, NotDigits};

/// The SHA-256 hash of a program's text, as its owner saved it: a line end that was changed makes it another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProgramDigest(String);

impl ProgramDigest {
    pub fn of(text: &str) -> Self {
        Self(digits::spell(&Sha256::digest(text).into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProgramDigest {
    type Error = NotDigits;

    fn try_from(digits: String) -> Result<Self, NotDigits> {
        digits::check(digits).map(Self)
    }
}

impl From<ProgramDigest> for String {
    fn from(digest: ProgramDigest) -> Self {
        digest.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sha_256_that_everybody_computes() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(ProgramDigest::of("").as_str(), empty);
        assert_ne!(ProgramDigest::of("#!python\n"), ProgramDigest::of("#!python\r\n"));
    }
}
