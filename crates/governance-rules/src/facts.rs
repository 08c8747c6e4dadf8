//! What is known of a pull request at one moment: everything that a verdict rests on, gathered before it is asked for.

use crate::{Change, Emergency, Login, Named, References, TierId};
use domain_types::{CommitSha, RepoName, Timestamp, TreeSha};
use serde::{Deserialize, Serialize};
use signatures::{PullRequestApproval, TierLowering, Verified};
use std::collections::BTreeSet;

/// A pull request as it was found. No part of it can fail any more: what could not be learnt is said to be unknown.
#[derive(Debug, Clone)]
pub struct PullRequestFacts {
    /// When it was looked at. The only present that a verdict knows.
    pub observed_at: Timestamp,
    /// Which pull request, at which commits.
    pub subject: Subject,
    /// Who opened it; none for an account whose name is none of GitHub's.
    pub author: Option<Login>,
    /// Whether its author calls it unfinished.
    pub is_draft: bool,
    /// Its files and words.
    pub change: Change,
    /// What its review period is counted from.
    pub clock: ReviewClock,
    /// Checks and statuses of its head.
    pub checks: Vec<CheckFact>,
    /// Approvals whose signature was verified, of whatever head.
    pub approvals: Vec<Approval>,
    /// Who asked to wait.
    pub holds: Vec<Hold>,
    /// Pull requests that this one names, as far as the rules ask for their repositories.
    pub companions: Vec<Companion>,
    /// What its files refer to, of those repositories whose latest version some rule wants to be referred to.
    pub references: Vec<References>,
    /// Who pushed something into the change, as far as GitHub says.
    pub pushers: BTreeSet<Login>,
    /// An emergency that was asked for, as far as it is.
    pub emergency: Option<Emergency>,
    /// Paths that the change removes: what is gone corresponds to nothing.
    pub removed: BTreeSet<String>,
    /// Runs of workflows on its head, each as its newest attempt; none where no rule asks for one.
    pub runs: Vec<RunFact>,
    /// What people attest, of whatever head.
    pub attestations: Vec<Attestation>,
    /// A lower tier that was asked for this head.
    pub lowering: Option<Lowering>,
}

/// What an approval is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The host of the forge, such as `github.com`.
    pub forge: String,
    /// The number that GitHub gave the repository: names change.
    pub repository_id: u64,
    /// Its owner.
    pub owner: String,
    /// Its bare name, by which the rules know it.
    pub repository: RepoName,
    /// The number of the pull request.
    pub number: u64,
    /// The branch that it is to be merged into, as `refs/heads/main`.
    pub base_ref: String,
    /// The commit at its head.
    pub head_sha: CommitSha,
    /// The tree of that commit.
    pub head_tree: TreeSha,
}

impl Subject {
    /// Its page on the forge.
    pub fn page(&self) -> String {
        format!(
            "https://{}/{}/{}/pull/{}",
            self.forge, self.owner, self.repository, self.number
        )
    }
}

/// Times from which a review is counted. All of them GitHub's own; dates of commits are not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewClock {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last called ready for review, if it was a draft.
    #[serde(default)]
    pub ready_at: Option<Timestamp>,
    /// When it was last opened again.
    #[serde(default)]
    pub reopened_at: Option<Timestamp>,
    /// When it was last given another base.
    #[serde(default)]
    pub retargeted_at: Option<Timestamp>,
    /// Pushes to its head, in any order.
    #[serde(default)]
    pub pushes: Vec<Push>,
}

/// A push to the head of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// When GitHub took it, or, where GitHub does not say, when it was first seen: the later is the careful one.
    pub at: Timestamp,
    /// The head since then.
    pub head: CommitSha,
    /// Whether it made the change another one, told from git's objects alone.
    pub effect: PushEffect,
}

/// What a push did to the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushEffect {
    /// The change against its base is the same as before.
    SameChange,
    /// It is another one.
    OtherChange,
    /// Nobody can tell, so it is taken for another one.
    Undecidable,
}

/// A check or a status on the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckFact {
    /// The name of the check or the context of the status.
    pub name: String,
    /// The App that said so; none for statuses of people.
    #[serde(default)]
    pub app: Option<u64>,
    /// What it says.
    pub state: CheckState,
}

/// What a check says, the newest attempt counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It passed. Neutral and skipped checks did not.
    Passed,
    /// It is not there yet.
    Running,
    /// It is there, and did not pass.
    Failed,
}

/// An approval: a statement, and the proof that a key signed it.
#[derive(Debug, Clone)]
pub struct Approval {
    /// What was signed.
    pub statement: PullRequestApproval,
    /// That it was. Only verifying makes one.
    pub proof: Verified,
    /// When the signature arrived here.
    pub received_at: Timestamp,
}

/// A lower tier that somebody asked for, and who signed that.
#[derive(Debug, Clone)]
pub struct Lowering {
    /// The tier that shall hold, and no other.
    pub tier: TierId,
    /// Who asked.
    pub by: Login,
    /// Signatures of lowerings of this pull request that were verified, of whatever head and tier.
    pub votes: Vec<LoweringVote>,
}

/// A signature that lowers a tier.
#[derive(Debug, Clone)]
pub struct LoweringVote {
    /// What was signed.
    pub statement: TierLowering,
    /// That it was. Only verifying makes one.
    pub proof: Verified,
    /// When the signature arrived here.
    pub received_at: Timestamp,
}

/// Somebody's wish that a pull request waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Who wishes it.
    pub by: Login,
    /// Since when.
    pub since: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

/// A pull request in another repository that this one says it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    /// The repository.
    pub repository: RepoName,
    /// Its number there.
    pub number: u64,
    /// Whether it is open or was merged: one that was closed is no companion.
    pub is_open_or_merged: bool,
    /// Whether it is meant for the default branch of its repository.
    pub is_for_default_branch: bool,
    /// Its files, but for those that it removes, and where others were before.
    pub change: Change,
    /// Pull requests that it names.
    #[serde(default)]
    pub names: Vec<Named>,
}

/// A run of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFact {
    /// The file of the workflow, such as `.github/workflows/verify.yml`. Its name may be that of any other file.
    pub path: String,
    /// The commit that it ran on.
    pub head: CommitSha,
    /// What started it, such as `push`.
    pub event: String,
    /// Whether it ran in the repository of the pull request, on a commit from where its head comes from.
    pub is_own: bool,
    /// How its newest attempt ended.
    pub state: CheckState,
}

/// What somebody attests of a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// What: the words behind `requires_`.
    pub name: String,
    /// Who.
    pub by: Login,
    /// Of which head.
    pub head: CommitSha,
    /// When.
    pub at: Timestamp,
    /// What it rests on, in their words.
    pub evidence: String,
}

/// Characters of evidence: fewer say nothing, unless they are a link.
pub const EVIDENCE_CHARS_MIN: usize = 20;
/// Characters of the shortest link that leads anywhere, such as `https://a.bc`.
const LINK_CHARS_MIN: usize = 12;

impl Attestation {
    /// Whether its evidence says anything: enough characters, or a link.
    pub fn has_evidence(&self) -> bool {
        let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).count();
        let is_link = |word: &str| word.starts_with("https://") && letters(word) >= LINK_CHARS_MIN;
        letters(&self.evidence) >= EVIDENCE_CHARS_MIN || self.evidence.split_whitespace().any(is_link)
    }
}
