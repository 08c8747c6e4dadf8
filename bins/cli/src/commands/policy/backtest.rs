//! `governance policy backtest`: past pull requests, judged by changed rules.

use super::facts::{self, Facts};
use super::simulate::differing;
use crate::arguments::{BacktestArguments, Format};
use crate::commands::standing::line;
use crate::{Exit, Failure, Surroundings, block_on, output};
use domain_types::Timestamp;
use governance_rules::{Difference, FactsDocument, Outcome, Ruleset, Verdict, difference, evaluate};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// A past pull request, judged again.
#[derive(Serialize)]
struct Judged {
    repository: String,
    number: u64,
    /// As of when: its merge, or else the last look at it while it was open. What was decided before held until then, so that this is the
    /// moment at which the two words can be compared.
    observed_at: Timestamp,
    /// When it was decided; none where no decision is recorded.
    decided_at: Option<Timestamp>,
    /// Whether it was merged since.
    merged: bool,
    before: Outcome,
    after: Outcome,
    /// What the changed rules say, on one line.
    description: String,
    changes: bool,
    /// What the rules say otherwise; none where only the word of before is known.
    difference: Option<Difference>,
}

/// Which moment the words are of.
const AS_OF: &str =
    "as of its merge each, or of the last look at what is open: what was decided before held until then";

/// Judges all of them, and shows which decisions change.
pub(super) fn run(arguments: &BacktestArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let rules = super::read(&arguments.rules)?;
    let before = arguments.rules_before.as_deref().map(super::read).transpose()?;
    let mut all = Vec::new();
    let take = |facts: Facts| {
        all.push(judge(&facts, &rules, before.as_ref())?);
        Ok(())
    };
    let without = match &arguments.against {
        Some(path) => facts::of_lines(path, take).map(|()| Vec::new())?,
        None => block_on(facts::of_pages(&arguments.server, surroundings, take))??,
    };
    if all.is_empty() {
        return Err(Failure::usage(
            format!(
                "nothing was judged: {} pull requests have no facts",
                without.len()
            ),
            "name facts of pull requests, or wait until the server has decided something of them",
        ));
    }
    match arguments.format.format {
        Format::Json => output::json(&json!({
            "schema": "governance/backtest/v1",
            "ruleset_digest": rules.digest(),
            "ruleset_digest_before": before.as_ref().map(Ruleset::digest),
            "judged": all.len(),
            "changed": changed(&all),
            "turns": turns(&all),
            "pull_requests": all,
            "without_facts": without,
        }))?,
        Format::Text => output::result(&text(&all, &without))?,
    }
    Ok(match changed(&all) {
        0 => Exit::Yes,
        _ => Exit::No,
    })
}

fn judge(facts: &Facts, rules: &Ruleset, before: Option<&Ruleset>) -> Result<Judged, Failure> {
    let document = &facts.document;
    let by = |rules: &Ruleset| evaluate(rules, &document.restored(rules).facts);
    let after = by(rules);
    let (was, difference) = match before {
        Some(before) => {
            let before = by(before);
            (before.outcome, Some(difference(&before, &after)))
        }
        None => (recorded(facts)?, None),
    };
    Ok(judged(document, was, &after, difference))
}

fn judged(document: &FactsDocument, was: Outcome, after: &Verdict, difference: Option<Difference>) -> Judged {
    let subject = &document.subject;
    Judged {
        repository: format!("{}/{}", subject.owner, subject.repository),
        number: subject.number,
        observed_at: document.observed_at,
        decided_at: document.decided.as_ref().map(|decided| decided.at),
        merged: document
            .decided
            .as_ref()
            .is_some_and(|decided| decided.merged.is_some()),
        before: was,
        after: after.outcome,
        description: after.description(),
        changes: was != after.outcome,
        difference,
    }
}

/// What was decided then.
fn recorded(facts: &Facts) -> Result<Outcome, Failure> {
    let decided = facts.document.decided.as_ref();
    decided.map(|decided| decided.outcome).ok_or_else(|| {
        Failure::usage(
            format!("{}: there is no `decided` to compare with", facts.place),
            "name the rules of before with `--rules-before DIR`",
        )
    })
}

fn changed(all: &[Judged]) -> usize {
    all.iter().filter(|judged| judged.changes).count()
}

/// How many turn from what to what.
fn turns(all: &[Judged]) -> BTreeMap<String, u32> {
    let mut turns = BTreeMap::new();
    for judged in all.iter().filter(|judged| judged.changes) {
        let turn = format!("{} -> {}", judged.before.as_str(), judged.after.as_str());
        *turns.entry(turn).or_default() += 1;
    }
    turns
}

fn text(all: &[Judged], without: &[String]) -> String {
    let mut page = String::new();
    for judged in all.iter().filter(|judged| judged.changes) {
        let (before, after) = (judged.before.as_str(), judged.after.as_str());
        let moment = if judged.merged {
            "its merge"
        } else {
            "its last look"
        };
        let at = format!("as of {moment}, {}", judged.observed_at);
        let name = format!(
            "{}#{}: {before} -> {after} ({at})",
            judged.repository, judged.number
        );
        line(&mut page, 0, &name);
        match &judged.difference {
            Some(difference) => differing(&mut page, difference),
            None => line(&mut page, 1, &judged.description),
        }
    }
    for without in without {
        line(&mut page, 0, &format!("not judged: {without}"));
    }
    let many = all.len();
    let pull_requests = if many == 1 {
        "pull request"
    } else {
        "pull requests"
    };
    let summary = match changed(all) {
        0 => format!("{many} {pull_requests} judged: every decision stays what it was"),
        1 => format!("{many} {pull_requests} judged: 1 decision changes"),
        changed => format!("{many} {pull_requests} judged: {changed} decisions change"),
    };
    let summary = match without.len() {
        0 => summary,
        left => format!("{summary}; {left} could not be judged"),
    };
    line(&mut page, 0, &summary);
    line(&mut page, 1, AS_OF);
    for (turn, many) in turns(all) {
        line(&mut page, 1, &format!("{turn}: {many}"));
    }
    let others = |judged: &&Judged| {
        let difference = judged.difference.as_ref();
        !judged.changes && difference.is_some_and(|difference| !difference.is_empty())
    };
    match all.iter().filter(others).count() {
        0 => {}
        others => line(
            &mut page,
            1,
            &format!("the same word for other reasons: {others}"),
        ),
    }
    page
}
