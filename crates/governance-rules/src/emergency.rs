//! Emergencies: asked for in a pull request, begun by the signatures of keyholders, ended by time alone.
//!
//! Whether one lasts follows from the signatures and from when they came, each time anew: nothing is switched on or off. An emergency that
//! ended does not begin again by the same signatures, and it goes on only by those of a statement that says so.

use crate::model::EmergencyTier;
use crate::{Electorate, Login, Ruleset, Subject, Threshold, TierId};
use domain_types::{Sha256Digest, Timestamp};
use serde::Serialize;
use signatures::{Ballot, EmergencyAction, EmergencyStatement, Quorum, Statement, Verified, count};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

/// Characters of evidence below which nobody can tell what the emergency is.
pub const EMERGENCY_EVIDENCE_CHARS_MIN: usize = 100;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyRequest {
    /// The tier of the emergency.
    pub tier: TierId,
    /// The digest of the evidence.
    pub evidence: Sha256Digest,
    /// Who asks.
    pub by: Login,
}

/// A keyholder's signature.
#[derive(Debug, Clone)]
pub struct EmergencyVote {
    /// What was signed.
    pub statement: EmergencyStatement,
    /// That it was. Only verifying makes one.
    pub proof: Verified,
    /// When it arrived here: an emergency begins when enough have.
    pub received_at: Timestamp,
}

/// How far an emergency is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// Its tier.
    pub tier: TierId,
    /// Who asked for it.
    pub by: Login,
    /// What keyholders sign next: that it begins, or that it goes on; none where it cannot go on any more.
    pub statement: Option<EmergencyStatement>,
    /// Who has signed that.
    pub signed: BTreeSet<Login>,
    /// How many must.
    pub required: u32,
    /// Who could still.
    pub could_still: BTreeSet<Login>,
    /// From when until when it lasts, once it has begun. It does not last at the second time any more.
    pub lasts: Option<(Timestamp, Timestamp)>,
}

impl Emergency {
    /// The tier, if it lasts at this time.
    pub fn tier_at(&self, now: Timestamp) -> Option<&TierId> {
        let (from, until) = self.lasts?;
        (from <= now && now < until).then_some(&self.tier)
    }
}

/// Something that is owed after an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// What, in words.
    pub what: &'static str,
    /// In how many days.
    pub days: u32,
}

/// What is owed after an emergency of this tier.
pub fn duties(rules: &Ruleset, tier: &TierId) -> Vec<Duty> {
    let Some(tier) = tier_of(rules, tier) else {
        return Vec::new();
    };
    let owed = &tier.follow_up;
    [
        ("a post-mortem", &owed.post_mortem_days),
        ("a security audit", &owed.security_audit_days),
    ]
    .into_iter()
    .filter_map(|(what, days)| {
        let days = days.as_ref()?.value;
        Some(Duty { what, days })
    })
    .collect()
}

/// Whether there is such a tier of emergencies.
pub fn is_emergency_tier(rules: &Ruleset, tier: &TierId) -> bool {
    tier_of(rules, tier).is_some()
}

fn tier_of<'r>(rules: &'r Ruleset, tier: &TierId) -> Option<&'r EmergencyTier> {
    rules.emergencies.iter().find(|known| known.id == *tier)
}

/// Who asks for what, for which pull request, and whose signature does not count.
pub struct EmergencyCase<'c> {
    /// The pull request that it is for, and no other.
    pub subject: &'c Subject,
    /// What is asked for.
    pub request: &'c EmergencyRequest,
    /// Whoever opened or pushed the change.
    pub excluded: &'c BTreeSet<Login>,
}

/// How far an emergency is, by the signatures that came; none if the rules know no such tier, or it cannot be put into a statement.
pub fn emergency(
    rules: &Ruleset,
    electorate: &Electorate,
    case: &EmergencyCase<'_>,
    votes: &[EmergencyVote],
) -> Option<Emergency> {
    let tier = tier_of(rules, &case.request.tier)?;
    let begin = (EmergencyAction::Activate, tier.duration_days.value);
    let mut step = signed(electorate, case, begin, (tier.activation.value, votes))?;
    let mut lasts = None;
    if let Some(begun) = step.reached_at {
        let mut until = begun.plus_seconds(days(tier.duration_days.value));
        let mut next = None;
        for (action, length, threshold) in extensions(tier) {
            let on = signed(electorate, case, (action, length), (threshold, votes))?;
            match on.reached_at.filter(|at| *at < until) {
                Some(_) => until = until.plus_seconds(days(length)),
                None => {
                    next = Some(on);
                    break;
                }
            }
        }
        lasts = Some((begun, until));
        step = next.unwrap_or_else(|| step.over());
    }
    Some(Emergency {
        tier: tier.id.clone(),
        by: case.request.by.clone(),
        statement: step.statement,
        signed: step.quorum.counted().clone(),
        required: step.quorum.required(),
        could_still: step.quorum.could_still().clone(),
        lasts,
    })
}

fn days(days: u32) -> u64 {
    u64::from(days) * DAY_SECONDS
}

/// Each time that it may go on: what is signed, for how many days, by how many.
fn extensions(tier: &EmergencyTier) -> Vec<(EmergencyAction, u32, Threshold)> {
    let (Some(length), Some(threshold)) = (&tier.extension_days, &tier.extension_threshold) else {
        return Vec::new();
    };
    let numbers = (1..=tier.extensions.value).filter_map(NonZeroU32::new);
    numbers
        .map(|number| (EmergencyAction::Extend { number }, length.value, threshold.value))
        .collect()
}

/// One statement, and how far its signatures are.
struct Step {
    statement: Option<EmergencyStatement>,
    quorum: Quorum,
    reached_at: Option<Timestamp>,
}

impl Step {
    /// The same with nothing left to sign.
    fn over(self) -> Self {
        Self {
            statement: None,
            ..self
        }
    }
}

fn signed(
    electorate: &Electorate,
    case: &EmergencyCase<'_>,
    (action, duration_days): (EmergencyAction, u32),
    (threshold, votes): (Threshold, &[EmergencyVote]),
) -> Option<Step> {
    let statement = statement(case, action, duration_days)?;
    let digest = Statement::Emergency(statement.clone()).digest();
    let ballot = Ballot {
        statements: BTreeMap::from([(digest, threshold.required)]),
        threshold,
        excluded: case.excluded.clone(),
    };
    let mut votes: Vec<&EmergencyVote> = votes.iter().filter(|vote| vote.statement == statement).collect();
    votes.sort_by_key(|vote| vote.received_at);
    let proofs: Vec<Verified> = votes.iter().map(|vote| vote.proof.clone()).collect();
    let counted = |many: usize| count(&electorate.keyholders, &ballot, &proofs[..many]);
    let reached = (1..=proofs.len()).find(|many| threshold.required > 0 && counted(*many).is_reached());
    let reached_at = reached.and_then(|many| votes.get(many - 1).map(|vote| vote.received_at));
    Some(Step {
        quorum: counted(proofs.len()),
        statement: Some(statement),
        reached_at,
    })
}

fn statement(
    case: &EmergencyCase<'_>,
    action: EmergencyAction,
    duration_days: u32,
) -> Option<EmergencyStatement> {
    let subject = case.subject;
    let name = format!("{}/{}", subject.owner, subject.repository);
    Some(EmergencyStatement {
        forge: subject.forge.parse().ok()?,
        repository_id: subject.repository_id,
        repository: name.parse().ok()?,
        tier: case.request.tier.clone(),
        pull_requests: format!("{name}#{}", subject.number).parse().ok()?,
        duration_days,
        evidence: case.request.evidence,
        action,
    })
}
