//! Who ran lately, so that one owner alone has the whole machine, and none has more of it than is good for the others.

use std::time::{Duration, Instant};

/// Whoever had a run so lately may want another soon.
const LATELY: Duration = Duration::from_secs(1);

/// The latest run, and the latest of anybody else.
#[derive(Debug, Default)]
pub(crate) struct Company {
    latest: Option<(String, Instant)>,
    of_others: Option<Instant>,
}

impl Company {
    /// An owner has a run.
    pub(crate) fn note(&mut self, owner: &str, now: Instant) {
        match &mut self.latest {
            Some((latest, when)) if latest == owner => *when = now,
            latest => {
                self.of_others = latest.replace((owner.to_owned(), now)).map(|(_, when)| when);
            }
        }
    }

    /// Whether anybody else had one lately.
    pub(crate) fn of(&self, owner: &str, now: Instant) -> bool {
        let when = match &self.latest {
            Some((latest, when)) if latest != owner => Some(*when),
            _ => self.of_others,
        };
        when.is_some_and(|when| now.saturating_duration_since(when) < LATELY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_ran_lately_is_company_to_everybody_but_himself() {
        let (mut company, begun) = (Company::default(), Instant::now());
        company.note("a", begun);
        company.note("a", begun);
        assert!(!company.of("a", begun) && company.of("b", begun));
        company.note("b", begun);
        company.note("b", begun + LATELY / 2);
        assert!(company.of("a", begun) && company.of("b", begun) && company.of("c", begun));
        let later = begun + LATELY;
        assert!(company.of("a", later) && !company.of("b", later));
        assert!(!company.of("a", later + LATELY));
    }
}
