//! The runs that are under way, each by its owner and the request of a visitor that it belongs to.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashSet<(String, String)>>>);

/// One of them, until this is dropped, however that comes.
#[derive(Debug)]
pub(crate) struct Going {
    run: (String, String),
    all: UnderWay,
}

impl UnderWay {
    /// A run is under way from here on.
    pub(crate) fn add(&self, owner: &str, request: String) -> Going {
        let run = (owner.to_owned(), request);
        self.all().insert(run.clone());
        Going { run, all: self.clone() }
    }

    /// Whether one is.
    pub(crate) fn holds(&self, owner: &str, request: String) -> bool {
        self.all().contains(&(owner.to_owned(), request))
    }

    fn all(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.all.all().remove(&self.run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn a_run_is_under_way_until_its_end_even_if_that_is_a_fault_of_ours() {
        let under_way = UnderWay::default();
        let holds = |request: &str| under_way.holds("anna", request.into());
        let (one, other) = (under_way.add("anna", "1".into()), under_way.add("anna", "2".into()));
        assert!(holds("1") && holds("2") && !holds("3"));
        drop(one);
        assert!(!holds("1") && holds("2"));
        let faulty = move || {
            let _other = other;
            panic!("as a lane may");
        };
        assert!(catch_unwind(faulty).is_err());
        assert!(!holds("2"));
    }
}
