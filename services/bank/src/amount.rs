//! An amount that can be transferred.

/// A positive number of zoobars that every account can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount(u64);

impl Amount {
    /// What an account can hold at most: the largest whole number that every reader of JSON keeps exactly. It would take
    /// 900 million million accounts to fill one.
    pub(crate) const MAX: u64 = (1 << 53) - 1;

    /// `None` for what is not positive, or more than can exist.
    pub(crate) fn new(zoobars: i64) -> Option<Self> {
        let zoobars = u64::try_from(zoobars).ok()?;
        (1..=Self::MAX).contains(&zoobars).then_some(Self(zoobars))
    }

    pub(crate) fn zoobars(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_positive_and_bounded() {
        for wrong in [i64::MIN, -1, 0, 1 << 53, i64::MAX] {
            assert_eq!(Amount::new(wrong), None, "{wrong}");
        }
        assert_eq!(Amount::new(1).map(Amount::zoobars), Some(1));
        assert_eq!(Amount::new((1 << 53) - 1).map(Amount::zoobars), Some(Amount::MAX));
    }
}
