//! The ids of guests. Each belongs to one guest at a time, from before its birth until the kernel has forgotten it.

use std::sync::{Arc, Mutex, PoisonError};

/// Ids that nobody has.
#[derive(Debug)]
pub(crate) struct Ids(Mutex<Vec<Option<u32>>>);

/// An id that somebody has. Dropping it gives it to the next.
#[derive(Debug)]
pub(crate) struct Id {
    /// `None` where the namespace has no id but its root's: then there is one guest at a time.
    pub(super) number: Option<u32>,
    pool: Arc<Ids>,
}

impl Ids {
    pub(crate) fn new(numbers: std::ops::Range<u32>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(numbers.map(Some).collect())))
    }

    /// For a namespace with one id.
    pub(crate) fn one() -> Arc<Self> {
        Arc::new(Self(Mutex::new(vec![None])))
    }

    /// Whether one is free.
    pub(crate) fn any(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// `None` if all are taken.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Id> {
        let number = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Id { number, pool: self.clone() })
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        self.pool.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_guests_until_it_is_given_back() {
        let ids = Ids::new(1..3);
        let (one, other) = (ids.take().expect("free"), ids.take().expect("free"));
        assert_ne!(one.number, other.number);
        assert!(ids.take().is_none());
        let number = one.number;
        drop(one);
        assert_eq!(ids.take().expect("free again").number, number);
    }
}
