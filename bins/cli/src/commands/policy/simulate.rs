//! `governance policy simulate`: what would be said of a pull request if something were so.

use super::facts::{self, Facts};
use super::suppose::Supposed;
use crate::arguments::{Format, SimulateArguments};
use crate::commands::standing::{line, tree};
use crate::{Exit, Failure, Surroundings, block_on, output};
use governance_rules::{
    Difference, Electorate, FactsDocument, Outcome, Restored, Ruleset, Saying, Verdict, difference, evaluate,
};
use serde_json::{Value, json};

/// What was found.
struct Simulation {
    name: String,
    supposed: Supposed,
    present: Verdict,
    simulated: Verdict,
    difference: Difference,
    notes: Vec<String>,
}

/// Judges as if, and shows what that changes.
pub(super) fn run(arguments: &SimulateArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let rules = super::read(&arguments.rules)?;
    let Facts { document, .. } = match (&arguments.facts, &arguments.pull_request) {
        (Some(path), _) => facts::of_file(path)?,
        (None, Some(pull_request)) => {
            block_on(facts::of_server(pull_request, &arguments.server, surroundings))??
        }
        (None, None) => {
            return Err(Failure::usage(
                "no pull request is named",
                "write `--facts FILE`, or `OWNER/NAME#NUMBER --server URL`",
            ));
        }
    };
    let simulation = simulate(arguments, &document, &rules)?;
    match arguments.format.format {
        Format::Json => output::json(&as_json(&simulation, &document)?)?,
        Format::Text => output::result(&text(&simulation)?)?,
    }
    Ok(match simulation.simulated.outcome {
        Outcome::Success | Outcome::NotGoverned => Exit::Yes,
        Outcome::Pending | Outcome::Failure | Outcome::Error => Exit::No,
    })
}

fn simulate(
    arguments: &SimulateArguments,
    document: &FactsDocument,
    rules: &Ruleset,
) -> Result<Simulation, Failure> {
    let supposed = Supposed::of(&arguments.supposed, document, rules)?;
    let present = document.restored(rules);
    let notes = notes(document, &present, &supposed, rules);
    let present = evaluate(rules, &present.facts);
    let then = supposed.put_into(document, rules).restored(rules);
    let simulated = supposed.verdict(rules, then.facts)?;
    let subject = &document.subject;
    Ok(Simulation {
        name: format!("{}/{}#{}", subject.owner, subject.repository, subject.number),
        supposed,
        difference: difference(&present, &simulated),
        present,
        simulated,
        notes,
    })
}

/// What whoever asks has to know of the answer.
fn notes(document: &FactsDocument, present: &Restored, supposed: &Supposed, rules: &Ruleset) -> Vec<String> {
    let mut notes = Vec::new();
    let electorate = Electorate::of(rules, &document.subject.repository);
    for login in supposed.signed.iter().filter(|login| !electorate.can_sign(login)) {
        notes.push(format!(
            "a signature of {login} counts for nothing here: by these rules no key of theirs does"
        ));
    }
    for key in &present.unverified {
        notes.push(format!(
            "a signature by {key} is not counted: it cannot be verified with a key of these rules"
        ));
    }
    let decided = document.decided.as_ref().map(|decided| decided.ruleset);
    if let Some(theirs) = decided.filter(|theirs| *theirs != rules.digest().sha256()) {
        notes.push(format!("it was decided by other rules: {theirs}"));
    }
    notes
}

fn as_json(simulation: &Simulation, document: &FactsDocument) -> Result<Value, Failure> {
    let subject = &document.subject;
    Ok(json!({
        "schema": "governance/simulation/v1",
        "repository": format!("{}/{}", subject.owner, subject.repository),
        "number": subject.number,
        "head": subject.head_sha,
        "ruleset_digest": simulation.simulated.ruleset,
        "supposed": value(&simulation.supposed)?,
        "notes": simulation.notes,
        "present": value(&simulation.present)?,
        "simulated": value(&simulation.simulated)?,
        "difference": value(&simulation.difference)?,
    }))
}

fn value(of: &impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(of)
        .map_err(|error| Failure::world(format!("failed to write JSON: {error}"), "report this as a bug"))
}

fn text(simulation: &Simulation) -> Result<String, Failure> {
    let mut page = String::new();
    let Simulation {
        name,
        supposed,
        present,
        simulated,
        ..
    } = simulation;
    line(
        &mut page,
        0,
        &format!("{name} would be {}", simulated.outcome.as_str()),
    );
    line(&mut page, 0, &simulated.description());
    line(
        &mut page,
        0,
        &format!("as of {}, rules {}", simulated.observed_at, simulated.ruleset),
    );
    let words = supposed.words();
    if !words.is_empty() {
        line(&mut page, 0, &format!("supposed: {}", words.join("; ")));
    }
    for note in &simulation.notes {
        line(&mut page, 0, &format!("note: {note}"));
    }
    for ruling in &simulated.rulings {
        tree(&mut page, &value(ruling)?, 0);
    }
    if simulation.difference.is_empty() {
        line(
            &mut page,
            0,
            &format!("nothing changes: it is {}", present.outcome.as_str()),
        );
        return Ok(page);
    }
    let against = format!("against the present verdict, {}:", present.outcome.as_str());
    line(&mut page, 0, &against);
    differing(&mut page, &simulation.difference);
    Ok(page)
}

/// What is said otherwise, a rule each.
pub(super) fn differing(page: &mut String, difference: &Difference) {
    let word = |said: &Option<Saying>| {
        let outcome = said.as_ref().and_then(|said| said.outcome);
        outcome.map_or("-", Outcome::as_str)
    };
    for rule in &difference.rules {
        let told = |said: &Option<Saying>| {
            let said = said.as_ref();
            said.map_or_else(|| "nothing".to_owned(), |said| said.because.clone())
        };
        let (before, after) = (word(&rule.before), word(&rule.after));
        let turn = match before == after {
            true => String::new(),
            false => format!(" {before} -> {after}"),
        };
        line(page, 1, &format!("{}:{turn}", rule.rule));
        line(page, 2, &format!("was: {}", told(&rule.before)));
        line(page, 2, &format!("is: {}", told(&rule.after)));
    }
}
