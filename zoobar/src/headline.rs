//! The headline that is another one at each visit: tradition of the house.

use std::hash::{BuildHasher, RandomState};

const ADJECTIVES: &[&str] = &[
    "Ambidextrous",
    "Barefoot",
    "Bewildered",
    "Caffeinated",
    "Courteous",
    "Daydreaming",
    "Freckled",
    "Gallant",
    "Hopeful",
    "Left-Handed",
    "Moonlit",
    "Nearsighted",
    "Nocturnal",
    "Overdue",
    "Pocket-Sized",
    "Punctual",
    "Rumpled",
    "Semi-Retired",
    "Tap-Dancing",
    "Unhurried",
    "Whistling",
    "Wobbly",
];
const NOUNS: &[&str] = &[
    "Accordions",
    "Aardvarks",
    "Bookmarks",
    "Capybaras",
    "Compost",
    "Daylight",
    "Flamingos",
    "Gazebos",
    "Kettles",
    "Lighthouses",
    "Marmalade",
    "Mittens",
    "Narwhals",
    "Otters",
    "Pancakes",
    "Puddles",
    "Sandwiches",
    "Semaphores",
    "Tapirs",
    "Umbrellas",
    "Wombats",
    "Yodelling",
];
const ADVERBS: &[&str] = &[
    "barely audible",
    "cautiously optimistic",
    "eternally punctual",
    "gently used",
    "mostly harmless",
    "newly painted",
    "quietly heroic",
    "rarely photographed",
    "refreshingly idle",
    "softly humming",
    "suspiciously cheerful",
    "thoroughly brushed",
    "unexpectedly brave",
    "widely misquoted",
];
const PLURALS: &[&str] = &[
    "beekeepers",
    "cartographers",
    "cormorants",
    "ferrymen",
    "gardeners",
    "hedgehogs",
    "librarians",
    "lion tamers",
    "meerkats",
    "pangolins",
    "penguins",
    "postmasters",
    "sloths",
    "tortoises",
    "tuba players",
    "zebras",
];
const CONCEPTS: &[&str] = &[
    "afternoon nap",
    "common good",
    "early bird",
    "fine print",
    "good excuse",
    "happy medium",
    "long lunch",
    "lost umbrella",
    "night shift",
    "open question",
    "second helping",
    "small hours",
    "spare moment",
    "third attempt",
    "unwritten rule",
    "whole nine yards",
];

/// For whom the foundation is today, and whom it supports.
pub(crate) struct Headline {
    pub(crate) adjective: &'static str,
    pub(crate) noun: &'static str,
    pub(crate) adverb: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) concept: &'static str,
}

impl Headline {
    pub(crate) fn of_the_day() -> Self {
        // The standard library's hash keys are as random as this needs.
        let mut chance = RandomState::new().hash_one("headline");
        let mut pick = |words: &[&'static str]| {
            let word = words[(chance % words.len() as u64) as usize];
            chance /= words.len() as u64;
            word
        };
        Self {
            adjective: pick(ADJECTIVES),
            noun: pick(NOUNS),
            adverb: pick(ADVERBS),
            plural: pick(PLURALS),
            concept: pick(CONCEPTS),
        }
    }
}
