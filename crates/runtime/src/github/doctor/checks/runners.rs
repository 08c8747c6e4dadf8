//! Jobs that ask for a runner of the organisation's own find one, and nobody else's pull request does.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::{Facts, WorkerFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use github_client::Runner;
use std::collections::BTreeSet;
use workflow_model::parse_workflow;

/// The label that every runner has which is not GitHub's.
const OWN: &str = "self-hosted";

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .workers
        .iter()
        .flat_map(|worker| check_worker(worker, facts))
        .collect()
}

fn check_worker(worker: &WorkerFacts, facts: &Facts) -> Vec<Finding> {
    let demands = demands(worker);
    let page = facts.pages.repository(&worker.source, "settings/actions/runners");
    let mut findings: Vec<Finding> = exposed(worker, &demands, &page).into_iter().collect();
    if demands.is_empty() {
        return findings;
    }
    let about = format!("the runners of {}", worker.source);
    let question = Question {
        about: &about,
        place: (&page, "runners"),
        severity: Severity::Warning,
        denied: "look at this page whether a runner is idle that has all labels, or give the App `administration: read`",
        absent: "look at this page yourself",
    };
    match worker.runners.or_finding(&question) {
        Ok(runners) => findings.extend(unserved(&demands, runners, &page)),
        Err(finding) => findings.push(finding),
    }
    findings
}

/// The lists of labels by which jobs ask for runners that are not GitHub's.
fn demands(worker: &WorkerFacts) -> BTreeSet<Vec<String>> {
    let files = [&worker.file_on_default, &worker.file_at_tag];
    let texts = files
        .into_iter()
        .filter_map(|file| std::str::from_utf8(&file.known()?.bytes).ok());
    // That a file cannot be read is said where files are read.
    let workflows = texts.filter_map(|text| parse_workflow(&worker.workflow, text).ok());
    workflows
        .flat_map(|workflow| workflow.jobs)
        .filter_map(|job| {
            let labels = job.runs_on?.labels;
            Some(labels.into_iter().map(|label| label.value).collect())
        })
        .filter(|labels: &Vec<String>| labels.iter().any(|label| label.eq_ignore_ascii_case(OWN)))
        .collect()
}

/// In a public repository anybody's pull request may change the workflow, and run what it likes on the runner.
fn exposed(worker: &WorkerFacts, demands: &BTreeSet<Vec<String>>, page: &str) -> Option<Finding> {
    let has_runners = worker.runners.known().is_some_and(|runners| !runners.is_empty());
    if worker.is_private || (demands.is_empty() && !has_runners) {
        return None;
    }
    Some(Finding::of_setting(
        (Severity::Warning, Code::RunnerInPublic),
        (page, "runners"),
        format!(
            "{} is public and has runners of the organisation's own: anybody's pull request may reach them",
            worker.source
        ),
        "build with GitHub's runners, or put these into a group that only named workflows may use, and demand approval for all outside \
         contributors",
    ))
}

fn unserved(demands: &BTreeSet<Vec<String>>, runners: &[Runner], page: &str) -> Vec<Finding> {
    let is_served = |labels: &Vec<String>| runners.iter().any(|runner| serves(runner, labels));
    let unserved = demands.iter().filter(|labels| !is_served(labels));
    unserved
        .map(|labels| {
            Finding::of_setting(
                // A runner of the organisation is not in the repository's list.
                (Severity::Warning, Code::NoRunner),
                (page, "runners"),
                format!(
                    "no runner of the repository is online that has all of: {}",
                    labels.join(", ")
                ),
                "start one, or see on this page that the organisation shares one with the repository",
            )
        })
        .collect()
}

fn serves(runner: &Runner, labels: &[String]) -> bool {
    let has = |label: &String| {
        let mut known = runner.labels.iter();
        known.any(|known| known.name.eq_ignore_ascii_case(label))
    };
    runner.status == "online" && labels.iter().all(has)
}
