//! Which rare paths a committed step shows.

use crate::marks::Mark;
use crate::oracle::decoded;
use crate::world::Inner;
use orchestrator::{Event, Phase};
use storage::Step;

pub(crate) fn of_step(inner: &mut Inner, step: &Step) {
    let Some(state) = inner.oracle.state(&step.release) else {
        return;
    };
    let header = state.header();
    let in_flight = state.nodes().any(|(_, node)| node.state.is_in_flight());
    let left_out = state.nodes().any(|(_, node)| !node.state.satisfies());
    let stalled_in_pause =
        matches!(&header.phase, Phase::Paused { from } if matches!(**from, Phase::Stalled { .. }));
    let was_stalled = inner
        .oracle
        .shadows
        .get(&step.release)
        .is_some_and(|shadow| shadow.was_stalled);
    let published = header.phase == Phase::Published;
    let (phase, budget) = (header.phase.clone(), header.budget_left);
    let seen = [
        (Mark::PausedInFlight, step.event_kind == "pause" && in_flight),
        (Mark::StalledInPause, stalled_in_pause),
        (Mark::QueueTimedOut, step.event_kind == "queue_timeout"),
        (Mark::RunTimedOut, step.event_kind == "run_timeout"),
        (
            Mark::BudgetSpent,
            step.event_kind == "build_failed" && budget == 0,
        ),
        (Mark::StalledAndPublished, published && was_stalled),
        (Mark::PublishedWithoutOptional, published && left_out),
        (Mark::Superseded, matches!(phase, Phase::Superseded { .. })),
        (Mark::Withdrawn, phase == Phase::Withdrawn),
    ];
    for (mark, taken) in seen {
        if taken {
            inner.mark(mark);
        }
    }
    if let Ok(Event::StageFailed { stage, .. }) = decoded::<Event>(&step.event) {
        inner.tell("stage failed", &[&stage.to_string()]);
    }
}
