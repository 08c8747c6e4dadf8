//! Deliveries that did not arrive: while no server ran, or while it could not write. GitHub does not send them again by itself
//! (<https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries>), so it is asked to.

use super::workshop::Workshop;
use crate::error::sentence;
use domain_types::Timestamp;
use github_client::{Delivery, GitHubError, Written};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Seconds between two looks.
const INTERVAL_SECONDS: u64 = 300;

/// Seconds for which GitHub keeps deliveries: three days.
const KEPT_SECONDS: i64 = 3 * 24 * 3_600;

/// Seconds before the last look from which is looked again: a delivery may be listed late.
const OVERLAP_SECONDS: i64 = 600;

/// Pages of a look, at most: a hundred deliveries each.
const PAGES_MAX: usize = 100;

/// Attempts at a delivery that is asked for again: what fails so often fails because of what it is.
const ATTEMPTS_MAX: usize = 8;

/// Events of runs: whoever follows a run asks the API of it anyway.
const OF_RUNS: &[&str] = &["workflow_run", "workflow_job"];

/// What is known of a delivery, over all its attempts.
#[derive(Default)]
struct Attempts {
    number: usize,
    has_arrived: bool,
    newest: u64,
}

/// Has what did not arrive sent again, at once and then periodically, until `shutdown` turns true.
pub(super) async fn catch_up(workshop: &Workshop, mut shutdown: watch::Receiver<bool>) {
    let mut since = seconds_before(workshop.clock.now(), KEPT_SECONDS);
    while !*shutdown.borrow() {
        let began = workshop.clock.now();
        match redeliver(workshop, since).await {
            Ok(0) => since = seconds_before(began, OVERLAP_SECONDS),
            Ok(asked) => {
                tracing::info!(asked, "deliveries that did not arrive are sent again");
                since = seconds_before(began, OVERLAP_SECONDS);
            }
            Err(error) => {
                tracing::warn!(reason = sentence(&error), "lost deliveries are looked for later");
            }
        }
        let due = workshop.clock.now().plus_seconds(INTERVAL_SECONDS);
        tokio::select! {
            () = workshop.clock.wait_until(due) => {}
            changed = shutdown.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

fn seconds_before(at: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(at.milliseconds() - seconds * 1_000)
}

/// Answers how many were asked for again.
async fn redeliver(workshop: &Workshop, since: Timestamp) -> Result<usize, GitHubError> {
    let lost = lost(&listed(workshop, since).await?);
    let mut asked = 0;
    for id in lost {
        match workshop.github.redeliver(id).await {
            Written::Done(()) | Written::Accepted => asked += 1,
            Written::Rejected(error) if error.is_retryable() => return Err(error),
            // The next look shows whether it was sent.
            Written::Unknown(_) => {}
            Written::Rejected(error) => {
                tracing::warn!(
                    delivery = id,
                    reason = sentence(&error),
                    "a delivery is not sent again"
                );
            }
        }
    }
    Ok(asked)
}

async fn listed(workshop: &Workshop, since: Timestamp) -> Result<Vec<Delivery>, GitHubError> {
    let mut all = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let page = workshop.github.deliveries(cursor.as_deref()).await?;
        let is_last = page
            .deliveries
            .last()
            .is_none_or(|delivery| delivery.delivered_at < since);
        all.extend(
            page.deliveries
                .into_iter()
                .filter(|delivery| delivery.delivered_at >= since),
        );
        cursor = page.next;
        if is_last || cursor.is_none() {
            break;
        }
    }
    Ok(all)
}

/// The newest attempts at deliveries of which none arrived, oldest first. What we refused is not asked for again: it is the same.
fn lost(listed: &[Delivery]) -> Vec<u64> {
    let mut known: BTreeMap<&str, Attempts> = BTreeMap::new();
    for delivery in listed {
        let attempts = known.entry(&delivery.guid).or_default();
        attempts.number += 1;
        attempts.has_arrived |=
            matches!(delivery.status_code, 200..=499) || OF_RUNS.contains(&delivery.event.as_str());
        attempts.newest = attempts.newest.max(delivery.id);
    }
    let mut lost: Vec<u64> = known
        .into_values()
        .filter(|attempts| !attempts.has_arrived && attempts.number < ATTEMPTS_MAX)
        .map(|attempts| attempts.newest)
        .collect();
    lost.sort_unstable();
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: u64, guid: &str, event: &str, status_code: u16) -> Delivery {
        Delivery {
            id,
            guid: guid.to_owned(),
            delivered_at: Timestamp::from_seconds(1_764_000_000),
            redelivery: false,
            status: String::new(),
            status_code,
            event: event.to_owned(),
            action: None,
            repository_id: None,
            installation_id: None,
        }
    }

    #[test]
    fn what_never_arrived_is_asked_for_once_and_by_its_newest_attempt() {
        let listed = [
            delivery(9, "down", "push", 0),
            delivery(8, "late", "push", 202),
            delivery(7, "late", "push", 503),
            delivery(6, "refused", "push", 401),
            delivery(5, "run", "workflow_run", 0),
            delivery(4, "down", "push", 502),
            delivery(3, "full", "release", 503),
        ];
        assert_eq!(lost(&listed), [3, 9]);
    }

    #[test]
    fn what_fails_for_ever_is_not_asked_for_for_ever() {
        let often: Vec<_> = (1..=ATTEMPTS_MAX as u64)
            .map(|id| delivery(id, "down", "push", 500))
            .collect();
        assert_eq!(lost(&often), [] as [u64; 0]);
        assert_eq!(lost(&often[1..]), [ATTEMPTS_MAX as u64]);
    }
}
