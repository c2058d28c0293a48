//! The chain of the log: every row carries a hash over itself and the hash of the row before it, so that none can be
//! changed, dropped or slipped in without changing all that follow.

use std::fmt;

use sha2::{Digest, Sha256};

/// A row of the log without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// 1, 2, 3 and so on, without a gap.
    pub(crate) id: u64,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) sender: String,
    pub(crate) recipient: String,
    pub(crate) amount: u64,
    /// The run of a profile that made the transfer; `None` if its sender did.
    pub(crate) run: Option<String>,
}

/// The hash that a row carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link(pub(crate) [u8; 32]);

impl Link {
    /// Stands before the first row.
    pub(crate) const FIRST: Self = Self([0; 32]);

    /// The link of `row`, which follows the row with this link. Numbers are written in eight bytes, texts with their length
    /// before them, so that no two rows are written alike.
    pub(crate) fn then(&self, row: &Row) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(row.id.to_be_bytes());
        hash.update(row.time.to_be_bytes());
        text(&mut hash, &row.sender);
        text(&mut hash, &row.recipient);
        hash.update(row.amount.to_be_bytes());
        hash.update([u8::from(row.run.is_some())]);
        text(&mut hash, row.run.as_deref().unwrap_or_default());
        Self(hash.finalize().into())
    }
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}

impl fmt::Display for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row { id: 1, time: 2, sender: "ab".into(), recipient: "c".into(), amount: 3, run: None }
    }

    #[test]
    fn every_field_counts() {
        let link = Link::FIRST.then(&row());
        let others = [
            Row { id: 2, ..row() },
            Row { time: 3, ..row() },
            // The same letters, divided otherwise.
            Row { sender: "a".into(), recipient: "bc".into(), ..row() },
            Row { recipient: "d".into(), ..row() },
            Row { amount: 4, ..row() },
            Row { run: Some(String::new()), ..row() },
            Row { run: Some("r".into()), ..row() },
        ];
        for other in others {
            assert_ne!(Link::FIRST.then(&other), link, "{other:?}");
        }
        assert_ne!(link.then(&row()), link, "so does the link before");
    }

    #[test]
    fn the_encoding_stays_what_it_is() {
        // Old rows must verify for ever: if this changes, the chain of every existing bank breaks.
        assert_eq!(
            Link::FIRST.then(&row()).to_string(),
            "6fb5ea5ff9f9383809659b027b85f8b2c279f753da92b7ad2c19b0c22fc300ae"
        );
    }
}
