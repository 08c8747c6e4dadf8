//! Expressions that cannot be read, wherever in the file they stand.

use super::Findings;
use crate::expression::expressions;
use crate::{Code, Entry, Job, Severity, Step, Text, Workflow, parse_expression};

pub(super) fn check(workflow: &Workflow, findings: &mut Findings<'_>) {
    template(findings, "run-name", workflow.run_name.as_ref());
    entries(findings, "env", &workflow.env);
    for job in &workflow.jobs {
        of_job(findings, &format!("jobs.{}", job.id.value), job);
    }
}

fn of_job(findings: &mut Findings<'_>, path: &str, job: &Job) {
    condition(findings, path, job.condition.as_ref());
    template(findings, &format!("{path}.name"), job.name.as_ref());
    template(
        findings,
        &format!("{path}.timeout-minutes"),
        job.timeout_minutes.as_ref(),
    );
    for label in job.runs_on.iter().flat_map(|runs_on| &runs_on.labels) {
        template(findings, &format!("{path}.runs-on"), Some(label));
    }
    for (name, list) in [("env", &job.env), ("outputs", &job.outputs), ("with", &job.with)] {
        entries(findings, &format!("{path}.{name}"), list);
    }
    for (index, step) in job.steps.iter().enumerate() {
        of_step(findings, &format!("{path}.steps[{index}]"), step);
    }
}

fn of_step(findings: &mut Findings<'_>, path: &str, step: &Step) {
    condition(findings, path, step.condition.as_ref());
    template(findings, &format!("{path}.name"), step.name.as_ref());
    template(findings, &format!("{path}.run"), step.run.as_ref());
    for (name, list) in [("env", &step.env), ("with", &step.with)] {
        entries(findings, &format!("{path}.{name}"), list);
    }
}

fn entries(findings: &mut Findings<'_>, path: &str, entries: &[Entry]) {
    for entry in entries {
        template(
            findings,
            &format!("{path}.{}", entry.name.value),
            Some(&entry.value),
        );
    }
}

/// A condition is an expression also without `${{ }}`.
fn condition(findings: &mut Findings<'_>, path: &str, text: Option<&Text>) {
    let path = format!("{path}.if");
    match text {
        Some(text) if text.value.contains("${{") => template(findings, &path, Some(text)),
        Some(text) => {
            if let Err(error) = parse_expression(&text.value) {
                add(findings, &path, (text, text.place), &error.kind.to_string());
            }
        }
        None => {}
    }
}

fn template(findings: &mut Findings<'_>, path: &str, text: Option<&Text>) {
    let Some(text) = text else { return };
    for (index, expression) in expressions(&text.value).iter().enumerate() {
        if let Err(error) = expression {
            add(findings, path, (text, text.mark(index)), &error.kind.to_string());
        }
    }
}

fn add(findings: &mut Findings<'_>, path: &str, (text, place): (&Text, crate::Place), why: &str) {
    let shown = crate::wording::one_line(text.value.lines().next().unwrap_or_default());
    findings.add(
        (Severity::Error, Code::BadExpression),
        (place, path),
        format!("an expression in `{shown}` cannot be read: {why}"),
        "correct the expression: GitHub refuses the whole file",
    );
}
