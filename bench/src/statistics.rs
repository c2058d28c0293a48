//! Numbers that were measured, and what can be said about them in one word.

use std::time::Duration;

/// Numbers in the order in which they were measured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// In milliseconds.
    pub(crate) fn push_time(&mut self, time: Duration) {
        self.push(time.as_secs_f64() * 1e3);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value below which this part of the numbers lies, between neighbours by proportion; NaN of no numbers.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
        let place = part * last as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        below + (above - below) * place.fract()
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The middle half: from the first quartile to the third.
    pub(crate) fn middle_half(&self) -> [f64; 2] {
        [self.quantile(0.25), self.quantile(0.75)]
    }

    /// How many times the other's number each number is, round by round.
    pub(crate) fn per(&self, other: &Samples) -> Samples {
        self.0.iter().zip(&other.0).map(|(mine, theirs)| mine / theirs).collect()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Extend<f64> for Samples {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, values: T) {
        self.0.extend(values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let samples = Samples::from_iter([40.0, 10.0, 30.0, 20.0]);
        assert_eq!(samples.median(), 25.0);
        assert_eq!(samples.middle_half(), [17.5, 32.5]);
        assert_eq!((samples.quantile(0.0), samples.quantile(1.0)), (10.0, 40.0));
        assert!(Samples::default().median().is_nan());
    }

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        let (fast, slow) = (Samples::from_iter([10.0, 4.0]), Samples::from_iter([5.0, 2.0]));
        assert_eq!(fast.per(&slow).0, [2.0, 2.0]);
    }
}
