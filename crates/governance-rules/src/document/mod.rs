//! Facts as a document, `governance/facts/v1`: what a pull request was judged by, kept and handed on, so that it can be judged again by other
//! rules, at another time, or with something supposed.
//!
//! What follows from signatures is not written down but the signatures are: whoever judges anew verifies them anew.

mod restored;

pub use restored::Restored;

use crate::{
    Attestation, Change, CheckFact, Companion, EmergencyRequest, Hold, Login, Outcome, PullRequestFacts,
    References, ReviewClock, RunFact, Subject, TierId,
};
use domain_types::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Bytes of a document, its signatures aside, above which a server keeps none: three thousand files with long names, a text as long as
/// GitHub takes, and five hundred pushes are less.
pub const FACTS_BYTES_MAX: usize = 512 * 1024;

/// The form of a document. One with a further field is another one: an older program refuses it and does not guess.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactsSchema {
    /// The first.
    #[default]
    #[serde(rename = "governance/facts/v1")]
    V1,
}

/// The facts of a pull request as they are written down. What is left out is empty, false or unknown; nothing that is left out lets a rule hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsDocument {
    /// Its form.
    pub schema: FactsSchema,
    /// As of when.
    pub observed_at: Timestamp,
    /// Which pull request, at which commits.
    pub subject: Subject,
    /// Who opened it.
    #[serde(default)]
    pub author: Option<Login>,
    /// Whether its author calls it unfinished.
    #[serde(default)]
    pub is_draft: bool,
    /// Its files and words.
    #[serde(default)]
    pub change: Change,
    /// What its review period is counted from.
    pub clock: ReviewClock,
    /// Checks and statuses of its head.
    #[serde(default)]
    pub checks: Vec<CheckFact>,
    /// Who asked to wait.
    #[serde(default)]
    pub holds: Vec<Hold>,
    /// Pull requests that it names, as far as the rules asked for their repositories.
    #[serde(default)]
    pub companions: Vec<Companion>,
    /// What its files refer to, of those repositories that the rules asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<References>,
    /// Who pushed something into the change.
    #[serde(default)]
    pub pushers: BTreeSet<Login>,
    /// Paths that the change removes.
    #[serde(default)]
    pub removed: BTreeSet<String>,
    /// Runs of workflows on its head.
    #[serde(default)]
    pub runs: Vec<RunFact>,
    /// What people attest.
    #[serde(default)]
    pub attestations: Vec<Attestation>,
    /// An emergency that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<KeptEmergency>,
    /// A lower tier that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowering: Option<KeptLowering>,
    /// Signatures that were received and not taken back: of approvals, of the emergency, and of the lower tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<KeptSignature>,
    /// What was decided by these facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<KeptDecision>,
}

/// An emergency that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptEmergency {
    /// Its tier.
    pub tier: TierId,
    /// The digest of the evidence.
    pub evidence: Sha256Digest,
    /// Who asked.
    pub by: Login,
}

/// A lower tier that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptLowering {
    /// The tier that shall hold.
    pub tier: TierId,
    /// Who asked.
    pub by: Login,
}

/// A signature as it was received. It counts for nothing until it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptSignature {
    /// The statement that was signed.
    pub statement: String,
    /// The signature, as its scheme writes it.
    pub signature: String,
    /// What names the key.
    pub key: String,
    /// When it was received.
    pub received_at: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptDecision {
    /// The word of the verdict.
    pub outcome: Outcome,
    /// The number of the decision.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// By which rules.
    pub ruleset: Sha256Digest,
    /// How it was merged since, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<KeptMerge>,
}

/// A merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptMerge {
    /// When.
    pub at: Timestamp,
    /// Who did it, as far as the forge says.
    #[serde(default)]
    pub by: Option<String>,
}

impl FactsDocument {
    /// Of facts that were judged, and of the emergency that was asked for. Signatures are kept elsewhere, and are put in beside them.
    pub fn of(facts: &PullRequestFacts, asked: Option<&EmergencyRequest>) -> Self {
        Self {
            schema: FactsSchema::V1,
            observed_at: facts.observed_at,
            subject: facts.subject.clone(),
            author: facts.author.clone(),
            is_draft: facts.is_draft,
            change: Change {
                emergency: None,
                lowered: None,
                ..facts.change.clone()
            },
            clock: facts.clock.clone(),
            checks: facts.checks.clone(),
            holds: facts.holds.clone(),
            companions: facts.companions.clone(),
            references: facts.references.clone(),
            pushers: facts.pushers.clone(),
            removed: facts.removed.clone(),
            runs: facts.runs.clone(),
            attestations: facts.attestations.clone(),
            emergency: asked.map(|asked| KeptEmergency {
                tier: asked.tier.clone(),
                evidence: asked.evidence,
                by: asked.by.clone(),
            }),
            lowering: facts.lowering.as_ref().map(|asked| KeptLowering {
                tier: asked.tier.clone(),
                by: asked.by.clone(),
            }),
            signatures: Vec::new(),
            decided: None,
        }
    }
}
