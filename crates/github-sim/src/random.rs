//! The one source of chance: a generator that is seeded from outside, so that a seed tells the whole story again.

/// Splitmix64.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// True once in `1 / probability` draws. Nothing is drawn for what cannot happen, so that a fault that is off changes no seed.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        let draw = u32::try_from(self.next() >> 32).unwrap_or(u32::MAX);
        f64::from(draw) / f64::from(u32::MAX) < probability
    }

    /// A string of `length` characters that are letters or digits.
    pub(crate) fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .map(|_| {
                let index = usize::try_from(self.below(36)).unwrap_or(0);
                char::from(LETTERS[index])
            })
            .collect()
    }

    /// An identifier in the form of a UUID.
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }
}
