//! What a release is asked to be: the payload of the first event. Frozen afterwards.

use domain_types::{CommitSha, NodeId, ReleaseId, ReleaseName, ReleaseVersion, Sha256Digest};
use serde::{Deserialize, Serialize};

/// A release as it is planned: who is built, who waits for whom, and the limits that hold for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseSpec {
    /// The identity, derived from the three fields below.
    pub id: ReleaseId,
    /// `[release] name`.
    pub name: ReleaseName,
    /// The version of the whole.
    pub version: ReleaseVersion,
    /// The digest of the canonical plan, commits included. Approvals are for this digest.
    pub plan_digest: Sha256Digest,
    /// What is built. No order is required; every name in `needs` must be present.
    pub nodes: Vec<NodeSpec>,
    /// The limits.
    pub policy: Policy,
    /// What is done once the release is public, by its names: each once, and nothing waits for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<String>,
    /// What the former way of releasing is, by the names of its steps in their order; empty where there is none to fall back to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_way: Vec<String>,
    /// Who asked for it, in the words in which approvals name people; none where nobody kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// What whoever carries the plan out froze for it, in words of its own; nothing is decided by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<String>,
}

/// One repository on one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// Repository and platform.
    pub id: NodeId,
    /// The component's own version, as in the manifest.
    pub version: String,
    /// The frozen commit.
    pub commit: CommitSha,
    /// A failure is listed in the release and does not block it.
    pub optional: bool,
    /// Built before this one.
    pub needs: Vec<NodeId>,
    /// Weight of the longest path from this node to the end of the graph, itself included: the scheduling priority.
    pub remaining_path: u64,
    /// Seconds that an accepted build may wait for a runner.
    pub queued_seconds_max: u64,
    /// Seconds that a build may run.
    pub running_seconds_max: u64,
    /// Builds that name the same here are never in flight together, over all releases; none: only runners are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<String>,
}

/// Limits and thresholds of one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Attempts of one node that may fail before it is given up, counted since the last operator's retry.
    pub attempts_max: u32,
    /// Automatic retries of the whole release, renewed by an operator's retry.
    pub retry_budget: u32,
    /// Approvals of the plan digest needed before anything is built.
    pub approvals_required: u32,
    /// Signatures of the manifest digest needed before the draft is made.
    pub signatures_required: u32,
    /// How often a node is built before its output counts. Fixed for the life of a release: what was built before
    /// somebody asked for a comparison was not compared.
    #[serde(default, skip_serializing_if = "is_once")]
    pub repetition: Repetition,
    /// Everything is done but publishing: the release ends with its draft, which is removed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub rehearsal: bool,
    /// Approvals are waited for before the sources are made ready, because that makes what cannot be taken back: tags.
    #[serde(default, skip_serializing_if = "is_false")]
    pub approval_first: bool,
    /// Whether an approval by whoever asked for the release counts.
    #[serde(default, skip_serializing_if = "counts")]
    pub own_approval: OwnApproval,
}

/// What an approval is worth that comes from whoever asked for the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnApproval {
    /// As much as any other.
    #[default]
    Counts,
    /// Nothing: it is refused, and so is a plan that does not say who asked.
    Refused,
}

/// Left out when it is written, like what is built once.
fn counts(own_approval: &OwnApproval) -> bool {
    *own_approval == OwnApproval::Counts
}

/// How often a node is built before its output counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repetition {
    /// Once.
    #[default]
    Once,
    /// Twice, in different surroundings; both must give the same bytes.
    Twice,
}

/// Left out when it is written, so that a journal of before has the bytes of today.
fn is_once(repetition: &Repetition) -> bool {
    *repetition == Repetition::Once
}

/// Left out as well.
pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Default for Policy {
    /// Three attempts, a budget of ten, no approvals, no signatures: a local release.
    fn default() -> Self {
        Self {
            attempts_max: 3,
            retry_budget: 10,
            approvals_required: 0,
            signatures_required: 0,
            repetition: Repetition::Once,
            rehearsal: false,
            approval_first: false,
            own_approval: OwnApproval::Counts,
        }
    }
}
