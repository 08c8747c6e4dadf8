//! The workflow file of every component does what a request to build asks of it: on the default branch, where GitHub looks for who
//! listens, and at the tag, where a build is started.

use crate::configuration::WorkerKind;
use crate::github::doctor::fact::{Fact, Question};
use crate::github::doctor::facts::{Facts, WorkerFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use crate::github::planning::WORKFLOWS;
use github_client::RepositoryFile;
use workflow_model::{Code as WorkflowCode, Expectations, parse_workflow};

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .workers
        .iter()
        .flat_map(|worker| check_worker(worker, facts))
        .collect()
}

fn check_worker(worker: &WorkerFacts, facts: &Facts) -> Vec<Finding> {
    let mut findings = at(worker, &worker.default_branch, &worker.file_on_default, facts);
    let digest = |file: &Fact<RepositoryFile>| file.known().map(|file| file.blob_sha.clone());
    let is_same = digest(&worker.file_at_tag) == digest(&worker.file_on_default);
    // Without the tag there is nothing at it, and that is said elsewhere.
    if worker.commit.known().is_some() && !is_same {
        findings.extend(at(worker, worker.tag.as_str(), &worker.file_at_tag, facts));
    }
    findings
}

fn at(worker: &WorkerFacts, reference: &str, file: &Fact<RepositoryFile>, facts: &Facts) -> Vec<Finding> {
    let path = format!("{WORKFLOWS}{}", worker.workflow);
    let page = facts
        .pages
        .repository(&worker.source, &format!("blob/{reference}/{path}"));
    let about = format!("{path} of {} at {reference}", worker.source);
    let question = Question {
        about: &about,
        place: (&page, "workflow"),
        severity: Severity::Error,
        denied: "install the App on the repository, with `contents: read` at least",
        absent: "write it with `governance workflow init`, or name the file that builds as `workflow` in [repositories.NAME]",
    };
    match file.or_finding(&question) {
        Ok(file) => read(file, worker, (&page, reference)),
        Err(mut finding) => {
            if finding.code == Code::Absent {
                finding.code = Code::NoWorkflow;
            }
            vec![finding]
        }
    }
}

fn read(file: &RepositoryFile, worker: &WorkerFacts, (page, reference): (&str, &str)) -> Vec<Finding> {
    let name = format!("{}/{WORKFLOWS}{}@{reference}", worker.source, worker.workflow);
    let unreadable = |why: String, remedy: &str| {
        vec![Finding::of_setting(
            (Severity::Error, Code::WorkflowUnreadable),
            (page, "workflow"),
            format!("{name}: {why}"),
            remedy,
        )]
    };
    let Ok(text) = std::str::from_utf8(&file.bytes) else {
        return unreadable("it is not UTF-8".to_owned(), "write it as UTF-8");
    };
    let expectations = Expectations {
        event_type: worker.event_type.clone(),
        ..Expectations::default()
    };
    match parse_workflow(&name, text) {
        Ok(workflow) => workflow_model::check(&workflow, &expectations)
            .into_iter()
            .map(|found| Finding::of_workflow(borne(found, worker.kind)))
            .collect(),
        Err(error) => unreadable(format!("{}: {}", error.place, error.kind), error.kind.remedy()),
    }
}

/// A worker that is known to know no dispatch id keeps production releases from being made, which whoever configured it has chosen.
fn borne(mut found: workflow_model::Finding, kind: WorkerKind) -> workflow_model::Finding {
    if kind == WorkerKind::Legacy && found.code == WorkflowCode::NoDispatchId {
        found.severity = Severity::Warning;
        found.remedy = format!(
            "{}; then take `worker = \"legacy\"` out of the configuration: until then only prereleases are made",
            found.remedy
        );
    }
    found
}
