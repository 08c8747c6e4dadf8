//! JSON `governance/plan/v1`: read by other programs, so fields are never renamed within v1.

use crate::{Component, Plan};
use domain_types::{AssetName, Channel, CommitSha, Platform, ReleaseName, RepoName, Sha256Digest, TagName};

const SCHEMA: &str = "governance/plan/v1";

#[derive(serde::Serialize)]
struct PlanJson<'p> {
    schema: &'static str,
    release: &'p ReleaseName,
    channel: Option<Channel>,
    repositories: Vec<RepositoryJson<'p>>,
    order: Vec<&'p RepoName>,
    waves: Vec<Vec<&'p RepoName>>,
    critical_path: Vec<&'p RepoName>,
    digest: Sha256Digest,
}

#[derive(serde::Serialize)]
struct RepositoryJson<'p> {
    name: &'p RepoName,
    version: &'p str,
    tag: &'p TagName,
    commit: Option<&'p CommitSha>,
    requires: &'p [RepoName],
    wave: usize,
    binaries: &'p [AssetName],
    optional: bool,
    platforms: &'p [Platform],
}

impl Plan {
    /// The plan as JSON, schema `governance/plan/v1`, indented, with a line feed at the end.
    ///
    /// `wave` is the position in `waves`, counted from 0; `requires` has names of the manifest, aliases resolved.
    pub fn to_json(&self) -> String {
        let json = PlanJson {
            schema: SCHEMA,
            release: self.release(),
            channel: self.channel(),
            repositories: self
                .components()
                .iter()
                .map(|component| self.repository_json(component))
                .collect(),
            order: self.order(),
            waves: self.waves(),
            critical_path: self.critical_path(),
            digest: self.digest(),
        };
        #[allow(
            clippy::expect_used,
            reason = "texts, numbers, booleans and lists of them are always JSON"
        )]
        let text = serde_json::to_string_pretty(&json).expect("a plan is JSON");
        text + "\n"
    }

    fn repository_json<'p>(&'p self, component: &'p Component) -> RepositoryJson<'p> {
        RepositoryJson {
            name: &component.name,
            version: &component.version,
            tag: &component.tag,
            commit: component.commit.as_ref(),
            requires: &component.requires,
            wave: self.wave(&component.name).unwrap_or(0),
            binaries: &component.binaries,
            optional: component.optional,
            platforms: &component.platforms,
        }
    }
}
