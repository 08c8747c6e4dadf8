//! What follows from a failed attempt: a retry after a delay, or the node is given up with everything that needs it.

use super::builds::{end_attempt, retry_timer};
use crate::projection::Projection;
use crate::{AttemptOutcome, Event, Fact, Failure, FailureClass, Node, Refused, Timer};
use domain_types::{NodeId, Timestamp, seeded_bug};

/// Seconds before the first retry; doubled for each further failure.
const RETRY_SECONDS_FIRST: u64 = 1;

/// Seconds before any retry at most: surroundings that heal do so within a minute, or need an operator.
pub const RETRY_SECONDS_MAX: u64 = 60;

/// Ends the current attempt badly: a retry after a delay within the limits, or the end of all that needs it.
pub(super) fn fail(
    next: &mut Projection<'_>,
    position: usize,
    failure: Failure,
    at: Timestamp,
) -> Result<(), Refused> {
    let node = next.graph().spec(position).id.clone();
    let reported = (&node, next.node(position).attempt_number());
    end_attempt(next, position, reported)?;
    let class = failure.kind.class();
    next.note(Fact::AttemptEnded {
        node: node.clone(),
        outcome: AttemptOutcome::Failed { failure },
        at,
    })?;
    if may_retry(next, position, class)? {
        let due = at.plus_seconds(retry_delay_seconds(next.node(position)));
        next.note(Fact::RetryScheduled {
            node: node.clone(),
            due,
        })?;
        if seeded_bug("retry-timer-not-set") {
            return Ok(());
        }
        let event = Event::RetryDue {
            node: node.clone(),
            attempt: reported.1,
        };
        next.set_timer(Timer {
            key: retry_timer(reported),
            due,
            event,
        });
        return Ok(());
    }
    next.note(Fact::NodeFailed { node: node.clone() })?;
    skip_downstream(next, position, &node)
}

fn may_retry(next: &Projection<'_>, position: usize, class: FailureClass) -> Result<bool, Refused> {
    let policy = next.spec()?.policy;
    let node = next.node(position);
    let within_limits = node.failures < policy.attempts_max && next.header.budget_left > 0;
    Ok(match class {
        FailureClass::Transient => within_limits,
        FailureClass::Permanent => seeded_bug("retry-a-permanent-failure") && within_limits,
        FailureClass::Unknown => within_limits && node.unknown_failures <= 1,
    })
}

fn retry_delay_seconds(node: &Node) -> u64 {
    let doublings = node.failures.saturating_sub(1).min(16);
    (RETRY_SECONDS_FIRST << doublings).min(RETRY_SECONDS_MAX)
}

/// Everything that needs the failed node, over any number of steps, will not be begun.
fn skip_downstream(next: &mut Projection<'_>, position: usize, because: &NodeId) -> Result<(), Refused> {
    let graph = next.graph();
    let mut open = graph.needed_by(position).to_vec();
    while let Some(dependent) = open.pop() {
        if next.node(dependent).state.is_settled() {
            continue;
        }
        let node = graph.spec(dependent).id.clone();
        next.note(Fact::NodeSkipped {
            node,
            because: because.clone(),
        })?;
        if !seeded_bug("skip-direct-dependents-only") {
            open.extend_from_slice(graph.needed_by(dependent));
        }
    }
    Ok(())
}
