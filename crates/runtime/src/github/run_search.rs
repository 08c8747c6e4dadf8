//! The run of a dispatch, looked for in a list: the API has no other way to it where no answer told its number.

use super::dispatch::{Call, Handle};
use super::follow::APPEAR_SECONDS_MAX;
use super::frozen::FrozenComponent;
use super::run_identity::{Deviation, ExpectedRun};
use domain_types::Timestamp;
use github_client::{GitHubError, Repository, RunQuery, WorkflowRun};

/// Seconds before the dispatch from which runs are listed: clocks differ.
const BEFORE_SECONDS: i64 = 60;

/// What the run of a dispatch may be: one for each way in which its worker may have been called.
pub(super) fn expected_runs(
    call: Option<Call>,
    actor: &str,
    component: &FrozenComponent,
    handle: &Handle,
) -> Vec<ExpectedRun> {
    let calls = match call {
        Some(call) => vec![call],
        None => vec![Call::WorkflowDispatch, Call::RepositoryDispatch],
    };
    let expected = |call: Call| ExpectedRun {
        repository_id: None,
        event: call.event(),
        actor: actor.to_owned(),
        workflow_path: format!(".github/workflows/{}", component.workflow),
        head_sha: match call {
            // A branch may have moved on; what is built is said by the input.
            Call::WorkflowDispatch => component.branch.is_none().then(|| component.commit.clone()),
            Call::RepositoryDispatch => None,
        },
        run_attempt: 1,
        dispatch_id: handle.dispatch_id.clone(),
    };
    calls.into_iter().map(expected).collect()
}

/// What about a run fits none of these; none if it fits one.
pub(super) fn deviation(expected: &[ExpectedRun], run: &WorkflowRun) -> Option<Deviation> {
    let mut first = None;
    for expected in expected {
        match expected.check(run) {
            Ok(()) => return None,
            Err(deviation) => first = first.or(Some(deviation)),
        }
    }
    first
}

/// The run that bears the dispatch id, by a list: the lowest number, if there are several.
pub(super) async fn find(
    repository: &Repository,
    expected: &[ExpectedRun],
    handle: &Handle,
    workflow: &str,
) -> Result<Option<WorkflowRun>, GitHubError> {
    let listed = repository.runs(&query(expected, handle, workflow)).await?;
    let ours = listed
        .into_iter()
        .filter(|run| deviation(expected, run).is_none());
    Ok(ours.min_by_key(|run| run.id))
}

/// Which runs may be that of a dispatch. GitHub shows a thousand of a list at most: only those of these minutes are asked for, however
/// long ago they were.
pub(super) fn query(expected: &[ExpectedRun], handle: &Handle, workflow: &str) -> RunQuery {
    let since = handle.sent_at().milliseconds() - BEFORE_SECONDS * 1_000;
    let event = match expected {
        [only] => Some(only.event.to_owned()),
        _ => None,
    };
    RunQuery {
        actor: expected.first().map(|expected| expected.actor.clone()),
        workflow: Some(workflow.to_owned()),
        event,
        created_since: Some(Timestamp::from_milliseconds(since.max(0))),
        created_until: Some(handle.sent_at().plus_seconds(APPEAR_SECONDS_MAX)),
        ..RunQuery::default()
    }
}
