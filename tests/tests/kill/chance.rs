//! Numbers that look random and are the same for the same seed.

/// The seed where none is given: any number is as good as another.
const SEED: u64 = 0x5EED_0002;

/// A sequence of numbers (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    /// The sequence of this test; `salt` tells the tests apart. Prints the seed.
    pub(crate) fn of(salt: u64) -> Chance {
        let seed = given_seed().unwrap_or(SEED);
        println!("seed {seed}, sequence {salt}; repeat with HOUSE_TESTS_SEED={seed}");
        Chance(seed.wrapping_mul(1_000_003).wrapping_add(salt))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `from` up to, but without, `to`.
    pub(crate) fn between(&mut self, from: f64, to: f64) -> f64 {
        const STEPS: u32 = 1 << 24;
        let step = u32::try_from(self.next() >> 40).unwrap_or_default();
        from + (to - from) * f64::from(step) / f64::from(STEPS)
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a seed that is given from outside; nothing else of the environment is read"
)]
fn given_seed() -> Option<u64> {
    std::env::var("HOUSE_TESTS_SEED").ok()?.parse().ok()
}
