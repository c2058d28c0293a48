//! Which of many values it is, by the fewest comparisons: a tree that halves ranges, whatever is looked up, a call's number or
//! an argument.

use super::code::{Code, Place};

/// Values that all lead to one place, up to and without `end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) to: Place,
}

/// One more than the highest value.
pub(super) const END: u64 = 1 << 32;

/// Up to so many ranges a value amid others is asked for by itself. With more, halving them takes fewer steps.
const FEW: usize = 5;

/// Adds a range at the end. Neighbours that lead to one place are one.
pub(super) fn append(ranges: &mut Vec<Range>, range: Range) {
    match ranges.last_mut() {
        _ if range.start == range.end => {}
        Some(last) if last.to == range.to => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// All values: those of a list lead to one place, the others to another.
pub(super) fn of(list: &[u32], listed: Place, others: Place) -> Vec<Range> {
    let mut values: Vec<u64> = list.iter().copied().map(u64::from).collect();
    values.sort_unstable();
    let (mut ranges, mut next) = (Vec::new(), 0);
    for value in values {
        append(&mut ranges, Range { start: next, end: value.max(next), to: others });
        next = value + 1;
        append(&mut ranges, Range { start: value, end: next, to: listed });
    }
    append(&mut ranges, Range { start: next, end: END, to: others });
    ranges
}

impl Code<'_> {
    /// Leads what was loaded to where its range leads. The ranges follow each other and leave nothing out.
    pub(super) fn find(&mut self, ranges: &[Range]) -> Place {
        if let [range] = ranges {
            return range.to;
        }
        if ranges.len() <= FEW
            && let Some((one, others)) = without_one(ranges)
        {
            let no = self.find(&others);
            return self.is(one.start as u32, one.to, no);
        }
        let (lower, upper) = ranges.split_at(ranges.len() / 2);
        let (yes, no) = (self.find(upper), self.find(lower));
        self.is_from(upper[0].start as u32, yes, no)
    }
}

/// A single value between two ranges that lead to one place, and all others without it.
fn without_one(ranges: &[Range]) -> Option<(Range, Vec<Range>)> {
    let alone = |three: &[Range]| three[1].end - three[1].start == 1 && three[0].to == three[2].to;
    let at = ranges.windows(3).position(alone)? + 1;
    let mut others = Vec::with_capacity(ranges.len());
    for (index, range) in ranges.iter().enumerate() {
        if index != at {
            append(&mut others, *range);
        }
    }
    Some((ranges[at], others))
}
