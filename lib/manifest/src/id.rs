//! Unix users and groups that a service may be: never root.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::Wrong;

/// Most users in a pool for guests.
const MAX_POOL: u32 = 65_536;

/// A user that is not root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(NonZeroU32);

/// A group that is not root's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gid(NonZeroU32);

/// A pool of host users, and of the groups of the same numbers, for a user namespace: the key `userns`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserRange {
    first: NonZeroU32,
    count: NonZeroU32,
}

impl Uid {
    /// The number.
    pub fn as_raw(self) -> u32 {
        self.0.get()
    }
}

impl Gid {
    /// The number.
    pub fn as_raw(self) -> u32 {
        self.0.get()
    }
}

impl UserRange {
    /// The lowest number of the pool.
    pub fn first(self) -> u32 {
        self.first.get()
    }

    /// How many users the pool has.
    pub fn count(self) -> u32 {
        self.count.get()
    }

    /// The highest number of the pool.
    pub fn last(self) -> u32 {
        self.first.get() + (self.count.get() - 1)
    }

    /// Whether a number belongs to the pool.
    pub(crate) fn contains(self, id: u32) -> bool {
        (self.first()..=self.last()).contains(&id)
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.first() <= other.last() && other.first() <= self.last()
    }
}

/// `u32::MAX` is what system calls read as "leave it as it is".
fn id(text: &str, kind: &str) -> Result<NonZeroU32, Wrong> {
    match text.parse::<u32>() {
        Ok(0) => {
            Err(Wrong::new(format!("{kind} 0 is root"), format!("give every service a {kind} of its own, as in 61010")))
        }
        Ok(number) if number != u32::MAX => NonZeroU32::new(number).ok_or_else(|| not_a_number(text, kind)),
        _ => Err(not_a_number(text, kind)),
    }
}

fn not_a_number(text: &str, kind: &str) -> Wrong {
    Wrong::new(format!("{text:?} is not a {kind}"), "write a number, as in 61010")
}

impl FromStr for Uid {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        id(text, "uid").map(Self)
    }
}

impl FromStr for Gid {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        id(text, "gid").map(Self)
    }
}

impl FromStr for UserRange {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong =
            || Wrong::new(format!("{text:?} is not a pool of users"), "write FIRST COUNT, as in userns = 63000 256");
        let (first, count) = text.split_once([' ', '\t']).ok_or_else(wrong)?;
        let first = id(first, "uid")?;
        let count = count.trim().parse::<NonZeroU32>().map_err(|_| wrong())?;
        let ends_before_the_top = first.get().checked_add(count.get()).is_some();
        if count.get() > MAX_POOL || !ends_before_the_top {
            return Err(Wrong::new(
                "the pool of users is too large",
                format!("write at most {MAX_POOL} users below 2^32 - 1"),
            ));
        }
        Ok(Self { first, count })
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for Gid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for UserRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.first(), self.last())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_nobody_in_particular_are_no_users() {
        assert!("0".parse::<Uid>().is_err());
        assert!("4294967295".parse::<Uid>().is_err());
        assert!("-1".parse::<Uid>().is_err());
        assert_eq!("61010".parse::<Uid>().map(Uid::as_raw), Ok(61010));
    }

    #[test]
    fn a_pool_cannot_run_over_the_last_user() {
        assert!("4294967290 6".parse::<UserRange>().is_err());
        assert_eq!("63000 256".parse::<UserRange>().map(UserRange::last), Ok(63255));
    }
}
