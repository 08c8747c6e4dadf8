//! Whether a worker hears the request to build, and whether its run can be told from all others.

use super::{Expectations, Findings};
use crate::expression::expressions;
use crate::wording::one_line;
use crate::{Code, Expression, Place, Severity, Text, Trigger, Workflow, evaluate_text};

/// The name that stands for any dispatch id while a run's name is tried out.
const TRIAL: &str = "trial-of-a-dispatch-id";

/// Whether a request reaches the file in one of its two forms.
pub(super) fn hears(workflow: &Workflow, expectations: &Expectations) -> bool {
    let by_workflow = workflow.trigger("workflow_dispatch");
    let complete = by_workflow.is_some_and(|trigger| missing_inputs(trigger, expectations).is_empty());
    complete || workflow.listens_for(&expectations.event_type)
}

/// Something in the file hears the request.
pub(super) fn listener(workflow: &Workflow, expectations: &Expectations, findings: &mut Findings<'_>) {
    if hears(workflow, expectations) {
        return;
    }
    let event_type = &expectations.event_type;
    let (place, message) = match (
        workflow.trigger("workflow_dispatch"),
        workflow.trigger("repository_dispatch"),
    ) {
        (Some(trigger), _) => {
            let missing = missing_inputs(trigger, expectations).join(", ");
            let message = format!(
                "nothing here hears the event type `{event_type}`, and `workflow_dispatch` does not declare {missing}, so that \
                 GitHub refuses a request that has them"
            );
            (trigger.event.place, message)
        }
        (None, Some(trigger)) => {
            let types = trigger.types.iter().flatten();
            let types: Vec<String> = types.map(|name| format!("`{}`", name.value)).collect();
            let message = format!(
                "`repository_dispatch` hears {}, not `{event_type}`",
                one_line(&types.join(", "))
            );
            (trigger.event.place, message)
        }
        (None, None) => {
            let message = format!(
                "nothing here hears a request to build: no `workflow_dispatch`, no `repository_dispatch` of \
                 type `{event_type}`"
            );
            (first_trigger(workflow), message)
        }
    };
    let inputs: Vec<&str> = expectations.inputs.iter().map(String::as_str).collect();
    let remedy = format!(
        "add `repository_dispatch` with `types: [{event_type}]`, or `workflow_dispatch` with the inputs {}; a file that is not a \
         worker's says so in a line `# governance-role: release` or `check`",
        inputs.join(", ")
    );
    findings.add(
        (Severity::Error, Code::NoListener),
        (place, "on"),
        message,
        &remedy,
    );
}

fn first_trigger(workflow: &Workflow) -> Place {
    workflow
        .triggers
        .first()
        .map_or(Place::START, |trigger| trigger.event.place)
}

fn missing_inputs(trigger: &Trigger, expectations: &Expectations) -> Vec<String> {
    let missing = |name: &&String| trigger.input(name).is_none();
    expectations.inputs.iter().filter(missing).cloned().collect()
}

/// The run's name shows the dispatch id, whichever way the request came.
pub(super) fn run_name(workflow: &Workflow, expectations: &Expectations, findings: &mut Findings<'_>) {
    let ways = ways(workflow, expectations);
    let id = &expectations.dispatch_id;
    let remedy = format!(
        "write `run-name: build [${{{{ inputs.{id} || github.event.client_payload.{id} }}}}]`: it is how a run is found again"
    );
    let about = (Severity::Error, Code::NoDispatchId);
    let Some(run_name) = &workflow.run_name else {
        if !ways.is_empty() {
            let message =
                "there is no `run-name`, so a run does not show which request it answers".to_owned();
            findings.add(about, (first_trigger(workflow), "run-name"), message, &remedy);
        }
        return;
    };
    let silent: Vec<&str> = ways
        .iter()
        .filter(|way| !shows(run_name, &way.names))
        .map(|way| way.event)
        .collect();
    if !silent.is_empty() {
        let message = format!(
            "the run's name does not show the dispatch id of a request by {}",
            silent.join(" or ")
        );
        findings.add(about, (run_name.place, "run-name"), message, &remedy);
    }
}

/// A way by which the request comes, and the names that the dispatch id has then.
struct Way {
    event: &'static str,
    names: Vec<String>,
}

/// The ways that the file has opened.
fn ways(workflow: &Workflow, expectations: &Expectations) -> Vec<Way> {
    let id = &expectations.dispatch_id;
    let by_workflow = Way {
        event: "workflow_dispatch",
        names: vec![format!("inputs.{id}"), format!("github.event.inputs.{id}")],
    };
    let by_repository = Way {
        event: "repository_dispatch",
        names: vec![format!("github.event.client_payload.{id}")],
    };
    [by_workflow, by_repository]
        .into_iter()
        .filter(|way| workflow.trigger(way.event).is_some())
        .collect()
}

/// Whether a text shows what one of the names stands for. What cannot be tried out is searched for the names.
fn shows(text: &Text, names: &[String]) -> bool {
    let is_id = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    match evaluate_text(&text.value, |name| is_id(name).then(|| TRIAL.to_owned())) {
        Ok(shown) => shown.contains(TRIAL),
        Err(_) => expressions(&text.value)
            .iter()
            .flatten()
            .any(|expression| mentions(expression, &is_id)),
    }
}

fn mentions(expression: &Expression, is_id: &dyn Fn(&str) -> bool) -> bool {
    let itself = expression.dotted_name().is_some_and(|name| is_id(&name));
    itself
        || expression
            .operands()
            .into_iter()
            .any(|operand| mentions(operand, is_id))
}
