//! A plan as it was frozen when the release began: what the tag's manifest said, and which commit each tag was.

use super::follow_up::FrozenFollowUp;
use crate::configuration::WorkerKind;
use crate::content::Source;
use artifact_verify::ComponentRange;
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
    /// The branch whose workflow is run, where there is no such tag yet: of rehearsals only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
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
    /// The blob of that file on the default branch when the plan was made: what a worker runs that only listens for the event. None if it
    /// was not there, or if the plan is older than this field: such a worker's runs do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_blob: Option<String>,
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
    /// Tags that were not there when it began and are made before anything is built.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_tags: Vec<NewTag>,
    /// What is done once it is public.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FrozenFollowUp>,
    /// The former way, step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_way: Vec<FrozenFollowUp>,
    /// Whether it takes that by itself when it stalls.
    #[serde(default, skip_serializing_if = "is_false")]
    pub falls_back_by_itself: bool,
    /// What has come in since the last release, in the order of the components; empty in what was frozen before that was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<ComponentRange>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A tag that is to be made, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NewTag {
    /// The repository.
    pub source: FullName,
    /// The tag.
    pub tag: TagName,
    /// The commit that it is to name.
    pub commit: CommitSha,
}

impl FrozenComponent {
    /// The tag or branch whose workflow builds it.
    pub fn reference(&self) -> &str {
        self.branch.as_deref().unwrap_or_else(|| self.tag.as_str())
    }
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
            new_tags: Vec::new(),
            follow_ups: Vec::new(),
            former_way: Vec::new(),
            falls_back_by_itself: false,
            ranges: Vec::new(),
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
