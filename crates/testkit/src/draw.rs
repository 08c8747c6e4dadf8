//! Chance without a source of chance: a number drawn by its name from a seed. The same seed and name give the same number,
//! whatever was drawn before, so that two runs of one script agree on everything but their faults.

/// Numbers of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn of(seed: u64) -> Self {
        Self(mixed(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// Numbers of their own for whatever bears this name.
    pub(crate) fn named(self, name: &str) -> Self {
        let folded = name.bytes().fold(self.0, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed(folded))
    }

    /// The n-th of several of the same name.
    pub(crate) fn nth(self, n: u64) -> Self {
        Self(mixed(self.0 ^ mixed(n)))
    }

    /// Evenly from 0 to `bound`, which is left out.
    pub(crate) fn below(self, bound: u64) -> u64 {
        mixed(self.0) % bound.max(1)
    }

    /// Evenly between two bounds, both included.
    pub(crate) fn between(self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn one_of<T: Copy>(self, choices: &[T]) -> T {
        let index = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices[index]
    }
}

/// SplitMix64's finaliser (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A running sum over everything that happens: two runs with equal sums did the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceHash(u64);

impl TraceHash {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn add(&mut self, word: &str) {
        for byte in word.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn add_number(&mut self, number: u64) {
        self.0 = mixed(self.0 ^ number);
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_the_same_number_whatever_was_drawn_before_and_other_names_give_others() {
        let draw = Draw::of(7);
        assert_eq!(draw.named("a").below(1_000), Draw::of(7).named("a").below(1_000));
        let all: std::collections::BTreeSet<u64> = (0..1_000).map(|n| draw.nth(n).below(u64::MAX)).collect();
        assert_eq!(all.len(), 1_000);
        let heads = (0..10_000).filter(|n| draw.nth(*n).percent(30)).count();
        assert!((2_700..3_300).contains(&heads), "{heads}");
    }
}
