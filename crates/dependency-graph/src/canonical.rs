//! The one byte sequence that stands for a plan, and its digest.
//!
//! JSON without whitespace, fields in alphabetical order, lists sorted. It holds what a release *is*; hints for
//! scheduling (`expected_seconds`) and what follows from the rest (order, waves) are left out, so that a better
//! estimate does not make another release. Changing a byte here makes every earlier approval void: add a new schema.

use crate::{Component, Plan};
use domain_types::{
    AssetName, CommitSha, Platform, ReleaseName, ReleaseVersion, RepoName, Sha256Digest, TagName,
};

/// The name of the canonical form's schema, in the digested bytes.
const SCHEMA: &str = "governance/canonical-plan/v1";

#[derive(serde::Serialize)]
struct CanonicalPlan<'p> {
    components: Vec<CanonicalComponent<'p>>,
    release: &'p ReleaseName,
    schema: &'static str,
    sources_only: Vec<CanonicalComponent<'p>>,
    version: Option<&'p ReleaseVersion>,
}

#[derive(serde::Serialize)]
struct CanonicalComponent<'p> {
    after: &'p [RepoName],
    binaries: &'p [AssetName],
    commit: Option<&'p CommitSha>,
    name: &'p RepoName,
    optional: bool,
    platforms: &'p [Platform],
    requires: &'p [RepoName],
    tag: &'p TagName,
    version: &'p str,
}

impl Plan {
    /// The digest of the canonical plan, commits included: the plan's identity, which people approve.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.canonical_json().as_bytes())
    }

    /// The bytes that [`Plan::digest`] digests.
    pub fn canonical_json(&self) -> String {
        let canonical = CanonicalPlan {
            components: self.components().iter().map(canonical).collect(),
            release: self.release(),
            schema: SCHEMA,
            sources_only: self.sources_only().iter().map(canonical).collect(),
            version: self.version(),
        };
        #[allow(
            clippy::expect_used,
            reason = "texts, booleans and lists of them are always JSON"
        )]
        serde_json::to_string(&canonical).expect("a canonical plan is JSON")
    }
}

fn canonical(component: &Component) -> CanonicalComponent<'_> {
    CanonicalComponent {
        after: &component.after,
        binaries: &component.binaries,
        commit: component.commit.as_ref(),
        name: &component.name,
        optional: component.optional,
        platforms: &component.platforms,
        requires: &component.requires,
        tag: &component.tag,
        version: &component.version,
    }
}
