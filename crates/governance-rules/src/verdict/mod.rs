//! From rules and facts to a verdict: which rules hold, which do not, why, and what would change that. Nothing is looked up here, and
//! no other function decides the status of a pull request.

mod asked;
mod counting;
mod explain;
mod lowering;
mod owed;
mod remedy;
mod rules;
mod ruling;
mod statement;
mod wanted;

pub use lowering::{TierWish, tier_wish};
pub use remedy::{Giver, Remedy, Turns};
pub use ruling::{Outcome, Ruling};
pub use statement::statement;
pub use wanted::{Wanted, attestable, wanted};

use crate::requirement::requirement_of;
use crate::settings::Unknown;
use crate::{
    Electorate, Login, PullRequestFacts, Requirement, Ruleset, RulesetDigest, TierId, Unanswerable, classify,
};
use asked::Asked;
use domain_types::Timestamp;
use lowering::Lowered;
use remedy::{Typed, Who};
use serde::Serialize;
use signatures::{PublicKey, PullRequestApproval, TierLowering};
use std::collections::BTreeMap;

/// What the rules say of a pull request at the moment of the facts. It belongs to one head, one base and one set of rules.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// How far it is.
    pub outcome: Outcome,
    /// The tiers that the change falls into.
    pub tiers: Vec<TierId>,
    /// What it needs; none where no rule speaks of it.
    pub requirement: Option<Requirement>,
    /// What every rule says.
    pub rulings: Vec<Ruling>,
    /// When it turns by itself, if nothing else happens.
    pub turns_at: Option<Timestamp>,
    /// The rules that it was judged by.
    pub ruleset: RulesetDigest,
    /// When.
    pub observed_at: Timestamp,
    /// What a maintainer signs to approve it.
    #[serde(skip)]
    pub statement: Option<PullRequestApproval>,
    /// What maintainers sign that a lower tier holds, where one was asked for.
    #[serde(skip)]
    pub lowering: Option<TierLowering>,
}

/// Judges a pull request.
///
/// The same rules and facts give the same verdict for ever. A rule that cannot be asked is never one that is fulfilled.
pub fn evaluate(rules: &Ruleset, facts: &PullRequestFacts) -> Verdict {
    evaluate_as_if(rules, facts, &BTreeMap::new())
}

/// The same, as if each of these keys were one of the person beside it, where that person can sign anyway: for whoever wonders what a
/// signature would change, and has none. No status is made of such a verdict.
pub fn evaluate_as_if(
    rules: &Ruleset,
    facts: &PullRequestFacts,
    stand_ins: &BTreeMap<Login, PublicKey>,
) -> Verdict {
    let mut electorate = Electorate::of(rules, &facts.subject.repository);
    for (login, key) in stand_ins {
        electorate.stand_in(login, key);
    }
    let lowered = lowering::apply(rules, facts, &electorate);
    let lower = lowered.as_ref().and_then(|lowered| lowered.facts.as_deref());
    judged(rules, lower.unwrap_or(facts), (&electorate, lowered.as_ref()))
}

/// Judges by the facts, among which a lower tier may be.
fn judged(
    rules: &Ruleset,
    facts: &PullRequestFacts,
    (electorate, lowered): (&Electorate, Option<&Lowered>),
) -> Verdict {
    let repository = &facts.subject.repository;
    let found = classify(rules, repository, &facts.change);
    let needed = match requirement_of(rules, (repository, &facts.change), &found) {
        Ok(needed) => needed,
        Err(unanswerable) => return unknown(rules, facts, &unanswerable),
    };
    let tiers: Vec<TierId> = found.tiers.keys().cloned().collect();
    let statement = statement::statement(&facts.subject, &tiers, &needed);
    let asked = Asked {
        rules,
        facts,
        requirement: &needed,
        found: &found,
        electorate,
    };
    let mut rulings = rules::judge_all(&asked);
    rulings.extend(lowered.map(|lowered| lowered.ruling.clone()));
    rulings.extend(
        statement
            .as_ref()
            .err()
            .map(|why| statement::cannot_be_stated(why, &facts.subject)),
    );
    Verdict {
        outcome: worst(&rulings),
        tiers,
        turns_at: next_turn(&rulings),
        rulings,
        requirement: Some(needed),
        ruleset: rules.digest,
        observed_at: facts.observed_at,
        statement: statement.ok(),
        lowering: lowered.map(|lowered| lowered.statement.clone()),
    }
}

fn worst(rulings: &[Ruling]) -> Outcome {
    // Without any rule nothing was judged.
    let worst = rulings.iter().map(|ruling| ruling.outcome).max();
    worst.unwrap_or(Outcome::Error)
}

/// The next time at which any rule turns. The verdict is asked for again then, and may only say when the next one turns.
fn next_turn(rulings: &[Ruling]) -> Option<Timestamp> {
    rulings.iter().filter_map(Ruling::next_turn).min()
}

/// What is said where no rules can be used at all: nothing can be judged then, and nothing is ever a success.
pub fn without_rules(reason: &str) -> Ruling {
    let remedy = Remedy::new(
        "rules that can be read, and that were accepted",
        Who::one(Giver::OtherRules).and(Giver::Operator),
        Typed::one("governance policy check DIR").or("governance-app check-config"),
        Turns::OnceGiven,
    );
    let because = format!("the rules cannot be used: {reason}");
    Ruling::unmet("rules", Outcome::Error, because, remedy)
}

/// A repository of which the rules say nothing.
fn unknown(rules: &Ruleset, facts: &PullRequestFacts, why: &Unanswerable) -> Verdict {
    let repository = &facts.subject.repository;
    let remedy = Remedy::of_rules(
        "a layer that lists this repository in config/repository-layers.yml",
        format!("config/repository-layers.yml: layers.LAYER.repositories: [{repository}]"),
    );
    let outcome = match rules.settings.unknown_repositories {
        Unknown::Ignore => Outcome::NotGoverned,
        Unknown::Block => Outcome::Error,
    };
    Verdict {
        outcome,
        tiers: Vec::new(),
        requirement: None,
        rulings: vec![Ruling::unmet("governed", outcome, why.to_string(), remedy)],
        turns_at: None,
        ruleset: rules.digest,
        observed_at: facts.observed_at,
        statement: None,
        lowering: None,
    }
}
