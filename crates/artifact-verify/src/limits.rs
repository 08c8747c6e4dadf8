//! How much is read before we say no. Every bound has a name, a unit and a reason.

/// Bytes of the buffer through which everything streams: at 64 KiB SHA-256 runs at full speed, larger buffers
/// leave the cache and are slower.
pub const BUFFER_BYTES: usize = 64 * 1024;

/// Bytes of a SHA256SUMS file: 10,000 lines of 64 digits, two separators and a name of 255 bytes fit.
pub const CHECKSUMS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of a manifest, the notes or the evidence: far above 10,000 components, far below what hurts.
pub const DOCUMENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Files of one release directory, and lines of one SHA256SUMS: a release of 10,000 assets is a mistake.
pub const RELEASE_FILES_MAX: usize = 10_000;

/// Bytes of one asset: what GitHub accepts as a release asset.
pub const ASSET_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// What an archive may be at most. The default is the house rule; smaller values are for tests and tight machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Bytes of the archive itself.
    pub compressed_bytes_max: u64,
    /// Bytes of all that comes out of it, headers included.
    pub expanded_bytes_max: u64,
    /// Expanded bytes per compressed byte, above the floor.
    pub ratio_max: u64,
    /// Expanded bytes below which the ratio is not judged: small files of zeros compress well and harm nobody.
    pub ratio_floor_bytes: u64,
    /// Entries, folders included.
    pub entries_max: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            compressed_bytes_max: ASSET_BYTES_MAX,
            expanded_bytes_max: 8 * 1024 * 1024 * 1024,
            ratio_max: 200,
            ratio_floor_bytes: 8 * 1024 * 1024,
            entries_max: 10_000,
        }
    }
}

/// Bytes of a member's path: the longest file name that common file systems take.
pub const MEMBER_PATH_BYTES_MAX: usize = 255;

/// Parts of a member's path: nobody nests a release deeper.
pub const MEMBER_PATH_DEPTH_MAX: usize = 16;
