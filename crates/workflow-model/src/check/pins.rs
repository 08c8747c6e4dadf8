//! Actions that are named by a tag or a branch: whoever moves it decides what runs.

use super::Findings;
use crate::{Code, Severity, Text, Workflow};

/// Hexadecimal digits of a commit.
const COMMIT_DIGITS: usize = 40;

pub(super) fn check(workflow: &Workflow, findings: &mut Findings<'_>) {
    for job in &workflow.jobs {
        let calls = job
            .uses
            .iter()
            .map(|uses| (format!("jobs.{}.uses", job.id.value), uses));
        let steps = job.steps.iter().enumerate().filter_map(|(index, step)| {
            Some((
                format!("jobs.{}.steps[{index}].uses", job.id.value),
                step.uses.as_ref()?,
            ))
        });
        for (key, uses) in calls.chain(steps).filter(|(_, uses)| !is_fixed(uses)) {
            let shown = crate::wording::one_line(&uses.value);
            let message =
                format!("`{shown}` is not named by its commit: whoever moves the name decides what runs");
            let remedy = "write the full commit behind `@`, and the version in a comment behind it";
            findings.add(
                (Severity::Note, Code::UnpinnedAction),
                (uses.place, &key),
                message,
                remedy,
            );
        }
    }
}

/// A path within the repository, a container by digest, or a full commit.
fn is_fixed(uses: &Text) -> bool {
    let uses = uses.value.as_str();
    if uses.starts_with("./") {
        return true;
    }
    let Some((name, version)) = uses.rsplit_once('@') else {
        return false;
    };
    if name.starts_with("docker://") {
        return version.starts_with("sha256:");
    }
    version.len() == COMMIT_DIGITS && version.bytes().all(|byte| byte.is_ascii_hexdigit())
}
