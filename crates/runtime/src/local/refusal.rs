//! Why a local release did not even begin.

use super::recipes::RecipeProblem;
use crate::RuntimeError;
use domain_types::Sha256Digest;

/// Why it did not even begin.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The plan was made without `--version`.
    #[error("the plan has no release version")]
    NoVersion,
    /// Recipes that cannot be used.
    #[error("{} of the configured recipes cannot be used", .0.len())]
    Recipes(Vec<RecipeProblem>),
    /// Two archives would have one name.
    #[error("the archives of this release cannot be named")]
    Names(Vec<artifact_verify::Error>),
    /// The configuration asks for signatures that nobody can give to a local release yet.
    #[error("`signatures_required` is above 0, and local releases take no signatures yet")]
    SignaturesRequired,
    /// Somebody else works here.
    #[error(transparent)]
    Lock(local_build::Error),
    /// Builds of this release may have counted without a comparison.
    #[error("release {version} was begun without a second build of everything, and stays so")]
    BegunWithoutComparison {
        /// The version.
        version: String,
    },
    /// The state machine refused the start.
    #[error("release {version} cannot be started: {reason}")]
    NotStarted {
        /// The version.
        version: String,
        /// Why.
        reason: String,
    },
    /// The state file or the release directory would lie among the sources, where strange files are removed.
    #[error("{} lies within {}, which is made anew for every release", path.display(), sources.display())]
    AmongSources {
        /// Which.
        path: std::path::PathBuf,
        /// The folder of sources.
        sources: std::path::PathBuf,
    },
    /// The same name and version with other content.
    #[error("release {version} was started with another plan ({existing}), this one is {given}")]
    AnotherPlan {
        /// The version.
        version: String,
        /// The digest of the plan in the state.
        existing: Sha256Digest,
        /// The digest of this plan.
        given: Sha256Digest,
    },
    /// Something lies where the release shall appear.
    #[error("{} exists already", path.display())]
    OutOccupied {
        /// The path.
        path: std::path::PathBuf,
    },
    /// It was published, and its directory is not what it was.
    #[error("release {version} was published, but its directory does not verify: {reason}")]
    PublishedBroken {
        /// The version.
        version: String,
        /// Why.
        reason: String,
    },
    /// The parts between.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<storage::StoreError> for Refusal {
    fn from(error: storage::StoreError) -> Self {
        Self::Runtime(error.into())
    }
}
