//! From rules and facts to a verdict: which rules hold, which do not, why, and what would change that. Nothing is looked up here, and
//! no other function decides the status of a pull request.

mod asked;
mod explain;
mod owed;
mod rules;
mod ruling;
mod statement;
mod wanted;

pub use ruling::{Outcome, Remedy, Ruling};
pub use statement::statement;
pub use wanted::{Wanted, attestable, wanted};

use crate::settings::Unknown;
use crate::{
    Electorate, Login, PullRequestFacts, Requirement, Ruleset, RulesetDigest, TierId, Unanswerable, classify,
    requirement,
};
use asked::Asked;
use domain_types::Timestamp;
use serde::Serialize;
use signatures::{PublicKey, PullRequestApproval};
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
    let repository = &facts.subject.repository;
    let needed = match requirement(rules, repository, &facts.change) {
        Ok(needed) => needed,
        Err(unanswerable) => return unknown(rules, facts, &unanswerable),
    };
    let found = classify(rules, repository, &facts.change);
    let tiers: Vec<TierId> = found.tiers.keys().cloned().collect();
    let mut electorate = Electorate::of(rules, repository);
    for (login, key) in stand_ins {
        electorate.stand_in(login, key);
    }
    let statement = statement::statement(&facts.subject, &tiers, &needed);
    let asked = Asked {
        rules,
        facts,
        requirement: &needed,
        electorate: &electorate,
    };
    let mut rulings = rules::judge_all(&asked);
    rulings.extend(statement.as_ref().err().map(statement::cannot_be_stated));
    Verdict {
        outcome: worst(&rulings),
        tiers,
        turns_at: next_turn(&rulings),
        rulings,
        requirement: Some(needed),
        ruleset: rules.digest,
        observed_at: facts.observed_at,
        statement: statement.ok(),
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

/// A repository of which the rules say nothing.
fn unknown(rules: &Ruleset, facts: &PullRequestFacts, why: &Unanswerable) -> Verdict {
    let remedy = Remedy {
        missing: "a layer that lists this repository in config/repository-layers.yml".to_owned(),
        ..Remedy::default()
    };
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
    }
}
