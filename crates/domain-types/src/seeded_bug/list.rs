//! The bugs that can be armed, by room. A test holds this list and the spots in the sources together.

use super::SeededBug;

/// All of them.
pub const SEEDED_BUGS: &[SeededBug] = &[];
