//! Deliveries that did not arrive: while no server ran, or while it could not write. GitHub does not send them again by itself
//! (<https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries>), so it is asked to.

use super::workshop::Workshop;
use crate::error::sentence;
use domain_types::Timestamp;
use github_client::{Delivery, DeliveryPage, GitHubError, Written};
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

/// What is to be looked through next.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    /// Where the list is gone on with; none for its beginning, the newest delivery.
    cursor: Option<String>,
    /// Deliveries from then on.
    since: Timestamp,
}

/// What a look through a span showed.
struct Looked {
    deliveries: Vec<Delivery>,
    /// What of the span is left, because it was longer than a look.
    rest: Option<Span>,
}

/// What is looked through, from look to look.
struct Look {
    /// Deliveries from then on have not been looked at yet, but for those of the rest.
    since: Timestamp,
    /// What was left of a list that was longer than a look.
    rest: Option<Span>,
    asked_for: Asked,
}

/// Has what did not arrive sent again, at once and then periodically, until `shutdown` turns true.
pub(super) async fn catch_up(workshop: &Workshop, mut shutdown: watch::Receiver<bool>) {
    let mut look = Look {
        since: seconds_before(workshop.clock.now(), KEPT_SECONDS),
        rest: None,
        asked_for: Asked::new(),
    };
    while !*shutdown.borrow() {
        match look.redeliver(workshop).await {
            Ok(0) => {}
            Ok(asked) => tracing::info!(asked, "deliveries that did not arrive are sent again"),
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

impl Look {
    /// Goes on with what an earlier look had left, then looks through what is new. Answers how many were asked for again.
    async fn redeliver(&mut self, workshop: &Workshop) -> Result<usize, GitHubError> {
        let earlier = self.go_on(workshop).await?;
        let began = workshop.clock.now();
        let newest = Span {
            cursor: None,
            since: self.since,
        };
        let looked = look_through(|cursor| page_of(workshop, cursor), newest).await?;
        let (asked, is_all) = self.ask(workshop, &looked.deliveries).await?;
        if is_all {
            self.since = seconds_before(began, OVERLAP_SECONDS);
            self.rest = left(looked.rest, self.rest.take());
        }
        if let Some(rest) = &self.rest {
            tracing::warn!(
                since = %rest.since,
                "more deliveries are listed than a look takes; the next look goes on with the older ones"
            );
        }
        Ok(earlier + asked)
    }

    async fn go_on(&mut self, workshop: &Workshop) -> Result<usize, GitHubError> {
        let Some(rest) = self.rest.clone() else {
            return Ok(0);
        };
        let since = rest.since;
        let looked = look_through(|cursor| page_of(workshop, cursor), rest).await;
        if looked.as_ref().is_err_and(|error| !error.is_retryable()) {
            // A list that cannot be gone on with is begun anew.
            self.since = self.since.min(since);
            self.rest = None;
        }
        let looked = looked?;
        let (asked, is_all) = self.ask(workshop, &looked.deliveries).await?;
        if is_all {
            self.rest = looked.rest;
        }
        Ok(asked)
    }

    /// Asks for those that did not arrive. Answers how many were asked for, and whether that was all of them.
    async fn ask(
        &mut self,
        workshop: &Workshop,
        deliveries: &[Delivery],
    ) -> Result<(usize, bool), GitHubError> {
        let lost = lost(deliveries, &self.asked_for);
        let is_all = lost.len() <= ASKED_MAX;
        let mut asked = 0;
        for (guid, id) in lost.into_iter().take(ASKED_MAX) {
            *self.asked_for.entry(guid).or_default() += 1;
            match workshop.github().redeliver(id).await {
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
        Ok((asked, is_all))
    }
}

/// A page of the list, by its cursor.
async fn page_of(workshop: &Workshop, cursor: Option<String>) -> Result<DeliveryPage, GitHubError> {
    workshop.github().deliveries(cursor.as_deref()).await
}

/// What is left after a look through what is new, when this was left of it and that of earlier looks: the newer place in the list, and
/// all that is older.
fn left(new: Option<Span>, old: Option<Span>) -> Option<Span> {
    match (new, old) {
        (Some(new), Some(old)) => Some(Span {
            since: new.since.min(old.since),
            ..new
        }),
        (new, old) => new.or(old),
    }
}

/// The deliveries of a span, newest first, and what of it is left.
async fn look_through<P>(pages: impl Fn(Option<String>) -> P, mut span: Span) -> Result<Looked, GitHubError>
where
    P: Future<Output = Result<DeliveryPage, GitHubError>>,
{
    let since = span.since;
    let mut deliveries = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = pages(span.cursor.take()).await?;
        let is_last = page
            .deliveries
            .last()
            .is_none_or(|delivery| delivery.delivered_at < since);
        let wanted = page.deliveries.into_iter();
        deliveries.extend(wanted.filter(|delivery| delivery.delivered_at >= since));
        span.cursor = page.next;
        if is_last || span.cursor.is_none() {
            return Ok(Looked {
                deliveries,
                rest: None,
            });
        }
    }
    Ok(Looked {
        deliveries,
        rest: Some(span),
    })
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

    /// Looks through a list of so many pages, each with one lost delivery that is a second older than the one before, in as many looks
    /// as it takes. Answers how many deliveries each look showed.
    async fn looks(pages: i64) -> Vec<usize> {
        let newest = 1_764_000_000;
        let page = async |cursor: Option<String>| -> Result<DeliveryPage, GitHubError> {
            let number: i64 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let mut one = delivery(1, &number.to_string(), "push", 500);
            one.delivered_at = Timestamp::from_seconds(newest - number);
            Ok(DeliveryPage {
                deliveries: vec![one],
                next: (number + 1 < pages).then(|| (number + 1).to_string()),
            })
        };
        let since = Timestamp::from_seconds(newest - pages);
        let mut rest = Some(Span { cursor: None, since });
        let mut shown = Vec::new();
        while let Some(span) = rest {
            let looked = look_through(&page, span).await.unwrap();
            shown.push(looked.deliveries.len());
            rest = looked.rest;
        }
        shown
    }

    #[tokio::test]
    async fn a_list_that_is_longer_than_a_look_is_gone_on_with_where_the_look_ended() {
        assert_eq!(looks(1).await, [1]);
        assert_eq!(looks(100).await, [100]);
        assert_eq!(looks(250).await, [100, 100, 50]);
    }

    #[test]
    fn what_two_looks_have_left_is_gone_on_with_from_the_newer_place_to_the_older_time() {
        let span = |cursor: &str, seconds| {
            Some(Span {
                cursor: Some(cursor.to_owned()),
                since: Timestamp::from_seconds(seconds),
            })
        };
        assert_eq!(left(span("9", 50), span("3", 10)), span("9", 10));
        assert_eq!(left(None, span("3", 10)), span("3", 10));
        assert_eq!(left(span("9", 50), None), span("9", 50));
        assert_eq!(left(None, None), None);
    }

    #[test]
    fn what_fails_for_ever_is_not_asked_for_for_ever() {
        let listed = [delivery(1, "down", "push", 500)];
        let asked = |times| Asked::from([("down".to_owned(), times)]);
        assert_eq!(numbers(&listed, &asked(ATTEMPTS_MAX)), [] as [u64; 0]);
        assert_eq!(numbers(&listed, &asked(ATTEMPTS_MAX - 1)), [1]);
    }
}
