//! What git may use.

/// The limits of one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Seconds that a comparison may take, the fetching included: the first of a large repository takes minutes.
    pub seconds_max: u64,
    /// Bytes of the largest file that git may write, such as the pack of a first fetch.
    pub file_bytes_max: u64,
    /// Bytes of memory that a process of git may take, the packs that it reads included.
    pub memory_bytes_max: u64,
    /// Bytes of a mirror, after which it is thrown away and made anew.
    pub mirror_bytes_max: u64,
    /// Packs of a mirror, after which it is thrown away and made anew: each fetch adds one, and each is looked into.
    pub mirror_packs_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const GIBIBYTE: u64 = 1024 * 1024 * 1024;
        Self {
            seconds_max: 300,
            file_bytes_max: 4 * GIBIBYTE,
            memory_bytes_max: 12 * GIBIBYTE,
            mirror_bytes_max: 8 * GIBIBYTE,
            mirror_packs_max: 300,
        }
    }
}
