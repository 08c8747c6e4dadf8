//! Follows the runs of builds in flight: webhooks say when to look, a slow poll looks when none comes, and the API is what counts.

use super::correlate::{claims, deviation, expected_runs, find};
use super::dispatch::{Call, Handle};
use super::followers::{Followers, Hint, Live};
use super::frozen::{FrozenComponent, FullName};
use super::outcome::{conclude, waits_for};
use super::run_identity::{ExpectedRun, file_deviation};
use super::workshop::Workshop;
use crate::configuration::WorkerKind;
use crate::error::sentence;
use crate::ports::{BuildOrder, BuildReport};
use domain_types::Timestamp;
use github_client::{GitHubError, Repository, RunStatus, WorkflowRun, WorkflowRunId};
use orchestrator::{Correlation, Event, Failure, FailureKind, SeenRun};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

/// Seconds between two looks at a run of which no webhook comes.
const POLL_SECONDS: u64 = 60;

/// Seconds between two looks at a run of which webhooks came: its end is one of them, and one that was lost costs a quarter of an hour.
const HEARD_POLL_SECONDS: u64 = 900;

/// Seconds between two looks for a run that was dispatched and not seen yet.
const APPEAR_POLL_SECONDS: u64 = 10;

/// Seconds within which a dispatched run must appear: GitHub lists it within seconds, in bad hours within minutes.
pub(super) const APPEAR_SECONDS_MAX: u64 = 300;

/// Seconds after its dispatch from which a run that waits is asked for what: where a runner is free, it is taken within seconds.
const WAIT_UNASKED_SECONDS: u64 = 30;

/// One build whose run is followed.
pub(super) struct Follow {
    pub(super) workshop: Arc<Workshop>,
    pub(super) order: BuildOrder,
    pub(super) component: FrozenComponent,
    pub(super) handle: Handle,
    pub(super) called: Called,
    /// Its run, once it is known.
    pub(super) run: Option<WorkflowRunId>,
    /// What was seen of its run.
    pub(super) sight: Sight,
}

/// How a worker was called. Nothing is known of it after a restart.
#[derive(Debug, Clone, Default)]
pub(super) struct Called {
    pub(super) call: Option<Call>,
    /// What GitHub said when the workflow itself was to be started, and was not.
    pub(super) declined: Option<String>,
}

/// What was seen of a run beside where it stands.
#[derive(Default)]
pub(super) struct Sight {
    /// It is known for which runners it waits.
    knows_wait: bool,
    /// What is not reported yet.
    untold: Option<SeenRun>,
}

/// What a look showed.
enum Seen {
    NotThere,
    /// Nobody could say which run is ours.
    Unjudged,
    Waits,
    Runs,
    Ended(Event),
}

impl Follow {
    /// Begins to follow, unless somebody does.
    pub(super) fn begin(self, followers: &Followers, reports: mpsc::Sender<BuildReport>) {
        let bell = Arc::new(Notify::new());
        let live = Live {
            bell: Arc::clone(&bell),
            dispatch_id: self.handle.dispatch_id.to_string(),
            run: self.run,
            legacy: self.legacy(),
            hint: None,
        };
        let build = self.order.build.clone();
        if !followers.enter(&build, live) {
            return;
        }
        let followers = followers.clone();
        tokio::spawn(async move {
            self.until_end(&followers, &bell, &reports).await;
            followers.end(&build);
        });
    }

    async fn until_end(mut self, followers: &Followers, bell: &Notify, reports: &mpsc::Sender<BuildReport>) {
        let (mut told_running, mut is_heard, mut owes_look) = (false, false, false);
        // Who knows the run was just told by GitHub: there is nothing to see yet.
        let mut due = match self.run {
            Some(_) => self.in_seconds(POLL_SECONDS),
            None => self.workshop.clock.now(),
        };
        loop {
            tokio::select! {
                () = bell.notified() => {}
                () = self.workshop.clock.wait_until(due) => {}
            }
            let Some(hint) = followers.heard(&self.order.build) else {
                return;
            };
            is_heard |= hint.is_some() && self.run.is_some();
            let seen = match hint {
                Some(Hint::Waits) if !owes_look => Ok(Seen::Waits),
                Some(Hint::Runs) if !owes_look => Ok(Seen::Runs),
                // A look that failed is not forgotten over a hint that came late.
                Some(Hint::Waits | Hint::Runs | Hint::Changed) | None => self.look().await,
            };
            owes_look = seen.is_err();
            let seen = match seen {
                Ok(seen) => seen,
                Err(error) if error.is_retryable() => {
                    tracing::warn!(build = %self.order.build, reason = sentence(&error), "a run is looked at later");
                    due = self.in_seconds(error.not_before().unwrap_or(POLL_SECONDS).max(1));
                    continue;
                }
                Err(error) => Seen::Ended(self.failed(super::said::failure_of(&error))),
            };
            if let Some(run) = self.run {
                followers.found(&self.order.build, run);
            }
            due = self.next_look(&seen, is_heard);
            self.tell_sight(reports).await;
            match seen {
                Seen::NotThere | Seen::Unjudged | Seen::Waits => {}
                Seen::Runs if told_running => {}
                Seen::Runs => {
                    told_running = true;
                    let (node, attempt) = (self.order.build.node.clone(), self.order.build.attempt);
                    self.report(reports, Event::BuildStarted { node, attempt }).await;
                }
                Seen::Ended(event) => {
                    if followers.has(&self.order.build) {
                        self.report(reports, event).await;
                    }
                    return;
                }
            }
        }
    }

    fn next_look(&self, seen: &Seen, is_heard: bool) -> Timestamp {
        let asks = self.handle.sent_at().plus_seconds(WAIT_UNASKED_SECONDS);
        let due = self.in_seconds(match seen {
            Seen::NotThere => APPEAR_POLL_SECONDS,
            Seen::Unjudged => POLL_SECONDS,
            Seen::Waits | Seen::Runs | Seen::Ended(_) if is_heard => HEARD_POLL_SECONDS,
            Seen::Waits | Seen::Runs | Seen::Ended(_) => POLL_SECONDS,
        });
        match seen {
            Seen::Waits if self.workshop.clock.now() < asks => due.min(asks),
            Seen::NotThere | Seen::Unjudged | Seen::Waits | Seen::Runs | Seen::Ended(_) => due,
        }
    }

    async fn tell_sight(&mut self, reports: &mpsc::Sender<BuildReport>) {
        let Some(run) = self.sight.untold.take() else {
            return;
        };
        let (node, attempt) = (self.order.build.node.clone(), self.order.build.attempt);
        let run = Some(run);
        self.report(reports, Event::BuildQueued { node, attempt, run })
            .await;
    }

    fn in_seconds(&self, seconds: u64) -> Timestamp {
        self.workshop.clock.now().plus_seconds(seconds)
    }

    async fn report(&self, reports: &mpsc::Sender<BuildReport>, event: Event) {
        let build = self.order.build.clone();
        // Nobody listens any more only when the process ends; the next one looks again.
        let _ = reports.send(BuildReport { build, event }).await;
    }

    fn failed(&self, failure: Failure) -> Event {
        let (node, attempt) = (self.order.build.node.clone(), self.order.build.attempt);
        Event::BuildFailed {
            node,
            attempt,
            failure,
        }
    }

    async fn look(&mut self) -> Result<Seen, GitHubError> {
        let source = &self.component.source;
        let repository = self.workshop.github().repository(&source.owner, &source.name)?;
        let expected = match self.expected().await {
            Ok(expected) => expected,
            // Who we are says nothing about a run: until that is known, none is judged.
            Err(error) => {
                tracing::warn!(build = %self.order.build, reason = sentence(&error), "a run is looked for later");
                return Ok(Seen::Unjudged);
            }
        };
        let run = match self.run {
            Some(id) => repository.run(id).await?,
            None => {
                let claimed = (&self.order.build, &self.handle);
                let claims = match claims(&self.workshop, &self.component, claimed).await {
                    Ok(claims) => claims,
                    Err(failure) => {
                        tracing::warn!(build = %self.order.build, reason = failure.reason, "a run is looked for later");
                        return Ok(Seen::Unjudged);
                    }
                };
                let named = (&self.handle, self.component.workflow.as_str());
                find(&repository, &expected, named, &claims).await?
            }
        };
        let Some(run) = run else {
            return Ok(self.not_there());
        };
        let mut deviation = deviation(&expected, &run);
        if deviation.is_none() && self.run.is_none() {
            deviation = file_deviation(&repository, &self.component, &run).await?;
        }
        if let Some(deviation) = deviation {
            let reason = format!("run {} is not ours: {deviation}; see {}", run.id, run.html_url);
            return Ok(Seen::Ended(self.failed(super::said::refused(reason))));
        }
        if self.run.is_none() && self.component.worker == WorkerKind::Legacy {
            // Whoever looks for another run of this repository must know that this one is taken.
            self.sight.untold = Some(self.seen(&run));
        }
        self.run = Some(run.id);
        match run.status {
            RunStatus::Completed => {
                let ended =
                    conclude(&self.workshop, (&self.order, &self.component), &repository, &run).await?;
                Ok(Seen::Ended(ended))
            }
            RunStatus::InProgress => Ok(Seen::Runs),
            RunStatus::Requested
            | RunStatus::Waiting
            | RunStatus::Pending
            | RunStatus::Queued
            | RunStatus::Other(_) => {
                self.note_wait(&repository, &run).await?;
                Ok(Seen::Waits)
            }
        }
    }

    /// Learns, once, for which runners a run waits that nobody took at once: where its time runs out, people are told of them.
    async fn note_wait(&mut self, repository: &Repository, run: &WorkflowRun) -> Result<(), GitHubError> {
        let asks = self.handle.sent_at().plus_seconds(WAIT_UNASKED_SECONDS);
        if self.sight.knows_wait || self.workshop.clock.now() < asks {
            return Ok(());
        }
        let waits_for = waits_for(&repository.jobs(run.id).await?);
        if !waits_for.is_empty() {
            self.sight.knows_wait = true;
            self.sight.untold = Some(SeenRun {
                waits_for,
                ..self.seen(run)
            });
        }
        Ok(())
    }

    fn seen(&self, run: &WorkflowRun) -> SeenRun {
        SeenRun {
            id: run.id.0,
            page: run.html_url.clone(),
            correlation: match self.component.worker {
                WorkerKind::ByDispatchId => Correlation::DispatchId,
                WorkerKind::Legacy => Correlation::Weak,
            },
            waits_for: Vec::new(),
        }
    }

    /// The repository, if its worker knows no dispatch id.
    fn legacy(&self) -> Option<FullName> {
        match self.component.worker {
            WorkerKind::ByDispatchId => None,
            WorkerKind::Legacy => Some(self.component.source.clone()),
        }
    }

    /// What the run may be: one of these.
    async fn expected(&self) -> Result<Vec<ExpectedRun>, GitHubError> {
        let actors = self.workshop.actors().await?;
        Ok(expected_runs(
            self.called.call,
            actors,
            &self.component,
            &self.handle,
        ))
    }

    fn not_there(&self) -> Seen {
        let patience = appear_seconds(self.component.queued_seconds_max);
        let latest = self.handle.sent_at().plus_seconds(patience);
        if self.workshop.clock.now() < latest {
            return Seen::NotThere;
        }
        let FrozenComponent { source, workflow, .. } = &self.component;
        let bears = match self.component.worker {
            WorkerKind::ByDispatchId => " and bears the dispatch id in its run-name",
            WorkerKind::Legacy => "",
        };
        let declined = self.called.declined.as_deref();
        let declined = declined.map_or_else(String::new, |why| {
            format!(" (it could not be started itself: {why})")
        });
        let reason = format!(
            "no run appeared in {source} within {patience} s{declined}; look whether .github/workflows/{workflow} listens for the \
             dispatch{bears}, then retry"
        );
        Seen::Ended(self.failed(Failure::new(FailureKind::NoRun, reason)))
    }
}

/// Seconds within which a run must appear whose build may be queued for so long: what does not come at all is told before its time is over,
/// or people would look for runners.
fn appear_seconds(queued_seconds_max: Option<u64>) -> u64 {
    queued_seconds_max.map_or(APPEAR_SECONDS_MAX, |queued| {
        let before = queued.saturating_sub(2 * APPEAR_POLL_SECONDS).max(queued / 2);
        before.min(APPEAR_SECONDS_MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_does_not_come_is_missed_before_its_time_in_the_queue_is_over() {
        let rows = [
            (None, 300),
            (Some(3_600), 300),
            (Some(320), 300),
            (Some(120), 100),
            (Some(20), 10),
        ];
        for (queued, expected) in rows {
            assert_eq!(appear_seconds(queued), expected, "{queued:?}");
        }
    }
}
