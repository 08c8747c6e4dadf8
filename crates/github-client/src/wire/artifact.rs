//! Artifacts of a run.

use super::{ArtifactId, WorkflowRunId, digest_or_none};
use domain_types::{CommitSha, Sha256Digest};
use serde::Deserialize;

/// A zip that a run left behind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Artifact {
    /// Its number.
    pub id: ArtifactId,
    /// Its name, unique within an attempt of the run.
    pub name: String,
    /// Its size, in bytes.
    pub size_in_bytes: u64,
    /// Whether GitHub has thrown it away.
    pub expired: bool,
    /// The digest of the zip; older artifacts have none.
    #[serde(default, deserialize_with = "digest_or_none")]
    pub digest: Option<Sha256Digest>,
    /// The run that made it.
    pub workflow_run: Option<ArtifactRun>,
}

/// What GitHub says about the run that made an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ArtifactRun {
    /// The run.
    pub id: WorkflowRunId,
    /// The commit that it ran on.
    pub head_sha: Option<CommitSha>,
    /// The repository that it ran in.
    pub repository_id: Option<u64>,
    /// The repository that its commit came from.
    pub head_repository_id: Option<u64>,
}
