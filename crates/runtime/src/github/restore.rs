//! Fetches again what was built and does not lie here: another server downloaded it, or a disk was lost. What comes has to be what
//! was recorded, byte for byte.

use super::correlate::{Claims, expected_runs, find};
use super::frozen::{FrozenComponent, FrozenRelease};
use super::noted::noted;
use super::outcome::conclude;
use super::run_identity::file_deviation;
use super::said::{refused, unfinished};
use super::workshop::Workshop;
use crate::book;
use crate::configuration::WorkerKind;
use crate::ports::{BuildOrder, Unfinished};
use domain_types::BuildId;
use github_client::WorkflowRunId;
use orchestrator::{AttemptOutcome, BuildOutput, Event, Node, NodeSpec, State};
use std::sync::Arc;

/// Fetches every output of a release that is not here.
///
/// # Errors
/// The first that cannot be had, now or ever, or that is not what was recorded.
pub(super) async fn restore(
    workshop: &Arc<Workshop>,
    state: &State,
    frozen: &FrozenRelease,
) -> Result<(), Unfinished> {
    for (spec, node) in state.nodes() {
        let Some(output) = &node.output else { continue };
        let is_here =
            |artifact: &orchestrator::BuiltArtifact| workshop.objects.path(&artifact.digest).is_file();
        if output.artifacts.iter().all(is_here) {
            continue;
        }
        let component = frozen.component(&spec.id);
        let component = component.ok_or_else(|| refused(format!("{} is not part of the plan", spec.id)))?;
        fetch(workshop, state, (spec, node, component), output).await?;
    }
    Ok(())
}

async fn fetch(
    workshop: &Arc<Workshop>,
    state: &State,
    (spec, node, component): (&NodeSpec, &Node, &FrozenComponent),
    recorded: &BuildOutput,
) -> Result<(), Unfinished> {
    let succeeded = |attempt: &&orchestrator::Attempt| attempt.outcome == Some(AttemptOutcome::Succeeded);
    let attempt = node.attempts.iter().rev().find(succeeded);
    let (Some(attempt), Some(release)) = (attempt, state.spec().map(|spec| &spec.id)) else {
        return Err(refused(format!("no attempt gave the output of {}", spec.id)).into());
    };
    let order = BuildOrder {
        build: BuildId {
            release: release.clone(),
            node: spec.id.clone(),
            attempt: attempt.number,
        },
        commit: spec.commit.clone(),
        needs: book::needs_of(state, &spec.id),
    };
    let Some(handle) = noted(&*workshop.store, &order.build).await? else {
        return Err(refused(format!("no dispatch of {} is noted", order.build)).into());
    };
    let repository = workshop.repository(&component.source)?;
    let actors = workshop.actors().await.map_err(|error| unfinished(&error))?;
    let expected = expected_runs(None, actors, component, &handle);
    let claims = Claims {
        own: attempt.run.as_ref().map(|run| WorkflowRunId(run.id)),
        ..Claims::default()
    };
    if component.worker == WorkerKind::Legacy && claims.own.is_none() {
        return Err(refused(format!("which run built {} is not known", order.build)).into());
    }
    let found = find(&repository, &expected, (&handle, &component.workflow), &claims).await;
    let Some(run) = found.map_err(|error| unfinished(&error))? else {
        return Err(refused(format!("the run of {} is not there any more", order.build)).into());
    };
    let deviation = file_deviation(&repository, component, &run).await;
    if let Some(deviation) = deviation.map_err(|error| unfinished(&error))? {
        return Err(refused(format!(
            "run {} is not ours: {deviation}; see {}",
            run.id, run.html_url
        ))
        .into());
    }
    let concluded = conclude(workshop, (&order, component), &repository, &run).await;
    let event = concluded.map_err(|error| unfinished(&error))?;
    if let Event::BuildFailed { failure, .. } = event {
        return Err(failure.into());
    }
    let is_same =
        matches!(event, Event::BuildSucceeded { output, .. } if output.artifacts == recorded.artifacts);
    match is_same {
        true => Ok(()),
        false => Err(refused(format!(
            "the artifact of run {} is not what it was when it was recorded; see {}",
            run.id, run.html_url
        ))
        .into()),
    }
}
