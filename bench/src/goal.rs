//! What a figure should reach.

/// A figure's goal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Shown for comparison only.
    None,
}

impl Goal {
    /// The goal in words, such as `≥ 0.8`, and whether this value reaches it.
    pub(crate) fn verdict(self, value: f64) -> [String; 2] {
        let (goal, reached) = match self {
            Goal::AtLeast(least) => (format!("≥ {least}"), value >= least),
            Goal::AtMost(most) => (format!("≤ {most}"), value <= most),
            Goal::None => return [String::new(), String::new()],
        };
        [goal, if reached { "yes" } else { "NO" }.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_at_its_very_value() {
        assert_eq!(Goal::AtLeast(0.8).verdict(0.8), ["≥ 0.8", "yes"]);
        assert_eq!(Goal::AtLeast(0.8).verdict(0.79), ["≥ 0.8", "NO"]);
        assert_eq!(Goal::AtMost(10.0).verdict(10.0), ["≤ 10", "yes"]);
        assert_eq!(Goal::None.verdict(1.0), ["", ""]);
    }
}
