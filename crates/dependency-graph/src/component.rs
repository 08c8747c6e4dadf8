//! One repository of a release, as the manifest and the configuration together describe it.

use domain_types::{AssetName, CommitSha, Platform, RepoName, TagName};

/// One repository of a release.
///
/// Any value is legal by itself; what must hold between components is checked by [`crate::Plan::new`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Component {
    /// The name, as in the manifest.
    pub name: RepoName,
    /// The version: SemVer without `v`; for an entry of the flat form the text of its tag.
    pub version: String,
    /// The tag to release: `v` and the version, or the text of a flat entry.
    pub tag: TagName,
    /// The commit: the manifest's pin, if any, until [`crate::Plan::with_commits`]; then the one that the tag
    /// resolved to.
    pub commit: Option<CommitSha>,
    /// Names of the components whose sources and success it needs; sorted, resolved to names of the manifest.
    pub requires: Vec<RepoName>,
    /// Names of the components that it follows in time without needing them (`[release.after]`); sorted.
    #[serde(default)]
    pub after: Vec<RepoName>,
    /// Base names of the programs that it yields, without a platform's suffix; sorted.
    pub binaries: Vec<AssetName>,
    /// Whether its failure leaves the release possible.
    pub optional: bool,
    /// What it is built for; sorted, at least one.
    pub platforms: Vec<Platform>,
    /// How long its build is expected to take, in seconds. A hint for scheduling: not part of the plan's digest.
    #[serde(default)]
    pub expected_seconds: Option<u64>,
}

impl Component {
    /// The version as archive names bear it: without a leading `v`.
    pub fn version_without_v(&self) -> &str {
        self.version.strip_prefix('v').unwrap_or(&self.version)
    }

    /// The weight on a path: the expected seconds where known, else 1; at least 1.
    ///
    /// Without any expectation the longest path is therefore the one with the most components.
    pub fn weight(&self) -> u64 {
        self.expected_seconds.unwrap_or(1).max(1)
    }

    /// Everything it waits for: `requires` and `after`, each name once, sorted.
    pub(crate) fn waits_for(&self) -> Vec<&RepoName> {
        let mut names: Vec<&RepoName> = self.requires.iter().chain(&self.after).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
