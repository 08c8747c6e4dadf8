//! What no webhook says: builds in flight that nobody follows here, because the process that did has ended, or because another one does
//! and the webhook came to us.

use super::backend::ActionsBackend;
use super::former_way::FormerWays;
use super::shown::Shown;
use super::workshop::Workshop;
use crate::book;
use crate::error::sentence;
use crate::ports::{BuildOrder, Clock};
use domain_types::{BuildId, ReleaseId};
use orchestrator::{Command, State};
use std::collections::{BTreeMap, BTreeSet};
use storage::ReleaseSummary;
use tokio::sync::{Notify, watch};

/// Seconds between two looks through the open releases.
const INTERVAL_SECONDS: u64 = 60;

/// What was seen of releases before.
#[derive(Default)]
struct Seen {
    shown: Shown,
    former_ways: FormerWays,
}
/// Seconds after a look for which nobody rings the next one: anybody who may name a run can make it look like ours.
const REST_SECONDS: u64 = 10;

/// Looks through all open releases, at once and then periodically, until `shutdown` turns true.
pub(super) async fn reconcile(
    workshop: &Workshop,
    backend: &ActionsBackend,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut seen = Seen::default();
    while !*shutdown.borrow() {
        if let Err(reason) = look_through(workshop, backend, &mut seen).await {
            tracing::warn!(reason, "open releases are looked through later");
        }
        tokio::select! {
            () = until_next(&*workshop.clock, &workshop.stray) => {}
            changed = shutdown.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// Waits for the next look: until somebody rings, but a rest at least. Who rings within the rest is heard at its end.
async fn until_next(clock: &dyn Clock, bell: &Notify) {
    let now = clock.now();
    clock.wait_until(now.plus_seconds(REST_SECONDS)).await;
    tokio::select! {
        () = bell.notified() => {}
        () = clock.wait_until(now.plus_seconds(INTERVAL_SECONDS)) => {}
    }
}

async fn look_through(workshop: &Workshop, backend: &ActionsBackend, seen: &mut Seen) -> Result<(), String> {
    let listed = workshop
        .store
        .list_releases()
        .await
        .map_err(|error| sentence(&error))?;
    let is_concerned = |summary: &&ReleaseSummary| {
        seen.shown.concerns(workshop, summary) || seen.former_ways.concern(summary)
    };
    let concerned: BTreeSet<ReleaseId> = listed
        .iter()
        .filter(is_concerned)
        .map(|summary| summary.id.clone())
        .collect();
    seen.shown.keep(&concerned);
    for summary in listed {
        if summary.row.ended {
            workshop.forget(&summary.id).await;
        }
        if !concerned.contains(&summary.id) {
            continue;
        }
        // One release that cannot be looked at holds no other one up.
        if let Err(reason) = look_at(workshop, backend, seen, &summary).await {
            tracing::warn!(release = %summary.id, reason, "a release is looked at later");
        }
    }
    Ok(())
}

async fn look_at(
    workshop: &Workshop,
    backend: &ActionsBackend,
    seen: &mut Seen,
    summary: &ReleaseSummary,
) -> Result<(), String> {
    let state = book::load(&*workshop.store, &summary.id)
        .await
        .map_err(|error| sentence(&error))?;
    let Some(state) = state else { return Ok(()) };
    if !summary.row.ended {
        adopt_builds(workshop, backend, (&summary.id, &state)).await?;
    }
    // Neither holds the other up.
    let shown = seen.shown.show(workshop, (&summary.id, &state)).await;
    seen.former_ways.see_to(workshop, (&summary.id, &state)).await?;
    shown
}

async fn adopt_builds(
    workshop: &Workshop,
    backend: &ActionsBackend,
    (release, state): (&ReleaseId, &State),
) -> Result<(), String> {
    let mut in_flight = BTreeMap::new();
    for (spec, node) in state.nodes().filter(|(_, node)| node.state.is_in_flight()) {
        if let Some(attempt) = node.attempt() {
            in_flight.insert(attempt.command.clone(), (spec, attempt.number));
        }
    }
    if in_flight.is_empty() {
        return Ok(());
    }
    let intents = workshop
        .store
        .intents(release)
        .await
        .map_err(|error| sentence(&error))?;
    for row in intents {
        let Some((spec, attempt)) = in_flight.get(&row.intent.id) else {
            continue;
        };
        let is_begun = row.state == storage::IntentState::Done;
        let Some(handle) = row.intent.handle.as_deref().filter(|_| is_begun) else {
            continue;
        };
        let Ok(Command::StartBuild { .. }) = book::command(&row.intent.body) else {
            continue;
        };
        let order = BuildOrder {
            build: BuildId {
                release: release.clone(),
                node: spec.id.clone(),
                attempt: *attempt,
            },
            commit: spec.commit.clone(),
            needs: book::needs_of(state, &spec.id),
        };
        backend
            .adopt(&order, handle)
            .await
            .map_err(|failure| failure.reason)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::JumpingClock;

    /// Seconds that pass until the next look, and the bell's, if somebody rings or not.
    async fn seconds(is_rung: bool) -> u64 {
        let (clock, bell) = (JumpingClock::new(), Notify::new());
        let began = clock.now();
        if is_rung {
            bell.notify_one();
        }
        until_next(&clock, &bell).await;
        clock.now().milliseconds_since(began) / 1_000
    }

    #[tokio::test]
    async fn who_rings_without_pause_is_heard_and_makes_nobody_look_without_pause() {
        assert_eq!(seconds(true).await, REST_SECONDS);
        assert_eq!(seconds(false).await, INTERVAL_SECONDS);
    }
}
