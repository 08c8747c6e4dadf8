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

/// Deliveries that are asked for at one look, at most: the next look goes on.
const ASKED_MAX: usize = 100;

/// What is known of a delivery, over all its attempts.
#[derive(Default)]
struct Attempts {
    has_arrived: bool,
    newest: u64,
}

/// How often each delivery was asked for by this process.
type Asked = BTreeMap<String, usize>;

/// Has what did not arrive sent again, at once and then periodically, until `shutdown` turns true.
pub(super) async fn catch_up(workshop: &Workshop, mut shutdown: watch::Receiver<bool>) {
    let mut since = seconds_before(workshop.clock.now(), KEPT_SECONDS);
    let mut asked_for = Asked::new();
    while !*shutdown.borrow() {
        let began = workshop.clock.now();
        match redeliver(workshop, since, &mut asked_for).await {
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
async fn redeliver(
    workshop: &Workshop,
    since: Timestamp,
    asked_for: &mut Asked,
) -> Result<usize, GitHubError> {
    let lost = lost(&listed(workshop, since).await?, asked_for);
    let mut asked = 0;
    for (guid, id) in lost.into_iter().take(ASKED_MAX) {
        *asked_for.entry(guid).or_default() += 1;
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

/// Whether the answer to a delivery says that it need not come again: it was taken, or it will be refused whenever it comes. What a
/// proxy says, or we while we were busy or had the wrong secret, does not.
fn is_final(status: u16) -> bool {
    matches!(status, 200..=299 | 413 | 415 | 422)
}

/// The newest attempts at deliveries of which none arrived, oldest first, but those that were asked for too often.
fn lost(listed: &[Delivery], asked_for: &Asked) -> Vec<(String, u64)> {
    let mut known: BTreeMap<&str, Attempts> = BTreeMap::new();
    for delivery in listed {
        let attempts = known.entry(&delivery.guid).or_default();
        attempts.has_arrived |= is_final(delivery.status_code) || OF_RUNS.contains(&delivery.event.as_str());
        attempts.newest = attempts.newest.max(delivery.id);
    }
    let mut lost: Vec<(String, u64)> = known
        .into_iter()
        .filter(|(_, attempts)| !attempts.has_arrived)
        .filter(|(guid, _)| asked_for.get(*guid).is_none_or(|times| *times < ATTEMPTS_MAX))
        .map(|(guid, attempts)| (guid.to_owned(), attempts.newest))
        .collect();
    lost.sort_unstable_by_key(|(_, newest)| *newest);
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

    fn numbers(listed: &[Delivery], asked_for: &Asked) -> Vec<u64> {
        lost(listed, asked_for).into_iter().map(|(_, id)| id).collect()
    }

    #[test]
    fn what_never_arrived_is_asked_for_once_and_by_its_newest_attempt() {
        let listed = [
            delivery(12, "slow", "push", 408),
            delivery(11, "no secret yet", "push", 401),
            delivery(9, "down", "push", 0),
            delivery(8, "late", "push", 202),
            delivery(7, "late", "push", 503),
            delivery(6, "too large", "push", 413),
            delivery(5, "run", "workflow_run", 0),
            delivery(4, "down", "push", 502),
            delivery(3, "full", "release", 503),
        ];
        assert_eq!(numbers(&listed, &Asked::new()), [3, 9, 11, 12]);
    }

    #[test]
    fn what_fails_for_ever_is_not_asked_for_for_ever() {
        let listed = [delivery(1, "down", "push", 500)];
        let asked = |times| Asked::from([("down".to_owned(), times)]);
        assert_eq!(numbers(&listed, &asked(ATTEMPTS_MAX)), [] as [u64; 0]);
        assert_eq!(numbers(&listed, &asked(ATTEMPTS_MAX - 1)), [1]);
    }
}
