//! What `driver.py` tells.

use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Told {
    /// How many tests ran; nothing if the program did not come to its end.
    pub(crate) ran: Option<u32>,
    pub(crate) skipped: u32,
    /// By name, with the first reason.
    pub(crate) failed: BTreeMap<String, String>,
}

impl Told {
    pub(crate) fn read(output: &str) -> Self {
        let mut told = Self::default();
        for line in output.lines() {
            match line.split('\t').collect::<Vec<_>>()[..] {
                ["@", "fail", test, why] => {
                    told.failed.entry(test.into()).or_insert(why.into());
                }
                ["@", "skip", ..] => told.skipped += 1,
                ["@", "ran", number, ..] => told.ran = number.parse().ok(),
                _ => {}
            }
        }
        told
    }
}
