//! A document's facts, by the rules that somebody wants to judge them by: keys are those that these rules know.

use super::{FactsDocument, KeptSignature};
use crate::{
    Approval, Electorate, Emergency, EmergencyCase, EmergencyRequest, EmergencyVote, Login, Lowering,
    LoweringVote, PullRequestFacts, Ruleset, emergency,
};
use signatures::{LegacyStatement, PublicKey, PullRequestApproval, SignatureText, Statement, Verified};
use std::collections::BTreeSet;

/// Facts, and what could not be used of their document.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The facts.
    pub facts: PullRequestFacts,
    /// Keys, by what names them, whose signatures could not be verified: these rules do not know them, or the signature is none.
    pub unverified: Vec<String>,
}

impl FactsDocument {
    /// The facts for these rules. What the rules say of keys and of emergencies follows anew; everything else is as it was.
    pub fn restored(&self, rules: &Ruleset) -> Restored {
        let electorate = Electorate::of(rules, &self.subject.repository);
        let mut signed = Signed::default();
        for kept in &self.signatures {
            signed.take(kept, self, &electorate);
        }
        let state = self.emergency_by(rules, &electorate, &signed.votes);
        let mut facts = self.bare();
        let tier = state.as_ref().and_then(|state| state.tier_at(self.observed_at));
        facts.change.emergency = tier.cloned();
        facts.emergency = state;
        facts.approvals = signed.approvals;
        let lowering = self.lowering.as_ref();
        facts.lowering = lowering.map(|asked| Lowering {
            tier: asked.tier.clone(),
            by: asked.by.clone(),
            votes: signed.lowering,
        });
        Restored {
            facts,
            unverified: signed.unverified,
        }
    }

    /// The facts without what follows from signatures.
    fn bare(&self) -> PullRequestFacts {
        PullRequestFacts {
            observed_at: self.observed_at,
            subject: self.subject.clone(),
            author: self.author.clone(),
            is_draft: self.is_draft,
            change: self.change.clone(),
            clock: self.clock.clone(),
            checks: self.checks.clone(),
            approvals: Vec::new(),
            holds: self.holds.clone(),
            companions: self.companions.clone(),
            references: self.references.clone(),
            pushers: self.pushers.clone(),
            emergency: None,
            lowering: None,
            removed: self.removed.clone(),
            runs: self.runs.clone(),
            attestations: self.attestations.clone(),
        }
    }

    fn emergency_by(
        &self,
        rules: &Ruleset,
        electorate: &Electorate,
        votes: &[EmergencyVote],
    ) -> Option<Emergency> {
        let asked = self.emergency.as_ref()?;
        let request = EmergencyRequest {
            tier: asked.tier.clone(),
            evidence: asked.evidence,
            by: asked.by.clone(),
        };
        let excluded: BTreeSet<Login> = self.author.iter().chain(&self.pushers).cloned().collect();
        let case = EmergencyCase {
            subject: &self.subject,
            request: &request,
            excluded: &excluded,
        };
        emergency(rules, electorate, &case, votes)
    }
}

/// Signatures that were verified.
#[derive(Default)]
struct Signed {
    approvals: Vec<Approval>,
    votes: Vec<EmergencyVote>,
    lowering: Vec<LoweringVote>,
    unverified: Vec<String>,
}

impl Signed {
    fn take(&mut self, kept: &KeptSignature, document: &FactsDocument, electorate: &Electorate) {
        let (proof, received_at) = (verified(kept, document, electorate), kept.received_at);
        match proof {
            Some((Statement::Approval(statement), proof)) => self.approvals.push(Approval {
                statement,
                proof,
                received_at,
            }),
            Some((Statement::Emergency(statement), proof)) => self.votes.push(EmergencyVote {
                statement,
                proof,
                received_at,
            }),
            Some((Statement::TierLowering(statement), proof)) => self.lowering.push(LoweringVote {
                statement,
                proof,
                received_at,
            }),
            Some((Statement::KeyRegistration(_) | Statement::Withdrawal(_), _)) | None => {
                self.unverified.push(kept.key.clone())
            }
        }
    }
}

fn verified(
    kept: &KeptSignature,
    document: &FactsDocument,
    electorate: &Electorate,
) -> Option<(Statement, Verified)> {
    let statement = Statement::parse(kept.statement.as_bytes()).ok()?;
    let text = SignatureText::parse(&kept.signature).ok()?;
    let key = electorate.key(&kept.key)?;
    if let Ok(proof) = signatures::verify(&statement, &text, key, document.observed_at) {
        return Some((statement, proof));
    }
    // It was kept as one of this statement, so it was one of the text of before that was taken for it: whether that counts, the rules say.
    match statement {
        Statement::Approval(approval) => {
            let proof = taken_for(&approval, &text, key)?;
            Some((Statement::Approval(approval), proof))
        }
        Statement::Emergency(_)
        | Statement::TierLowering(_)
        | Statement::KeyRegistration(_)
        | Statement::Withdrawal(_) => None,
    }
}

/// A signature of the text of before, taken for an approval. Whether it came after the head was asked when it was received.
fn taken_for(approval: &PullRequestApproval, text: &SignatureText, key: &PublicKey) -> Option<Verified> {
    let legacy = LegacyStatement {
        repository: approval.repository.clone(),
        pull_request: approval.pull_request,
    };
    signatures::verify_legacy(&legacy, text, key)
        .ok()?
        .taken_for(approval)
}
