//! Finds the run of a build among those that GitHub lists: by the dispatch id in its name or, where its worker knows none, by whatever else
//! is known of it. Then it is only as certain as nobody else sends the same request in our name; other runs of ours are told apart by what
//! builds have claimed.

use super::apps::Actors;
use super::dispatch::{Call, Handle};
use super::follow::APPEAR_SECONDS_MAX;
use super::frozen::{FrozenComponent, FullName};
use super::run_identity::{Deviation, ExpectedRun};
use super::workshop::Workshop;
use crate::book;
use crate::configuration::WorkerKind;
use crate::error::sentence;
use domain_types::{BuildId, NodeId, ReleaseId, Timestamp};
use github_client::{GitHubError, Repository, RunQuery, WorkflowRun, WorkflowRunId};
use orchestrator::{Failure, FailureKind, State};
use std::collections::BTreeSet;

/// Seconds before the dispatch from which runs that bear an id are listed: clocks differ.
const BEFORE_SECONDS: i64 = 60;

/// Which runs of a worker that knows no dispatch id belong to which build. Nothing is claimed where runs bear ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// The run that this build has claimed.
    pub(super) own: Option<WorkflowRunId>,
    /// The runs that others have.
    pub(super) others: BTreeSet<WorkflowRunId>,
}

/// What the run of a dispatch may be: one for each way in which its worker may have been called.
pub(super) fn expected_runs(
    call: Option<Call>,
    actors: Actors<'_>,
    component: &FrozenComponent,
    handle: &Handle,
) -> Vec<ExpectedRun> {
    let actors = handle.actors_or(actors);
    let calls = match (call, component.worker) {
        (Some(call), WorkerKind::ByDispatchId | WorkerKind::Legacy) => vec![call],
        (None, WorkerKind::ByDispatchId) => vec![Call::WorkflowDispatch, Call::RepositoryDispatch],
        (None, WorkerKind::Legacy) => vec![Call::RepositoryDispatch],
    };
    let expected = |call: Call| ExpectedRun {
        repository_id: None,
        event: call.event(),
        actor: actors.of(call).to_owned(),
        workflow_path: format!(".github/workflows/{}", component.workflow),
        head_sha: match call {
            // A branch may have moved on; what is built is said by the input.
            Call::WorkflowDispatch => component.branch.is_none().then(|| component.commit.clone()),
            Call::RepositoryDispatch => None,
        },
        run_attempt: 1,
        dispatch_id: match component.worker {
            WorkerKind::ByDispatchId => Some(handle.dispatch_id.clone()),
            WorkerKind::Legacy => None,
        },
        created_since: match component.worker {
            WorkerKind::ByDispatchId => None,
            WorkerKind::Legacy => Some(whole_second(handle.sent_at())),
        },
    };
    calls.into_iter().map(expected).collect()
}

/// GitHub's times have no fractions: what is made in the second of the note is made after it, for all that is known.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_milliseconds(at.milliseconds() - at.milliseconds().rem_euclid(1_000))
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

/// The run that a build has claimed, or else the first of a list that fits and that nobody else has claimed: the lowest number.
pub(super) async fn find(
    repository: &Repository,
    expected: &[ExpectedRun],
    (handle, workflow): (&Handle, &str),
    claims: &Claims,
) -> Result<Option<WorkflowRun>, GitHubError> {
    let fits = |run: &WorkflowRun| deviation(expected, run).is_none();
    if let Some(own) = claims.own {
        return Ok(repository.run(own).await?.filter(fits));
    }
    let listed = repository.runs(&query(expected, handle, workflow)).await?;
    Ok(first_free(listed.into_iter().filter(fits), claims))
}

/// Which runs may be that of a dispatch. GitHub shows a thousand of a list at most: only those of these minutes are asked for, however
/// long ago they were.
pub(super) fn query(expected: &[ExpectedRun], handle: &Handle, workflow: &str) -> RunQuery {
    let since = handle.sent_at().milliseconds() - BEFORE_SECONDS * 1_000;
    let only = |named: fn(&ExpectedRun) -> &str| {
        let names: BTreeSet<&str> = expected.iter().map(named).collect();
        let one = names.first().filter(|_| names.len() == 1);
        one.map(|name| (*name).to_owned())
    };
    RunQuery {
        actor: only(|expected| &expected.actor),
        workflow: Some(workflow.to_owned()),
        event: only(|expected| expected.event),
        created_since: Some(Timestamp::from_milliseconds(since.max(0))),
        created_until: Some(handle.sent_at().plus_seconds(APPEAR_SECONDS_MAX)),
        ..RunQuery::default()
    }
}

/// The first of these that nobody has claimed. Numbers are given in the order in which runs are made.
pub(super) fn first_free(runs: impl Iterator<Item = WorkflowRun>, claims: &Claims) -> Option<WorkflowRun> {
    runs.filter(|run| !claims.others.contains(&run.id))
        .min_by_key(|run| run.id)
}

/// Which runs of a build's repository are claimed, as far as it may meet them: by builds of releases that moved since its dispatch.
///
/// # Errors
/// If the store cannot tell.
pub(super) async fn claims(
    workshop: &Workshop,
    component: &FrozenComponent,
    (build, handle): (&BuildId, &Handle),
) -> Result<Claims, Failure> {
    let mut claims = Claims::default();
    if component.worker == WorkerKind::ByDispatchId {
        return Ok(claims);
    }
    let since = handle.sent_at().milliseconds() - BEFORE_SECONDS * 1_000;
    let since = Timestamp::from_milliseconds(since);
    let unread = |why: String| Failure::new(FailureKind::DiskFull, why);
    let listed = workshop.store.list_releases().await;
    let listed = listed.map_err(|error| unread(sentence(&error)))?;
    for summary in listed.iter().filter(|summary| summary.updated_at >= since) {
        let state = book::load(&*workshop.store, &summary.id).await;
        let state = state.map_err(|error| unread(sentence(&error)))?;
        let Some(state) = state else { continue };
        // A release that is not of GitHub has no runs.
        let Ok(frozen) = workshop.frozen(&summary.id).await else {
            continue;
        };
        let is_here = |node: &NodeId| {
            let other = frozen.component(node);
            other.is_some_and(|other| is_same(&other.source, &component.source))
        };
        claims.of_state((&summary.id, &state), build, is_here);
    }
    Ok(claims)
}

impl Claims {
    /// Takes in what the builds of a release have claimed, as far as they are of the repository that counts.
    pub(super) fn of_state(
        &mut self,
        (release, state): (&ReleaseId, &State),
        build: &BuildId,
        is_here: impl Fn(&NodeId) -> bool,
    ) {
        for (spec, node) in state.nodes().filter(|(spec, _)| is_here(&spec.id)) {
            for attempt in &node.attempts {
                let Some(run) = &attempt.run else { continue };
                let is_own =
                    *release == build.release && spec.id == build.node && attempt.number == build.attempt;
                match is_own {
                    true => self.own = Some(WorkflowRunId(run.id)),
                    false => _ = self.others.insert(WorkflowRunId(run.id)),
                }
            }
        }
    }
}

/// GitHub's names do not tell upper from lower case.
pub(super) fn is_same(one: &FullName, other: &FullName) -> bool {
    one.owner.eq_ignore_ascii_case(&other.owner) && one.name.eq_ignore_ascii_case(&other.name)
}
