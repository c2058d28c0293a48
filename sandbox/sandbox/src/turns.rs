//! Whose run is next: owners take turns, one run each, however many runs one of them has waiting.

use std::collections::{HashMap, VecDeque};

/// Runs that wait, by their owners.
#[derive(Debug)]
pub(crate) struct Turns<J> {
    /// Owners whose next run can begin. Whoever has had a run and wants another goes to the end.
    line: VecDeque<(String, VecDeque<J>)>,
    /// Owners who have a run going on, and what they have waiting behind it.
    busy: HashMap<String, VecDeque<J>>,
}

impl<J> Default for Turns<J> {
    fn default() -> Self {
        Self { line: VecDeque::new(), busy: HashMap::new() }
    }
}

impl<J> Turns<J> {
    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.all().map(VecDeque::len).sum()
    }

    /// How many of one owner wait.
    pub(crate) fn waiting_of(&self, owner: &str) -> usize {
        let behind = self.busy.get(owner).or_else(|| self.in_line(owner));
        behind.map_or(0, VecDeque::len)
    }

    /// Adds a run behind the others of its owner.
    pub(crate) fn add(&mut self, owner: &str, job: J) {
        let place = self.line.iter().position(|(name, _)| name == owner);
        match (self.busy.get_mut(owner), place) {
            (Some(behind), _) => behind.push_back(job),
            (None, Some(place)) => self.line[place].1.push_back(job),
            (None, None) => self.line.push_back((owner.to_owned(), [job].into())),
        }
    }

    /// The run that begins next.
    pub(crate) fn first(&self) -> Option<&J> {
        self.line.front()?.1.front()
    }

    /// It begins: until its owner's turn is over he gets no other.
    pub(crate) fn begin(&mut self) -> Option<(String, J)> {
        let (owner, mut jobs) = self.line.pop_front()?;
        let job = jobs.pop_front()?;
        self.busy.insert(owner.clone(), jobs);
        Some((owner, job))
    }

    /// The owner's turn is over.
    pub(crate) fn over(&mut self, owner: &str) {
        if let Some((owner, jobs)) = self.busy.remove_entry(owner)
            && !jobs.is_empty()
        {
            self.line.push_back((owner, jobs));
        }
    }

    /// Takes away runs that wait in vain. Those of one owner came in their order, so that the first who need not be taken
    /// away stands for those behind it.
    pub(crate) fn give_up(&mut self, in_vain: impl Fn(&J) -> bool) -> Vec<J> {
        let mut given_up = Vec::new();
        for jobs in self.line.iter_mut().map(|(_, jobs)| jobs).chain(self.busy.values_mut()) {
            while let Some(job) = jobs.pop_front_if(|job| in_vain(job)) {
                given_up.push(job);
            }
        }
        self.line.retain(|(_, jobs)| !jobs.is_empty());
        given_up
    }

    fn all(&self) -> impl Iterator<Item = &VecDeque<J>> {
        self.line.iter().map(|(_, jobs)| jobs).chain(self.busy.values())
    }

    fn in_line(&self, owner: &str) -> Option<&VecDeque<J>> {
        self.line.iter().find(|(name, _)| name == owner).map(|(_, jobs)| jobs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_once_waits_for_one_run_of_whoever_floods() {
        let mut turns = Turns::default();
        for number in 0..50 {
            turns.add("flood", number);
        }
        turns.add("one", 100);
        turns.add("two", 200);
        let mut order = Vec::new();
        while let Some((owner, job)) = turns.begin() {
            order.push(job);
            turns.over(&owner);
        }
        assert_eq!(order[..5], [0, 100, 200, 1, 2]);
        assert_eq!(order.len(), 52);
    }

    #[test]
    fn an_owner_has_one_run_at_a_time() {
        let mut turns = Turns::default();
        turns.add("a", 1);
        turns.add("a", 2);
        assert_eq!(turns.begin(), Some(("a".into(), 1)));
        turns.add("a", 3);
        assert_eq!((turns.begin(), turns.waiting_of("a"), turns.waiting()), (None, 2, 2));
        turns.add("b", 4);
        turns.over("a");
        let order: Vec<_> = std::iter::from_fn(|| turns.begin()).collect();
        assert_eq!(order, [("b".into(), 4), ("a".into(), 2)]);
    }

    #[test]
    fn those_who_wait_in_vain_are_taken_from_everywhere() {
        let mut turns = Turns::default();
        for (owner, job) in [("a", 1), ("a", 2), ("a", 9), ("b", 3)] {
            turns.add(owner, job);
        }
        assert_eq!(turns.begin(), Some(("a".into(), 1)));
        assert_eq!(turns.give_up(|job| *job < 9), [3, 2]);
        assert_eq!((turns.waiting(), turns.first()), (1, None));
    }
}
