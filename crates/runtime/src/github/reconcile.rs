//! What no webhook says: builds in flight that nobody follows here, because the process that did has ended, or because another one does
//! and the webhook came to us.

use super::backend::ActionsBackend;
use super::former_way::FormerWays;
use super::shown::Shown;
use super::workshop::Workshop;
use crate::book;
use crate::error::sentence;
use crate::ports::BuildOrder;
use domain_types::{BuildId, ReleaseId};
use orchestrator::{Command, State};
use std::collections::BTreeMap;
use storage::ReleaseSummary;
use tokio::sync::watch;

/// Seconds between two looks through the open releases.
const INTERVAL_SECONDS: u64 = 60;

/// What was seen of releases before.
#[derive(Default)]
struct Seen {
    shown: Shown,
    former_ways: FormerWays,
}

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
        let due = workshop.clock.now().plus_seconds(INTERVAL_SECONDS);
        tokio::select! {
            () = workshop.clock.wait_until(due) => {}
            () = workshop.stray.notified() => {}
            changed = shutdown.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

async fn look_through(workshop: &Workshop, backend: &ActionsBackend, seen: &mut Seen) -> Result<(), String> {
    let listed = workshop
        .store
        .list_releases()
        .await
        .map_err(|error| sentence(&error))?;
    for summary in listed {
        if summary.row.ended {
            workshop.forget(&summary.id).await;
        }
        if !seen.shown.concerns(workshop, &summary) && !seen.former_ways.concern(&summary) {
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
