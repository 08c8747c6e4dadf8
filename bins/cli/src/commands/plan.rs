//! `governance plan`: what would be released, in which order.

use crate::arguments::{PlanArguments, PlanFormat};
use crate::planning::{freeze, read_inputs};
use crate::{Exit, Failure, Surroundings, block_on, output};
use local_build::Git;

/// Writes the plan; with a workspace it is frozen to commits, and its digest is the release's own.
pub(crate) fn run(arguments: &PlanArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let inputs = read_inputs(&arguments.source, arguments.version.as_ref(), surroundings)?;
    let plan = match &arguments.workspace {
        Some(workspace) => block_on(freeze(&inputs, workspace, &Git::new(&surroundings.variables)))??.plan,
        None => inputs.plan,
    };
    output::result(&match arguments.format {
        PlanFormat::Text => plan.to_text(),
        PlanFormat::Json => plan.to_json(),
        PlanFormat::Dot => plan.to_dot(),
        PlanFormat::Mermaid => plan.to_mermaid(),
    })?;
    Ok(Exit::Yes)
}
