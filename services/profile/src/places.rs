//! Places for runs: so many at a time, and so few of them for one visitor that nobody takes those of all others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most runs at a time, those that wait in the sandbox included. Fewer than the connections that one caller may hold, so
/// that visitors who wait for runs leave room for those who only read or save a text.
pub(crate) const MOST: usize = 32;
/// Of them for one visitor, whoever's profiles he looks at.
pub(crate) const MOST_OF_ONE: usize = 4;

/// The visitors who have places, and how many each.
#[derive(Debug, Default)]
pub(crate) struct Places(Mutex<HashMap<String, usize>>);

/// A visitor's place. Dropping it makes room.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    places: &'a Places,
    visitor: String,
}

impl Places {
    fn taken(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` if there is none for this visitor.
    pub(crate) fn take(&self, visitor: &str) -> Option<Place<'_>> {
        let mut taken = self.taken();
        let his = taken.get(visitor).copied().unwrap_or_default();
        if his >= MOST_OF_ONE || taken.values().sum::<usize>() >= MOST {
            return None;
        }
        taken.insert(visitor.to_owned(), his + 1);
        Some(Place { places: self, visitor: visitor.to_owned() })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match taken.get_mut(&self.visitor) {
            Some(his) if *his > 1 => *his -= 1,
            _ => drop(taken.remove(&self.visitor)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_visitor_has_a_few_of_all_places_and_each_comes_back() {
        let places = Places::default();
        let mut his: Vec<_> = std::iter::from_fn(|| places.take("flood")).collect();
        assert_eq!(his.len(), MOST_OF_ONE);
        let mut others: Vec<_> = (0..MOST).map_while(|visitor| places.take(&visitor.to_string())).collect();
        assert_eq!(others.len(), MOST - MOST_OF_ONE);
        his.pop();
        assert!(places.take("flood").is_some());
        others.clear();
        his.clear();
        assert!(places.taken().is_empty());
    }
}
