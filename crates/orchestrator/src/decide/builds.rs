//! Reports about builds. Every (build state x event) pair is answered here.

use super::advance::request_ready;
use super::failing::fail;
use crate::projection::Projection;
use crate::{
    Attempt, AttemptOutcome, BuildOutput, BuildState, Command, Event, Fact, Failure, FailureKind, Refused,
    SeenRun, Timer, TimerKey,
};
use domain_types::{BuildId, CommandId, NodeId, ReleaseId, Timestamp, seeded_bug};

/// Attempts of one node in a row that our own end may interrupt: far above any operator's patience, and a bound all the same.
const INTERRUPTIONS_MAX: usize = 1_000;

pub(super) type Reported<'a> = (&'a NodeId, u32);

pub(super) fn queued(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    run: Option<&SeenRun>,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = current(next, reported)?;
    let node = reported.0.clone();
    let queued = Fact::AttemptQueued {
        node: node.clone(),
        run: run.cloned(),
    };
    match next.node(position).state {
        BuildState::Requested => {
            next.note(queued)?;
            let seconds = next.graph().spec(position).queued_seconds_max;
            let event = Event::QueueTimeout {
                node,
                attempt: reported.1,
            };
            next.set_timer(Timer {
                key: queue_timer(reported),
                due: at.plus_seconds(seconds),
                event,
            });
            Ok(())
        }
        // How long it waits counts from when it was taken, whatever is seen of it later.
        BuildState::Queued if next.node(position).is_news(run) => next.note(queued),
        state @ (BuildState::Waiting
        | BuildState::Queued
        | BuildState::Running
        | BuildState::Succeeded
        | BuildState::Failed
        | BuildState::Skipped
        | BuildState::Reused) => Err(illegal(reported, "build_queued", state)),
    }
}

pub(super) fn started(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = current(next, reported)?;
    match next.node(position).state {
        BuildState::Requested | BuildState::Queued => {
            let node = reported.0.clone();
            next.note(Fact::AttemptStarted {
                node: node.clone(),
                at,
            })?;
            next.clear_timer(queue_timer(reported));
            if seeded_bug("slot-freed-at-the-start") {
                end_attempt(next, position, reported)?;
            }
            if seeded_bug("run-timer-not-set") {
                return Ok(());
            }
            let seconds = next.graph().spec(position).running_seconds_max;
            let event = Event::RunTimeout {
                node,
                attempt: reported.1,
            };
            next.set_timer(Timer {
                key: run_timer(reported),
                due: at.plus_seconds(seconds),
                event,
            });
            Ok(())
        }
        state @ (BuildState::Waiting
        | BuildState::Running
        | BuildState::Succeeded
        | BuildState::Failed
        | BuildState::Skipped
        | BuildState::Reused) => Err(illegal(reported, "build_started", state)),
    }
}

pub(super) fn succeeded(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    output: &BuildOutput,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = in_flight(next, reported, "build_succeeded")?;
    end_attempt(next, position, reported)?;
    next.note(Fact::Built {
        node: reported.0.clone(),
        output: output.clone(),
        at,
    })?;
    request_dependents(next, position, at)
}

pub(super) fn reused(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    (output, from): (&BuildOutput, &ReleaseId),
    at: Timestamp,
) -> Result<(), Refused> {
    let position = current(next, reported)?;
    match next.node(position).state {
        BuildState::Requested => {
            end_attempt(next, position, reported)?;
            next.note(Fact::Reused {
                node: reported.0.clone(),
                output: output.clone(),
                from: from.clone(),
                at,
            })?;
            request_dependents(next, position, at)
        }
        state @ (BuildState::Waiting
        | BuildState::Queued
        | BuildState::Running
        | BuildState::Succeeded
        | BuildState::Failed
        | BuildState::Skipped
        | BuildState::Reused) => Err(illegal(reported, "build_reused", state)),
    }
}

pub(super) fn failed(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    failure: &Failure,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = in_flight(next, reported, "build_failed")?;
    fail(next, position, failure.clone(), at)
}

pub(super) fn interrupted(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = in_flight(next, reported, "build_interrupted")?;
    if next.node(position).interruptions() >= INTERRUPTIONS_MAX {
        let reason = format!("interrupted {INTERRUPTIONS_MAX} times");
        return fail(
            next,
            position,
            Failure::new(FailureKind::InterruptedTooOften, reason),
            at,
        );
    }
    if seeded_bug("interruption-costs-an-attempt") {
        let failure = Failure::new(FailureKind::RunnerLost, "interrupted");
        return fail(next, position, failure, at);
    }
    end_attempt(next, position, reported)?;
    let outcome = AttemptOutcome::Interrupted;
    next.note(Fact::AttemptEnded {
        node: reported.0.clone(),
        outcome,
        at,
    })?;
    request_ready(next, &[position], at)
}

pub(super) fn queue_timeout(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = current(next, reported)?;
    match next.node(position).state {
        BuildState::Queued => {
            let seconds = next.graph().spec(position).queued_seconds_max;
            let run = next
                .node(position)
                .attempt()
                .and_then(|attempt| attempt.run.as_ref());
            let lacks = run.map(SeenRun::lacks).unwrap_or_default();
            let reason = format!("no runner took it within {seconds} s{lacks}");
            stop(next, reported)?;
            fail(
                next,
                position,
                Failure::new(FailureKind::QueueTimeout, reason),
                at,
            )
        }
        state @ (BuildState::Waiting
        | BuildState::Requested
        | BuildState::Running
        | BuildState::Succeeded
        | BuildState::Failed
        | BuildState::Skipped
        | BuildState::Reused) => Err(illegal(reported, "queue_timeout", state)),
    }
}

pub(super) fn run_timeout(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = current(next, reported)?;
    match next.node(position).state {
        BuildState::Running => {
            let seconds = next.graph().spec(position).running_seconds_max;
            let reason = format!("it ran longer than running_seconds_max = {seconds} and was ended");
            if !seeded_bug("timeout-leaves-the-build-running") {
                stop(next, reported)?;
            }
            fail(next, position, Failure::new(FailureKind::RunTimeout, reason), at)
        }
        state @ (BuildState::Waiting
        | BuildState::Requested
        | BuildState::Queued
        | BuildState::Succeeded
        | BuildState::Failed
        | BuildState::Skipped
        | BuildState::Reused) => Err(illegal(reported, "run_timeout", state)),
    }
}

pub(super) fn retry_due(
    next: &mut Projection<'_>,
    reported: Reported<'_>,
    at: Timestamp,
) -> Result<(), Refused> {
    let position = current(next, reported)?;
    let node = next.node(position);
    if node.retry.is_none() {
        return Err(illegal(reported, "retry_due", node.state));
    }
    next.note(Fact::RetryReleased {
        node: reported.0.clone(),
    })?;
    // It may not be the timer that says so: a clock that was ahead had put it into a future that nobody waits for.
    next.clear_timer(retry_timer(reported));
    request_ready(next, &[position], at)
}

/// Ends whatever is in flight at this node because the release is given up.
pub(super) fn give_up(next: &mut Projection<'_>, position: usize, at: Timestamp) -> Result<(), Refused> {
    let id = next.graph().spec(position).id.clone();
    let reported = (&id, next.node(position).attempt_number());
    if next.node(position).state.is_in_flight() {
        if let Some(command) = next
            .node(position)
            .attempt()
            .map(|attempt| attempt.command.clone())
            && !seeded_bug("cancel-keeps-intents")
        {
            next.abandon(command);
        }
        if !seeded_bug("cancel-leaves-builds-running") {
            stop(next, reported)?;
        }
        end_attempt(next, position, reported)?;
        next.note(Fact::AttemptEnded {
            node: id.clone(),
            outcome: AttemptOutcome::Cancelled,
            at,
        })?;
    }
    if next.node(position).retry.is_some() {
        next.clear_timer(retry_timer(reported));
        next.note(Fact::RetryReleased { node: id.clone() })?;
    }
    Ok(())
}

fn current(next: &Projection<'_>, (node, attempt): Reported<'_>) -> Result<usize, Refused> {
    let position = next.position(node)?;
    let current = next.node(position).attempt_number();
    let is_current = current == attempt || (seeded_bug("stale-attempt-accepted") && attempt < current);
    if is_current && attempt > 0 {
        return Ok(position);
    }
    Err(Refused::StaleAttempt {
        node: node.clone(),
        attempt,
        current,
    })
}

fn in_flight(next: &Projection<'_>, reported: Reported<'_>, event: &'static str) -> Result<usize, Refused> {
    let position = current(next, reported)?;
    let state = next.node(position).state;
    if state.is_in_flight() {
        Ok(position)
    } else {
        Err(illegal(reported, event, state))
    }
}

fn illegal((node, _): Reported<'_>, event: &'static str, state: BuildState) -> Refused {
    Refused::IllegalBuildEvent {
        node: node.clone(),
        event,
        state: state.label(),
    }
}

/// Frees the runner and forgets the timers of the current attempt.
pub(super) fn end_attempt(
    next: &mut Projection<'_>,
    position: usize,
    reported: Reported<'_>,
) -> Result<(), Refused> {
    next.clear_timer(queue_timer(reported));
    next.clear_timer(run_timer(reported));
    let command: Option<CommandId> = next
        .node(position)
        .attempt()
        .map(|attempt: &Attempt| attempt.command.clone());
    if let Some(command) = command
        && !seeded_bug("slot-never-freed")
    {
        next.free_slot(command);
    }
    Ok(())
}

fn stop(next: &mut Projection<'_>, (node, attempt): Reported<'_>) -> Result<(), Refused> {
    let build = BuildId {
        release: next.release()?,
        node: node.clone(),
        attempt,
    };
    next.order(Command::StopBuild { build });
    Ok(())
}

fn request_dependents(next: &mut Projection<'_>, position: usize, at: Timestamp) -> Result<(), Refused> {
    let graph = next.graph();
    request_ready(next, graph.needed_by(position), at)
}

fn queue_timer((node, attempt): Reported<'_>) -> TimerKey {
    TimerKey(format!("queued/{node}/{attempt}"))
}

fn run_timer((node, attempt): Reported<'_>) -> TimerKey {
    TimerKey(format!("running/{node}/{attempt}"))
}

pub(super) fn retry_timer((node, attempt): Reported<'_>) -> TimerKey {
    TimerKey(format!("retry/{node}/{attempt}"))
}
