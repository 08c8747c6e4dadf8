//! What is supposed of a pull request, put into its facts: judged by the same function that the gate asks.

use crate::Failure;
use crate::arguments::SupposedArguments;
use domain_types::{Sha256Digest, Timestamp};
use governance_rules::{
    Approval, Change, CheckFact, CheckState, FactsDocument, Login, PullRequestFacts, Ruleset, RunFact,
    Verdict, evaluate_as_if,
};
use serde::Serialize;
use signatures::{PublicKey, Scheme, SigningKey, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// What keys that stand in for others are drawn from: they are everybody's, and count nowhere but here.
const STAND_IN: &str = "governance-app/stand-in/v1";
/// Where workflows are.
const WORKFLOWS: &str = ".github/workflows/";

/// What is supposed, as it is told.
#[derive(Debug, Default, Serialize)]
pub(super) struct Supposed {
    pub(super) signed: BTreeSet<Login>,
    pub(super) at: Option<Timestamp>,
    pub(super) paths: Vec<String>,
    pub(super) tier: Option<String>,
    pub(super) checks: Vec<String>,
    pub(super) workflows: Vec<String>,
    pub(super) ready: bool,
    pub(super) no_holds: bool,
}

impl Supposed {
    /// What was typed, for these facts and rules.
    pub(super) fn of(
        arguments: &SupposedArguments,
        facts: &FactsDocument,
        rules: &Ruleset,
    ) -> Result<Self, Failure> {
        let now = facts.observed_at;
        let at = arguments
            .at
            .or_else(|| arguments.after.map(|span| now.plus_seconds(span.seconds)));
        if let Some(at) = at.filter(|at| *at < now) {
            return Err(Failure::usage(
                format!("{at} lies before the facts, which are of {now}"),
                "name a later time: what was before is not known",
            ));
        }
        let tier = match &arguments.tier {
            Some(text) => Some(tier(rules, text)?),
            None => None,
        };
        Ok(Self {
            signed: arguments.signed.iter().cloned().collect(),
            at,
            paths: arguments.paths.clone(),
            tier,
            checks: arguments.check.clone(),
            workflows: arguments.workflow.clone(),
            ready: arguments.ready,
            no_holds: arguments.no_holds,
        })
    }

    /// The same in words, none where nothing is supposed.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self
            .signed
            .iter()
            .map(|login| format!("{login} signed"))
            .collect();
        words.extend(self.at.map(|at| format!("it is {at}")));
        if !self.paths.is_empty() {
            words.push(format!("the files are {}", self.paths.join(", ")));
        }
        words.extend(self.tier.iter().map(|tier| format!("it was raised to {tier}")));
        words.extend(self.checks.iter().map(|name| format!("the check {name} passed")));
        words.extend(
            self.workflows
                .iter()
                .map(|file| format!("the workflow {file} passed")),
        );
        words.extend(self.ready.then(|| "it is no draft".to_owned()));
        words.extend(self.no_holds.then(|| "nobody asks to wait".to_owned()));
        words
    }

    /// The facts as they would be.
    pub(super) fn put_into(&self, facts: &FactsDocument, rules: &Ruleset) -> FactsDocument {
        let mut facts = facts.clone();
        facts.observed_at = self.at.unwrap_or(facts.observed_at);
        if !self.paths.is_empty() {
            facts.change.paths = Change::of_paths(self.paths.iter().cloned()).paths;
            facts.change.more_than_listed = false;
            facts.removed.clear();
        }
        facts
            .change
            .raised
            .extend(self.tier.iter().filter_map(|tier| tier.parse().ok()));
        for name in &self.checks {
            pass_check(&mut facts, name, rules);
        }
        for file in &self.workflows {
            pass_workflow(&mut facts, file);
        }
        facts.is_draft &= !self.ready;
        if self.no_holds {
            facts.holds.clear();
        }
        facts
    }

    /// What would be said of these facts, if everybody signed who is supposed to.
    pub(super) fn verdict(&self, rules: &Ruleset, mut facts: PullRequestFacts) -> Result<Verdict, Failure> {
        let keys: BTreeMap<&Login, SigningKey> = self
            .signed
            .iter()
            .map(|login| Ok((login, stand_in(login)?)))
            .collect::<Result<_, Failure>>()?;
        let public = |(login, key): (&&Login, &SigningKey)| ((*login).clone(), key.public_key().clone());
        let stand_ins: BTreeMap<Login, PublicKey> = keys.iter().map(public).collect();
        let first = evaluate_as_if(rules, &facts, &stand_ins);
        let Some(statement) = first.statement.clone() else {
            return Ok(first);
        };
        for key in keys.values() {
            let whole = Statement::Approval(statement.clone());
            let at = facts.observed_at;
            let signed = key
                .sign(&whole)
                .and_then(|text| signatures::verify(&whole, &text, key.public_key(), at));
            facts.approvals.push(Approval {
                statement: statement.clone(),
                proof: signed.map_err(|error| no_stand_in(&error))?,
                received_at: at,
            });
        }
        Ok(evaluate_as_if(rules, &facts, &stand_ins))
    }
}

fn tier(rules: &Ruleset, text: &str) -> Result<String, Failure> {
    rules
        .find_tier(text)
        .map(|tier| tier.as_str().to_owned())
        .ok_or_else(|| {
            let tiers: Vec<&str> = rules.tier_ids().map(|tier| tier.as_str()).collect();
            Failure::usage(
                format!("the rules have no tier `{text}`"),
                &format!("name one of the tiers {}, or its number", tiers.join(", ")),
            )
        })
}

/// A check passed: of every App that said something of this name, and of every one that the rules ask for.
fn pass_check(facts: &mut FactsDocument, name: &str, rules: &Ruleset) {
    let asked = rules.required_checks().filter(|(asked, _)| *asked == name);
    let mut apps: BTreeSet<Option<u64>> = asked.map(|(_, app)| Some(u64::from(app))).collect();
    apps.extend(
        facts
            .checks
            .iter()
            .filter(|check| check.name == name)
            .map(|check| check.app),
    );
    facts.checks.retain(|check| check.name != name);
    facts.checks.extend(apps.into_iter().map(|app| CheckFact {
        name: name.to_owned(),
        app,
        state: CheckState::Passed,
    }));
}

fn pass_workflow(facts: &mut FactsDocument, file: &str) {
    let path = match file.starts_with(WORKFLOWS) {
        true => file.to_owned(),
        false => format!("{WORKFLOWS}{file}"),
    };
    facts.runs.retain(|run| run.path != path);
    facts.runs.push(RunFact {
        path,
        head: facts.subject.head_sha.clone(),
        event: "pull_request".to_owned(),
        is_own: true,
        state: CheckState::Passed,
    });
}

/// A key that stands in for those of a person.
fn stand_in(login: &Login) -> Result<SigningKey, Failure> {
    let secret = Sha256Digest::of(format!("{STAND_IN}\0{login}").as_bytes());
    SigningKey::from_secret(Scheme::Ed25519, *secret.as_bytes()).map_err(|error| no_stand_in(&error))
}

fn no_stand_in(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::world(
        format!("nobody can be supposed to sign: {error}"),
        "report this as a bug",
    )
}
