//! A lower tier than the paths say: asked for by one maintainer, given by the signatures that the higher tiers need, for one head.
//!
//! What is lowered are tiers alone. Layers, the repository's own file, controls and consensus ask for what they ask for, and nothing is lowered
//! that would be made stricter in any part.

use super::asked::Asked;
use super::counting::{counted, expiry, is_reached, is_young};
use super::rules::wanted_attestations;
use super::ruling::Ruling;
use super::statement::statement;
use crate::requirement::requirement_of;
use crate::wording::list;
use crate::{
    Change, Electorate, Lowering, LoweringVote, PullRequestFacts, Requirement, Ruleset, Subject, TierId,
    classify,
};
use signatures::{Quorum, Statement, TierLowering, Tiers, Verified};
use std::collections::{BTreeMap, BTreeSet};

/// What it comes to that a maintainer names a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TierWish {
    /// It asks for something that is not asked for already: one word is enough.
    Raise,
    /// It asks for less than what holds: so many must sign this.
    Lower(Box<TierLowering>),
    /// It changes nothing.
    Nothing,
}

/// What it comes to that somebody names this tier for a change, where another lowering may have been asked for before.
pub fn tier_wish(
    rules: &Ruleset,
    (subject, change): (&Subject, &Change),
    tier: &TierId,
    before: Option<&TierId>,
) -> TierWish {
    let repository = &subject.repository;
    let known = |change: &Change| Needs::of(rules, subject, change);
    let Some(holding) = known(change) else {
        return TierWish::Nothing;
    };
    let as_asked = before.and_then(|before| known(&lowered(change, before)));
    let mut raised = change.clone();
    raised.raised.push(tier.clone());
    if let Some(before) = before {
        raised.lowered = Some(BTreeSet::from([before.clone(), tier.clone()]));
    }
    let adds = known(&raised).is_none_or(|raised| !as_asked.as_ref().unwrap_or(&holding).covers(&raised));
    let tiers = tiers_of(rules, repository, change);
    let is_same = tiers.len() == 1 && tiers.contains(tier);
    match (adds, is_same) {
        (true, _) => TierWish::Raise,
        (false, true) => TierWish::Nothing,
        (false, false) => {
            let is_less = known(&lowered(change, tier)).is_some_and(|lower| holding.covers(&lower));
            let asked = stated(subject, &tiers, (&holding.requirement, tier)).filter(|_| is_less);
            asked.map_or(TierWish::Nothing, |asked| TierWish::Lower(Box::new(asked)))
        }
    }
}

fn tiers_of(rules: &Ruleset, repository: &domain_types::RepoName, change: &Change) -> Vec<TierId> {
    classify(rules, repository, change)
        .tiers
        .keys()
        .cloned()
        .collect()
}

/// The change as one of this tier alone.
fn lowered(change: &Change, tier: &TierId) -> Change {
    Change {
        lowered: Some(BTreeSet::from([tier.clone()])),
        ..change.clone()
    }
}

/// The statement that lowers.
fn stated(
    subject: &Subject,
    tiers: &[TierId],
    (needed, asked): (&Requirement, &TierId),
) -> Option<TierLowering> {
    Some(TierLowering {
        holding: statement(subject, tiers, needed).ok()?,
        asked: Tiers::new(BTreeSet::from([asked.clone()])).ok()?,
    })
}

/// All that a change needs.
struct Needs {
    requirement: Requirement,
    attestations: BTreeSet<String>,
}

impl Needs {
    fn of(rules: &Ruleset, subject: &Subject, change: &Change) -> Option<Self> {
        let found = classify(rules, &subject.repository, change);
        let requirement = requirement_of(rules, (&subject.repository, change), &found).ok()?;
        let wanted = wanted_attestations(rules, &subject.repository, (change, &found));
        Some(Self {
            requirement,
            attestations: wanted.into_keys().map(str::to_owned).collect(),
        })
    }

    /// Whether whoever fulfils this fulfils the other as well.
    fn covers(&self, other: &Self) -> bool {
        let (one, other_needs) = (&self.requirement, &other.requirement);
        let keyholders = |needed: &Requirement| needed.keyholders.map_or(0, |holders| holders.required);
        one.required >= other_needs.required
            && one.review_days >= other_needs.review_days
            && keyholders(one) >= keyholders(other_needs)
            && one.is_emergency == other_needs.is_emergency
            // What names a tier that the rules do not have asks for nobody knows what.
            && one.satisfiable
            && other_needs.satisfiable
            && other.attestations.is_subset(&self.attestations)
    }
}

/// How far a lowering is.
pub(super) struct Lowered {
    /// What is signed for it.
    pub(super) statement: TierLowering,
    /// The facts with the lower tier, if enough have signed.
    pub(super) facts: Option<Box<PullRequestFacts>>,
    /// What is said of it.
    pub(super) ruling: Ruling,
}

/// How far the lowering is that was asked for; none if there is none, or if it cannot be put into a statement.
fn judge(asked: &Asked<'_>, tiers: &[TierId]) -> Option<Lowered> {
    let facts = asked.facts;
    let lowering = facts.lowering.as_ref()?;
    let whole = stated(&facts.subject, tiers, (asked.requirement, &lowering.tier))?;
    let votes = votes(asked, lowering, &whole);
    let (maintainers, keyholders) = quorums(asked, &whole, &votes);
    let change = lowered(&facts.change, &lowering.tier);
    let covers = |other: &Needs| {
        Needs::of(asked.rules, &facts.subject, &facts.change).is_some_and(|holding| holding.covers(other))
    };
    let is_known = asked.rules.tier(&lowering.tier).is_some();
    let is_less =
        is_known && Needs::of(asked.rules, &facts.subject, &change).is_some_and(|other| covers(&other));
    let is_signed = is_reached(&maintainers) && keyholders.as_ref().is_none_or(is_reached);
    let quorums = [Some(&maintainers), keyholders.as_ref()];
    let because = said(tiers, lowering, (is_less, is_signed), quorums);
    let ends = votes.iter().filter_map(|vote| expiry(asked, vote.received_at));
    Some(Lowered {
        statement: whole,
        facts: (is_less && is_signed).then(|| {
            Box::new(PullRequestFacts {
                change,
                ..facts.clone()
            })
        }),
        ruling: Ruling::success("tier lowering", because).until(ends.min()),
    })
}

/// The signatures of exactly this, that are not too old.
fn votes<'a>(asked: &Asked<'_>, lowering: &'a Lowering, whole: &TierLowering) -> Vec<&'a LoweringVote> {
    let votes = lowering.votes.iter();
    let is_it = |vote: &&LoweringVote| vote.statement == *whole && is_young(asked, vote.received_at);
    votes.filter(is_it).collect()
}

fn quorums(asked: &Asked<'_>, whole: &TierLowering, votes: &[&LoweringVote]) -> (Quorum, Option<Quorum>) {
    let threshold = whole.holding.required.threshold();
    let keyholders = threshold.keyholders;
    let told = (
        threshold.maintainers.required,
        keyholders.map_or(0, |keyholders| keyholders.required),
    );
    let statements = BTreeMap::from([(Statement::TierLowering(whole.clone()).digest(), told)]);
    let proofs: Vec<Verified> = votes.iter().map(|vote| vote.proof.clone()).collect();
    counted(asked, (statements, keyholders), &proofs)
}

fn said(
    tiers: &[TierId],
    lowering: &Lowering,
    (is_less, is_signed): (bool, bool),
    quorums: [Option<&Quorum>; 2],
) -> String {
    let tiers: Vec<String> = tiers.iter().map(ToString::to_string).collect();
    let (tier, tiers) = (&lowering.tier, list(&tiers));
    let counts: Vec<String> = quorums
        .into_iter()
        .zip(["maintainers", "keyholders"])
        .filter_map(|(quorum, who)| Some(of_quorum(quorum?, who)))
        .collect();
    let counts = counts.join("; ");
    match (is_less, is_signed) {
        (false, _) => format!("{tier} asks for something that {tiers} do not: that lowers nothing"),
        (true, true) => format!("{tier} holds instead of {tiers}: {counts}"),
        (true, false) => format!(
            "{} asks for {tier} instead of {tiers}: {counts}; until enough have signed that, nothing is lowered",
            lowering.by
        ),
    }
}

fn of_quorum(quorum: &Quorum, who: &str) -> String {
    let names =
        |people: &BTreeSet<crate::Login>| -> Vec<String> { people.iter().map(ToString::to_string).collect() };
    let signed = match names(quorum.counted()).as_slice() {
        [] => "nobody signed".to_owned(),
        signed => format!("signed by {}", list(signed)),
    };
    let could = match names(quorum.could_still()).as_slice() {
        could if could.is_empty() || quorum.is_reached() => String::new(),
        could => format!(", {} can", list(could)),
    };
    format!(
        "{} of {} {who}: {signed}{could}",
        quorum.counted().len(),
        quorum.required()
    )
}

/// Judges with the lower tier where enough have signed it.
pub(super) fn apply(rules: &Ruleset, facts: &PullRequestFacts, electorate: &Electorate) -> Option<Lowered> {
    facts.lowering.as_ref()?;
    let repository = &facts.subject.repository;
    let found = classify(rules, repository, &facts.change);
    let requirement = requirement_of(rules, (repository, &facts.change), &found).ok()?;
    let tiers: Vec<TierId> = found.tiers.keys().cloned().collect();
    let asked = Asked {
        rules,
        facts,
        requirement: &requirement,
        found: &found,
        electorate,
    };
    judge(&asked, &tiers)
}
