//! The verification gate: a workflow that must have passed for exactly this head.
//!
//! A workflow is known by its file: any file may bear its name. Runs that a push or a pull request of this repository started count, and of
//! several the worst: whoever can start another one must not be able to hide the first.

use crate::RunFact;
use crate::facts::CheckState;
use crate::model::Verification;
use crate::names::Repository;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::owed::owed;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who, key_of};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;
use crate::{Source, Spot};
use std::collections::BTreeMap;

/// Where GitHub looks for workflows.
const FOLDER: &str = ".github/workflows/";
/// What starts a run that counts. Others run with what somebody tells them, or on another commit.
const EVENTS: &[&str] = &["pull_request", "push"];

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let repository = Repository::from(&asked.facts.subject.repository);
    let gates = gates(asked, &repository);
    let mut wanted: BTreeMap<&str, Vec<Source>> = BTreeMap::new();
    let mut parts = Vec::new();
    for gate in gates.iter().filter(|gate| gate.required) {
        if !want(&mut wanted, &[gate], &gate.spot) {
            parts.push(unnamed(&gate.spot));
        }
    }
    let owed = owed(asked.rules, &repository);
    let of_rules = owed
        .iter()
        .filter(|owed| owed.wants_verification && owed.is_hit(&asked.facts.change));
    for owed in of_rules {
        if !want(&mut wanted, &gates, owed.spot) {
            parts.push(unnamed(owed.spot));
        }
    }
    let named = wanted
        .into_iter()
        .map(|(workflow, sources)| one(asked, workflow, &sources).by(sources));
    parts.extend(named);
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "verification",
        "workflows that must pass on the head",
        parts,
    ))
}

/// Notes that the workflows of these gates are wanted; says no if they name none.
fn want<'q>(wanted: &mut BTreeMap<&'q str, Vec<Source>>, gates: &[&'q Verification], spot: &Spot) -> bool {
    let named = gates.iter().filter_map(|gate| gate.workflow.as_ref());
    let mut is_named = false;
    for workflow in named {
        let sources = wanted.entry(workflow.value.as_str()).or_default();
        sources.push(source_of(&spot.key, spot));
        is_named = true;
    }
    is_named
}

/// Gates of the layers and of the repository itself, required or not.
fn gates<'q>(asked: &Asked<'q>, repository: &Repository) -> Vec<&'q Verification> {
    let layers = asked.rules.layers_with(repository);
    let of_layers = layers
        .iter()
        .filter_map(|number| asked.rules.layer(*number)?.verification.as_ref());
    let own = asked.rules.repositories.get(repository);
    of_layers
        .chain(own.and_then(|rules| rules.verification.as_ref()))
        .collect()
}

/// The path of a workflow that is named by its file, or by the path of that.
fn path_of(workflow: &str) -> Option<String> {
    let workflow = workflow.trim();
    let file = workflow.strip_prefix("./").unwrap_or(workflow);
    let file = file.strip_prefix(FOLDER).unwrap_or(file);
    let is_file = [".yml", ".yaml"].iter().any(|end| file.ends_with(end));
    (is_file && !file.contains('/')).then(|| format!("{FOLDER}{file}"))
}

fn one(asked: &Asked<'_>, workflow: &str, sources: &[Source]) -> Ruling {
    let Some(path) = path_of(workflow) else {
        let file = sources
            .first()
            .map_or("config/repository-layers.yml", |source| &source.file);
        let remedy = Remedy::of_rules(
            format!("the name of a file in `{FOLDER}`, such as `verify.yml`, in the rules"),
            format!("{file}: verification.ci_workflow: FILE.yml"),
        );
        let because = format!("{} is no file of a workflow", one_line(workflow));
        return Ruling::unmet("workflow", Outcome::Error, because, remedy);
    };
    let head = &asked.facts.subject.head_sha;
    let counts = |run: &&RunFact| {
        run.is_own && run.path == path && run.head == *head && EVENTS.contains(&run.event.as_str())
    };
    let state = asked.facts.runs.iter().filter(counts).map(|run| run.state).max();
    let name = one_line(&path);
    let (outcome, because, missing) = match state {
        Some(CheckState::Passed) => {
            let is_changed = asked.facts.change.touched().any(|touched| touched == path);
            // Whoever signs should look at what it ran.
            let itself = if is_changed {
                "; this change itself changes it"
            } else {
                ""
            };
            return Ruling::success("workflow", format!("{name} passed{itself}"));
        }
        Some(CheckState::Running) => (
            Outcome::Pending,
            "is not finished",
            format!("the end of {name} for {head}: it turns when that has passed"),
        ),
        Some(CheckState::Failed) => (
            Outcome::Failure,
            "did not pass",
            format!(
                "a successful end of every run of {name} for {head}: start it again, or push what makes it pass"
            ),
        ),
        None => (
            Outcome::Pending,
            "has not run",
            format!(
                "a run of {name} for {head} that a push or this pull request starts: it turns when that has passed"
            ),
        ),
    };
    let who = match outcome {
        Outcome::Failure => Who::author(asked.facts).and(Giver::Writers),
        Outcome::Success | Outcome::Pending | Outcome::Error | Outcome::NotGoverned => {
            Who::one(Giver::Writers)
        }
    };
    let remedy = Remedy::new(
        missing,
        who,
        Typed::page(&asked.facts.subject, "/checks").or("git push"),
        Turns::OnceGiven,
    );
    Ruling::unmet("workflow", outcome, format!("{name} {because}"), remedy)
}

/// A rule that wants a verification which no file names.
fn unnamed(spot: &Spot) -> Ruling {
    let remedy = Remedy::of_rules(
        "`verification` with its `ci_workflow` in the rules of this repository or of its layer",
        key_of(spot, "verification: {ci_workflow: FILE.yml}"),
    );
    let because = "no rule says which workflow verifies this repository";
    let ruling = Ruling::unmet("workflow", Outcome::Error, because, remedy);
    ruling.by(vec![source_of(&spot.key, spot)])
}
