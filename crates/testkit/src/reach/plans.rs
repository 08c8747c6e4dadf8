//! The small releases that are walked through: every shape of one and two nodes, every small policy.

use domain_types::{
    CommitSha, NodeId, Platform, ReleaseId, ReleaseName, ReleaseVersion, RepoName, Sha256Digest,
};
use orchestrator::{NodeSpec, OwnApproval, Policy, ReleaseSpec, Repetition};
use std::str::FromStr;

/// A node of a shape: whether it is optional, and which nodes before it it needs.
type Sketch = (bool, &'static [usize]);

const REQUIRED: bool = false;
const OPTIONAL: bool = true;

/// The shapes. Two nodes are the fewest that can wait for each other, be skipped, or fail beside one that goes on.
const SHAPES: [&[Sketch]; 7] = [
    &[(REQUIRED, &[])],
    &[(OPTIONAL, &[])],
    &[(REQUIRED, &[]), (REQUIRED, &[])],
    &[(REQUIRED, &[]), (OPTIONAL, &[])],
    &[(REQUIRED, &[]), (REQUIRED, &[0])],
    &[(OPTIONAL, &[]), (REQUIRED, &[0])],
    &[(REQUIRED, &[]), (OPTIONAL, &[0])],
];

/// Every shape under every policy.
pub(super) fn all() -> impl Iterator<Item = ReleaseSpec> {
    SHAPES
        .into_iter()
        .flat_map(|shape| policies().map(move |policy| plan(shape, policy)))
}

fn policies() -> impl Iterator<Item = Policy> {
    let thresholds = (0..=1).flat_map(|approvals| (0..=1).map(move |signatures| (approvals, signatures)));
    thresholds.flat_map(|(approvals_required, signatures_required)| {
        let limits = (1..=2).flat_map(|attempts| (0..=2).map(move |budget| (attempts, budget)));
        limits.map(move |(attempts_max, retry_budget)| Policy {
            attempts_max,
            retry_budget,
            approvals_required,
            signatures_required,
            repetition: Repetition::Once,
            rehearsal: false,
            approval_first: false,
            own_approval: OwnApproval::Counts,
        })
    })
}

/// A release of this shape.
pub(super) fn plan(shape: &[Sketch], policy: Policy) -> ReleaseSpec {
    let (name, version): (ReleaseName, ReleaseVersion) = (word("small"), word("0.1.0"));
    let plan_digest = Sha256Digest::of(b"plan");
    ReleaseSpec {
        id: ReleaseId::new(&name, &version, &plan_digest),
        name,
        version,
        plan_digest,
        nodes: shape
            .iter()
            .enumerate()
            .map(|(position, sketch)| node(position, *sketch))
            .collect(),
        policy,
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    }
}

/// A release beside this one.
pub(super) fn other_release() -> ReleaseId {
    ReleaseId::new(&word("small"), &word("0.2.0"), &Sha256Digest::of(b"plan"))
}

fn node(position: usize, (optional, needs): Sketch) -> NodeSpec {
    let commit: CommitSha = word("6dcb09b5b57875f334f61aebed695e2e4193db5e");
    NodeSpec {
        id: node_id(position),
        version: "0.1.0".to_owned(),
        commit,
        optional,
        needs: needs.iter().copied().map(node_id).collect(),
        remaining_path: 1,
        queued_seconds_max: 60,
        running_seconds_max: 3600,
        alone: None,
    }
}

fn node_id(position: usize) -> NodeId {
    let (repository, platform): (RepoName, Platform) = (word(&format!("r{position}")), word("linux-x86_64"));
    NodeId { repository, platform }
}

/// A word that is written here.
fn word<T: FromStr<Err = domain_types::Invalid>>(text: &str) -> T {
    text.parse().unwrap_or_else(|invalid| panic!("{invalid}"))
}
