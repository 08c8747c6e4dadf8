//! A plan as it was frozen when the release began: what the tag's manifest said, and which commit each tag was.

use crate::configuration::WorkerKind;
use crate::content::Source;
use domain_types::{AssetName, CommitSha, NodeId, Platform, RepoName, TagName, Timestamp};
use orchestrator::State;
use serde::{Deserialize, Serialize};

/// The shape that is written today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Schema {
    #[serde(rename = "governance/frozen-release/v1")]
    V1,
}

/// `owner/name` on GitHub.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FullName {
    /// The organisation or person.
    pub owner: String,
    /// The repository.
    pub name: String,
}

impl std::fmt::Display for FullName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.owner, self.name)
    }
}

/// One component of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenComponent {
    /// Its name in the manifest.
    pub repository: RepoName,
    /// Where it lies.
    pub source: FullName,
    /// Its own version.
    pub version: String,
    /// The tag that is released.
    pub tag: TagName,
    /// What the tag resolved to.
    pub commit: CommitSha,
    /// When that was committed.
    pub committed: Timestamp,
    /// The components that it needs.
    pub requires: Vec<RepoName>,
    /// Whether the release goes on without it.
    pub optional: bool,
    /// What it is built for.
    pub platforms: Vec<Platform>,
    /// The files that a build gives, by base name, without a platform's suffix.
    pub files: Vec<AssetName>,
    /// The workflow file that builds it, by its name below `.github/workflows/`.
    pub workflow: String,
    /// The event type of a dispatch, where the workflow is not called itself.
    pub event_type: String,
    /// Seconds that an accepted build may wait for a runner; none in what was frozen before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_seconds_max: Option<u64>,
    /// What that workflow knows of dispatch ids.
    #[serde(default, skip_serializing_if = "WorkerKind::is_by_dispatch_id")]
    pub worker: WorkerKind,
}

/// Everything that a release on GitHub was begun with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenRelease {
    schema: Schema,
    /// The repository that holds the release.
    pub home: FullName,
    /// The tag of the release there.
    pub tag: TagName,
    /// What that tag resolved to.
    pub commit: CommitSha,
    /// The components, in the order of the plan.
    pub components: Vec<FrozenComponent>,
}

impl FrozenRelease {
    /// Of these parts.
    pub fn new(home: FullName, tag: TagName, commit: CommitSha, components: Vec<FrozenComponent>) -> Self {
        Self {
            schema: Schema::V1,
            home,
            tag,
            commit,
            components,
        }
    }

    /// What a release was begun with.
    ///
    /// # Errors
    /// One sentence: it was not begun for GitHub, or its text cannot be read.
    pub fn of(state: &State) -> Result<Self, String> {
        let frozen = state.spec().and_then(|spec| spec.frozen.as_deref());
        let text = frozen.ok_or("this release was not begun for GitHub")?;
        serde_json::from_str(text)
            .map_err(|error| format!("what was frozen for this release cannot be read: {error}"))
    }

    /// The component that a node builds.
    pub fn component(&self, node: &NodeId) -> Option<&FrozenComponent> {
        self.components
            .iter()
            .find(|component| component.repository == node.repository)
    }

    /// The components as the release's files tell of them.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let source = |component: &FrozenComponent| Source {
            repository: component.repository.clone(),
            version: component.version.clone(),
            tag: component.tag.clone(),
            commit: component.commit.clone(),
            committed: component.committed,
            requires: component.requires.clone(),
            optional: component.optional,
            platforms: component.platforms.clone(),
        };
        self.components.iter().map(source).collect()
    }
}
