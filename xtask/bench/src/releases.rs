//! Releases to measure with: who needs whom, as the state machine is told.

use anyhow::Result;
use domain_types::{NodeId, ReleaseId, ReleaseName, ReleaseVersion, RepoName, Sha256Digest};
use orchestrator::{BuildOutput, BuiltArtifact, NodeSpec, Policy, ReleaseSpec};

/// The platform of every node.
pub(crate) const PLATFORM: &str = "linux-x86_64";

/// A commit that no repository has.
const COMMIT: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

/// Seconds that nothing here lasts: no timer of a build ever fires.
const SECONDS_MAX: u64 = 1_000_000;

/// A node of a release that is to be made: what it needs, by index, and its priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Earlier nodes.
    pub(crate) needs: Vec<usize>,
    /// The longest remaining path.
    pub(crate) remaining_path: u64,
}

/// The name of the n-th node; names ascend with the index.
pub(crate) fn repository(index: usize) -> Result<RepoName> {
    Ok(format!("r{index:05}").parse()?)
}

/// The n-th node.
pub(crate) fn node(index: usize) -> Result<NodeId> {
    Ok(NodeId {
        repository: repository(index)?,
        platform: PLATFORM.parse()?,
    })
}

/// A release of this name.
pub(crate) fn release(name: &str, parts: &[Part]) -> Result<ReleaseSpec> {
    let name: ReleaseName = name.parse()?;
    let version: ReleaseVersion = "0.1.0".parse()?;
    let plan_digest = Sha256Digest::of(name.as_str().as_bytes());
    let nodes = parts.iter().enumerate().map(|(index, part)| spec_of(index, part));
    Ok(ReleaseSpec {
        id: ReleaseId::new(&name, &version, &plan_digest),
        name,
        version,
        plan_digest,
        nodes: nodes.collect::<Result<_>>()?,
        policy: Policy::default(),
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    })
}

fn spec_of(index: usize, part: &Part) -> Result<NodeSpec> {
    Ok(NodeSpec {
        id: node(index)?,
        version: "0.1.0".to_owned(),
        commit: COMMIT.parse()?,
        optional: false,
        needs: part.needs.iter().map(|need| node(*need)).collect::<Result<_>>()?,
        remaining_path: part.remaining_path,
        queued_seconds_max: SECONDS_MAX,
        running_seconds_max: SECONDS_MAX,
        alone: None,
    })
}

/// Every node needs the one before it.
pub(crate) fn chain(nodes: usize) -> Vec<Part> {
    (0..nodes)
        .map(|index| Part {
            needs: index.checked_sub(1).into_iter().collect(),
            remaining_path: u64::try_from(nodes - index).unwrap_or(u64::MAX),
        })
        .collect()
}

/// An organisation: every node but the first few needs up to three others, near and far.
pub(crate) fn web(nodes: usize) -> Vec<Part> {
    let needs = |index: usize| {
        let mut needs: Vec<usize> = [index / 2, index / 3, index.saturating_sub(17)]
            .into_iter()
            .filter(|need| *need < index)
            .collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    };
    (0..nodes)
        .map(|index| Part {
            needs: needs(index),
            remaining_path: u64::try_from(nodes - index).unwrap_or(u64::MAX),
        })
        .collect()
}

/// What the build of a node gives: one small program. No two releases give the same, so that nothing is ever reused.
pub(crate) fn output(release: &ReleaseId, node: &NodeId) -> BuildOutput {
    let digest = Sha256Digest::of(format!("{release} {node}").as_bytes());
    BuildOutput {
        reuse_key: digest,
        artifacts: vec![BuiltArtifact {
            name: node.repository.to_string(),
            digest,
            size: 1_000_000,
            executable: true,
        }],
        lock: None,
    }
}

/// The manifest of a release whose collection is only played.
pub(crate) fn manifest() -> Sha256Digest {
    Sha256Digest::of(b"manifest")
}
