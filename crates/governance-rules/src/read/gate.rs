//! `verification`: what a workflow must have said before signatures count.

use super::walk::{At, Walk};
use crate::model::{Tool, Verification};

/// The section of a layer or of a repository; what it leaves unsaid is as strict as it can be.
pub(super) fn read(walk: &mut Walk, at: &At<'_>) -> Option<Verification> {
    let found = walk.section(at, "verification")?;
    let required = walk.flag_or(&found, "required", true);
    let workflow = match required {
        true => walk.required(&found, "ci_workflow"),
        false => walk.field(&found, "ci_workflow"),
    };
    let items = walk.items(&found, "tools");
    let tools = items.iter().filter_map(|item| tool(walk, item)).collect();
    Some(Verification {
        required,
        workflow: workflow.and_then(|workflow| walk.text(&workflow)),
        blocking: walk.flag_or(&found, "blocking", true),
        override_allowed: walk.flag(&found, "override_allowed"),
        tools,
        spot: found.spot,
    })
}

fn tool(walk: &mut Walk, at: &At<'_>) -> Option<Tool> {
    let name = walk.required(at, "name")?;
    let required = walk.flag_or(at, "required", true);
    Some(Tool {
        name: walk.text(&name)?,
        required,
    })
}
