//! Labels of runners that are written as one text: no runner has a label with a comma in it, so the job waits for ever.

use super::Findings;
use crate::{Code, Severity, Text, Workflow};

pub(super) fn check(workflow: &Workflow, findings: &mut Findings<'_>) {
    for job in &workflow.jobs {
        let labels = job.runs_on.iter().flat_map(|runs_on| &runs_on.labels);
        for label in labels.filter(|label| is_list(label)) {
            let shown = crate::wording::one_line(&label.value);
            let list: Vec<&str> = label
                .value
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect();
            let message = format!(
                "`{shown}` is one label with a comma in it, which no runner has: the job would wait for ever"
            );
            let remedy = format!(
                "write a list: `runs-on: [{}]`",
                crate::wording::one_line(&list.join(", "))
            );
            let key = format!("jobs.{}.runs-on", job.id.value);
            findings.add(
                (Severity::Error, Code::LabelListAsText),
                (label.place, &key),
                message,
                &remedy,
            );
        }
    }
}

/// A comma outside of expressions.
fn is_list(label: &Text) -> bool {
    let mut rest = label.value.as_str();
    while let Some((before, behind)) = rest.split_once("${{") {
        if before.contains(',') {
            return true;
        }
        rest = behind.split_once("}}").map_or("", |(_, rest)| rest);
    }
    rest.contains(',')
}
