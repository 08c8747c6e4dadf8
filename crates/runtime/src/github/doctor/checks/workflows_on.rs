//! Workflows can be started: none is turned off, nor are all of them.

use crate::github::doctor::fact::{Fact, Question};
use crate::github::doctor::facts::{Facts, WorkerFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use github_client::{ActionsPermissions, WorkflowInfo, WorkflowState};
use std::collections::BTreeSet;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let each = facts.workers.iter();
    let each = each.flat_map(|worker| {
        registered(worker, facts)
            .into_iter()
            .chain(allowed(worker, facts))
    });
    each.chain(unseen(facts)).collect()
}

/// The repositories that do not show it, together: who grants it does so for all.
fn unseen(facts: &Facts) -> Option<Finding> {
    let is_denied = |worker: &&WorkerFacts| matches!(worker.actions, Fact::Denied(_));
    let denied = facts.workers.iter().filter(is_denied);
    let denied: BTreeSet<String> = denied.map(|worker| worker.source.to_string()).collect();
    if denied.is_empty() {
        return None;
    }
    let names: Vec<String> = denied.into_iter().collect();
    Some(Finding::of_setting(
        (Severity::Note, Code::Denied),
        (&facts.app_page("permissions"), "administration"),
        format!(
            "GitHub does not show whether workflows may run in {}",
            names.join(", ")
        ),
        "look at \"Actions permissions\" below settings/actions of each, or give the App `administration: read`",
    ))
}

fn registered(worker: &WorkerFacts, facts: &Facts) -> Option<Finding> {
    // That the file is not there is said where files are read.
    worker.file_on_default.known()?;
    let page = facts
        .pages
        .repository(&worker.source, &format!("actions/workflows/{}", worker.workflow));
    let about = format!("the workflow {} of {}", worker.workflow, worker.source);
    let question = Question {
        about: &about,
        place: (&page, "state"),
        severity: Severity::Error,
        denied: "give the App `actions: read` at least",
        absent: "see at this page whether GitHub takes the file for a workflow",
    };
    match worker.registered.or_finding(&question) {
        Ok(workflow) => state(workflow, &about, question.place),
        Err(finding) => Some(finding),
    }
}

fn state(workflow: &WorkflowInfo, about: &str, place: (&str, &str)) -> Option<Finding> {
    let why = match &workflow.state {
        WorkflowState::Active => return None,
        WorkflowState::DisabledManually => "somebody has turned it off",
        WorkflowState::DisabledInactivity => "nothing has happened in the repository for sixty days",
        WorkflowState::DisabledFork => "the repository is a fork",
        WorkflowState::Deleted => "its file is gone",
        WorkflowState::Other(word) => word.as_str(),
    };
    Some(Finding::of_setting(
        (Severity::Error, Code::WorkflowOff),
        place,
        format!("{about} cannot be started: {why}"),
        "choose \"Enable workflow\" on this page",
    ))
}

fn allowed(worker: &WorkerFacts, facts: &Facts) -> Option<Finding> {
    let page = facts.pages.repository(&worker.source, "settings/actions");
    let about = format!("whether {} lets workflows run", worker.source);
    let question = Question {
        about: &about,
        place: (&page, "Actions permissions"),
        severity: Severity::Note,
        denied: "give the App `administration: read`",
        absent: "look at this page yourself",
    };
    match worker.actions.or_finding(&question) {
        Ok(permissions) => judge(permissions, worker, question.place),
        // Said for all repositories together.
        Err(finding) => (finding.code != Code::Denied).then_some(finding),
    }
}

fn judge(permissions: &ActionsPermissions, worker: &WorkerFacts, place: (&str, &str)) -> Option<Finding> {
    if !permissions.enabled {
        return Some(Finding::of_setting(
            (Severity::Error, Code::ActionsOff),
            place,
            format!("{} runs no workflows at all", worker.source),
            "choose \"Allow all actions and reusable workflows\" on this page, or those that the build needs",
        ));
    }
    let limit = permissions.allowed_actions.as_deref();
    let limit = limit.filter(|allowed| *allowed != "all")?;
    Some(Finding::of_setting(
        (Severity::Warning, Code::ActionsLimited),
        place,
        format!("{} allows some actions only (`{limit}`)", worker.source),
        format!(
            "see that the actions of {} are among those on this page",
            worker.workflow
        ),
    ))
}
