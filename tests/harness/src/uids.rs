//! Users for each site, so that sites side by side never share one.

use confine::Ids;

/// Users of one site: twenty for services, the rest for guests.
const COUNT: u32 = 1_000;
/// Those that tests may have, far from those of a real site.
const ALL: std::ops::Range<u32> = 300_000..364_000;

/// Users that nobody else has for as long as the value lives.
pub(crate) fn claim() -> Ids {
    let claimed = Ids::claim(COUNT, ALL).expect("these tests run as root");
    claimed
        .unwrap_or_else(|| panic!("{} sites are running at a time; wait for some to end", ALL.len() / COUNT as usize))
}
