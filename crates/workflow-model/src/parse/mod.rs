//! From the tree of the file to what it says. Every key is either read, known and left alone, or remarked upon.

mod job;
mod trigger;
mod walk;

use crate::yaml::{self, Value};
use crate::{Role, Workflow, WorkflowError};
use walk::Walk;

/// Keys at the top that are known and carry nothing that is asked about here.
const LEFT_ALONE: &[&str] = &["defaults", "concurrency"];

/// Reads a workflow file. `file` is its name for messages.
///
/// # Errors
///
/// The text is no YAML mapping, or one that no two readers would understand alike.
pub fn parse_workflow(file: &str, text: &str) -> Result<Workflow, WorkflowError> {
    let failed = |(place, kind)| WorkflowError {
        file: file.to_owned(),
        place,
        kind,
    };
    let root = yaml::read(text).map_err(failed)?;
    let Value::Mapping(entries) = &root.value else {
        return Err(failed((root.place, crate::WorkflowErrorKind::NotAMapping)));
    };
    let mut walk = Walk::default();
    let mut workflow = Workflow {
        file: file.to_owned(),
        role: role(text),
        name: None,
        run_name: None,
        triggers: Vec::new(),
        permissions: None,
        env: Vec::new(),
        jobs: Vec::new(),
        remarks: Vec::new(),
    };
    for (key, node) in entries {
        match key.value.as_str() {
            "name" => workflow.name = walk.text("name", node),
            "run-name" => workflow.run_name = walk.text("run-name", node),
            "on" => workflow.triggers = trigger::triggers(&mut walk, node),
            "permissions" => workflow.permissions = walk.permissions("permissions", node),
            "env" => workflow.env = walk.entries("env", node),
            "jobs" => workflow.jobs = job::jobs(&mut walk, node),
            known if LEFT_ALONE.contains(&known) => {}
            unknown => walk.unknown("", key, unknown),
        }
    }
    let has = |name: &str| entries.iter().any(|(key, _)| key.value == name);
    for name in ["on", "jobs"] {
        if !has(name) {
            walk.missing(root.place, "", name, has("true") && name == "on");
        }
    }
    workflow.remarks = walk.remarks;
    Ok(workflow)
}

/// The role that the file gives itself, in a comment that begins its line: nothing else of a workflow file looks like that.
fn role(text: &str) -> Option<Role> {
    let named = text
        .lines()
        .find_map(|line| line.strip_prefix("# governance-role:"));
    match named?.trim() {
        "worker" => Some(Role::Worker),
        "release" => Some(Role::Release),
        "check" => Some(Role::Check),
        _ => None,
    }
}
