//! Which releases a run is about.

use domain_types::ReleaseId;

/// Which releases a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// This one: the run ends when it is at rest.
    One(ReleaseId),
    /// All there are and will be: the run ends when it is asked to.
    All,
}

impl Scope {
    pub(super) fn covers(&self, release: &ReleaseId) -> bool {
        match self {
            Self::One(one) => one == release,
            Self::All => true,
        }
    }

    pub(super) fn one(&self) -> Option<&ReleaseId> {
        match self {
            Self::One(one) => Some(one),
            Self::All => None,
        }
    }
}
