//! `GET /api/v1/releases/ID/events`: the journal of a release as it grows, as server-sent events.
//!
//! The id of an event is its revision: a reader who lost the connection goes on behind `Last-Event-ID`. The stream ends with an
//! event `end` once the release has ended.

use crate::parts::{Shared, told};
use crate::problem::Problem;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain_types::Timestamp;
use futures::stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use storage::{JournalEntry, ReleaseSummary, StoreError};
use tokio::sync::OwnedSemaphorePermit;

/// Milliseconds between two looks at the journal: the store cannot tell that it grew.
const LOOK_MILLISECONDS: i64 = 250;

/// Revisions of one look.
const PAGE_MAX: u32 = 100;

/// Seconds after which a line without meaning keeps the connection alive.
const ALIVE_SECONDS: u64 = 15;

struct Follower {
    shared: Arc<Shared>,
    release: ReleaseSummary,
    /// The revision of the last entry that was read.
    after: u64,
    waiting: VecDeque<Event>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

/// Follows a release.
pub(super) fn follow(
    shared: Arc<Shared>,
    release: ReleaseSummary,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = last.and_then(|last| last.parse().ok()).unwrap_or(0);
    let permit = Arc::clone(&shared.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::unavailable("too many releases are being followed"))?;
    let follower = Follower {
        shared,
        release,
        after,
        waiting: VecDeque::new(),
        ended: false,
        _permit: permit,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(ALIVE_SECONDS));
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

impl Follower {
    /// The next event; none at the end of the release, of the server, or of the store's patience.
    async fn next(&mut self) -> Option<Event> {
        let mut shutdown = self.shared.shutdown.clone();
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.ended || *shutdown.borrow() {
                return None;
            }
            if let Err(error) = self.read().await {
                tracing::error!(error = %error, "failed to follow a release");
                return None;
            }
            if self.waiting.is_empty() {
                let now = self.shared.clock.now().milliseconds();
                let next = Timestamp::from_milliseconds(now + LOOK_MILLISECONDS);
                tokio::select! {
                    () = self.shared.clock.wait_until(next) => {}
                    () = told(&mut shutdown) => {}
                }
            }
        }
    }

    async fn read(&mut self) -> Result<(), StoreError> {
        let store = Arc::clone(&self.shared.store);
        let entries = store.journal(&self.release.id, self.after, PAGE_MAX).await?;
        if !entries.is_empty() {
            // What is told is on the disk.
            store.settle().await?;
            self.after = entries.last().map_or(self.after, |entry| entry.revision);
            self.waiting.extend(entries.iter().map(of_entry));
            return Ok(());
        }
        let stored = store.load_release(&self.release.id).await?;
        if let Some(stored) = stored.filter(|stored| stored.row.ended && stored.revision <= self.after) {
            self.ended = true;
            let data = json!({ "schema": "governance/release-end/v1", "state": stored.row.phase });
            self.waiting
                .push_back(Event::default().event("end").data(data.to_string()));
        }
        Ok(())
    }
}

fn of_entry(entry: &JournalEntry) -> Event {
    let event: Value = serde_json::from_str(&entry.event).unwrap_or(Value::Null);
    let data = json!({
        "schema": "governance/release-event/v1",
        "revision": entry.revision,
        "at": entry.at,
        "kind": entry.event_kind,
        "event": event["body"],
    });
    Event::default()
        .id(entry.revision.to_string())
        .event("moved")
        .data(data.to_string())
}
