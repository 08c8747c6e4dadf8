//! Builds nodes as runs of GitHub Actions. See [`crate::ports::BuildBackend`] for what is promised.

use super::correlate::{claims, expected_runs, find};
use super::dispatch::{Call, Handle, dispatch_id, inputs};
use super::follow::{Called, Follow, Sight};
use super::followers::Followers;
use super::frozen::FrozenComponent;
use super::noted::{noted, read};
use super::said::{as_failure, failure_of, made, refused};
use super::tagging::make_tags;
use super::workshop::Workshop;
use crate::configuration::WorkerKind;
use crate::error::sentence;
use crate::ports::{Begun, BuildBackend, BuildOrder, BuildReport, Recovered, Unfinished};
use async_trait::async_trait;
use domain_types::{BuildId, DigestWriter, NodeId, ReleaseId, Sha256Digest, Timestamp};
use github_client::{Repository, RunStatus, WorkflowRun, WorkflowRunId, Written};
use orchestrator::{BuiltArtifact, Failure, FailureKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Seconds after it was noted within which something is sent, or not at all.
pub(super) const SEND_SECONDS: u64 = 60;

/// Seconds after which what is not listed is not there: a request is sent within a minute, answered half a minute later, and listed a minute
/// and a half after that; a minute is for clocks that differ.
pub(super) const SETTLE_SECONDS: u64 = 240;

/// GitHub Actions behind the port.
pub(super) struct ActionsBackend {
    workshop: Arc<Workshop>,
    followers: Followers,
    reports: mpsc::Sender<BuildReport>,
    /// Builds whose run was asked to end, and may need more than asking.
    cancelled: Mutex<BTreeSet<BuildId>>,
    /// What was noted of builds that are about to be begun.
    prepared: Mutex<BTreeMap<BuildId, Handle>>,
}

impl ActionsBackend {
    /// A backend that reports into this channel.
    pub(super) fn new(
        workshop: Arc<Workshop>,
        followers: Followers,
        reports: mpsc::Sender<BuildReport>,
    ) -> Self {
        Self {
            workshop,
            followers,
            reports,
            cancelled: Mutex::default(),
            prepared: Mutex::default(),
        }
    }

    async fn component(&self, build: &BuildId) -> Result<FrozenComponent, Failure> {
        let frozen = self.workshop.frozen(&build.release).await?;
        let component = frozen.component(&build.node).cloned();
        component.ok_or_else(|| {
            Failure::new(
                FailureKind::Source,
                format!("{} is not part of the plan", build.node),
            )
        })
    }

    fn repository(&self, component: &FrozenComponent) -> Result<Repository, Failure> {
        self.workshop.repository(&component.source)
    }

    fn follow(
        &self,
        order: &BuildOrder,
        component: FrozenComponent,
        handle: Handle,
        (called, run): (Called, Option<WorkflowRunId>),
    ) {
        let follow = Follow {
            workshop: Arc::clone(&self.workshop),
            order: order.clone(),
            component,
            handle,
            called,
            run,
            sight: Sight::default(),
        };
        follow.begin(&self.followers, self.reports.clone());
    }

    /// Follows a build that was begun, unless it is followed already. `handle` is the stored note of its dispatch.
    ///
    /// # Errors
    /// If the note or the plan cannot be read.
    pub(super) async fn adopt(&self, order: &BuildOrder, handle: &str) -> Result<(), Failure> {
        if !self.followers.has(&order.build) {
            let component = self.component(&order.build).await?;
            self.follow(order, component, read(handle)?, Default::default());
        }
        Ok(())
    }

    /// The run of a build, if there is one. In doubt for as long as a list may lag behind its dispatch; and where runs bear no ids, only one
    /// that is known to be this build's counts.
    async fn run_of(&self, build: &BuildId) -> Result<Option<(Repository, WorkflowRunId)>, Failure> {
        let component = self.component(build).await?;
        let repository = self.repository(&component)?;
        if let Some(run) = self.followers.run_of(build) {
            return Ok(Some((repository, run)));
        }
        let noted = noted(&*self.workshop.store, build).await.map_err(as_failure)?;
        let Some(handle) = noted else { return Ok(None) };
        // A list that took long tells of when it was asked for.
        let asked = self.workshop.clock.now();
        let found = match component.worker {
            WorkerKind::ByDispatchId => {
                let found = self.find(build, (&repository, &component), &handle).await?;
                found.map(|run| run.id)
            }
            WorkerKind::Legacy => claims(&self.workshop, &component, (build, &handle)).await?.own,
        };
        match found {
            Some(run) => Ok(Some((repository, run))),
            None if asked < handle.sent_at().plus_seconds(SETTLE_SECONDS) => Err(unseen(&handle)),
            None => Ok(None),
        }
    }

    async fn find(
        &self,
        build: &BuildId,
        (repository, component): (&Repository, &FrozenComponent),
        handle: &Handle,
    ) -> Result<Option<WorkflowRun>, Failure> {
        let actors = self.workshop.actors().await.map_err(|error| failure_of(&error))?;
        let expected = expected_runs(None, actors, component, handle);
        let claims = claims(&self.workshop, component, (build, handle)).await?;
        let found = find(repository, &expected, (handle, &component.workflow), &claims).await;
        found.map_err(|error| failure_of(&error))
    }

    /// Asks a worker to build, by this time or not at all; answers how it was called, and its run if GitHub says so.
    async fn call(
        &self,
        component: &FrozenComponent,
        inputs: &BTreeMap<String, String>,
        latest: Timestamp,
    ) -> Result<(Called, Option<WorkflowRunId>), Unfinished> {
        let dispatched = match component.worker {
            WorkerKind::ByDispatchId => {
                let repository = self.repository(component)?.not_after(latest);
                repository
                    .dispatch_workflow(&component.workflow, component.reference(), inputs)
                    .await
            }
            WorkerKind::Legacy => return self.send_event((component, None), inputs, latest).await,
        };
        match dispatched {
            // It cannot be started itself, for whatever reason GitHub has; it may listen for an event all the same.
            Written::Rejected(error) if error.status() == Some(422) => {
                let declined = sentence(&error);
                let sent = self
                    .send_event((component, Some(declined.clone())), inputs, latest)
                    .await;
                sent.map_err(|unfinished| match unfinished {
                    Unfinished::Failed(failure) => {
                        let both = format!(
                            "{} (and it could not be started itself: {declined})",
                            failure.reason
                        );
                        Failure::new(failure.kind, both).into()
                    }
                    doubt @ Unfinished::Unknown { .. } => doubt,
                })
            }
            dispatched @ (Written::Done(_)
            | Written::Accepted
            | Written::Rejected(_)
            | Written::Unknown(_)) => {
                let called = Called {
                    call: Some(Call::WorkflowDispatch),
                    declined: None,
                };
                Ok((called, made(dispatched)?))
            }
        }
    }

    /// Sends the event that a worker listens for. GitHub does not say which run comes of it.
    async fn send_event(
        &self,
        (component, declined): (&FrozenComponent, Option<String>),
        inputs: &BTreeMap<String, String>,
        latest: Timestamp,
    ) -> Result<(Called, Option<WorkflowRunId>), Unfinished> {
        let repository = self.workshop.writable(&component.source)?.not_after(latest);
        let payload = serde_json::json!(inputs);
        made(repository.dispatch_event(&component.event_type, &payload).await)?;
        let called = Called {
            call: Some(Call::RepositoryDispatch),
            declined,
        };
        Ok((called, None))
    }

    fn prepared(&self) -> MutexGuard<'_, BTreeMap<BuildId, Handle>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_cancelled(&self, build: &BuildId) -> bool {
        let mut cancelled = self.cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        !cancelled.insert(build.clone())
    }
}

fn unseen(handle: &Handle) -> Failure {
    let reason = format!("no run of {} is seen yet; GitHub's lists lag", handle.dispatch_id);
    Failure::new(FailureKind::Network, reason)
}

/// What a build's bytes depend on, as far as it is known here.
pub(super) fn reuse_key(order: &BuildOrder) -> Sha256Digest {
    let mut digest = DigestWriter::new();
    digest.update(b"governance/actions-reuse-key/v1\n");
    digest.update(format!("{} {}\n", order.build.node, order.commit).as_bytes());
    for (node, output) in &order.needs {
        digest.update(format!("{node} {output}\n").as_bytes());
    }
    digest.finish()
}

#[async_trait]
impl BuildBackend for ActionsBackend {
    /// Workers check their own sources out: what has to be there are the tags.
    async fn lay_out_sources(
        &self,
        release: &ReleaseId,
        _built: &BTreeMap<NodeId, Vec<BuiltArtifact>>,
    ) -> Result<(), Unfinished> {
        let frozen = self.workshop.frozen(release).await?;
        make_tags(&self.workshop, (release, &frozen)).await
    }

    fn reuse_key(&self, order: &BuildOrder) -> Result<Sha256Digest, Failure> {
        Ok(reuse_key(order))
    }

    /// A worker's machine is not ours: every release is built anew.
    async fn take_earlier(&self, _order: &BuildOrder, _artifacts: &[BuiltArtifact]) -> bool {
        false
    }

    async fn prepare(&self, order: &BuildOrder) -> Result<String, Failure> {
        self.component(&order.build).await?;
        // Who does not know it yet says nothing of it.
        let by = self.workshop.actors().await.ok().map(Into::into);
        let handle = Handle {
            dispatch_id: dispatch_id(&order.build),
            sent_at: self.workshop.clock.now().milliseconds(),
            by,
        };
        self.prepared().insert(order.build.clone(), handle.clone());
        serde_json::to_string(&handle).map_err(|error| Failure::new(FailureKind::Unknown, error.to_string()))
    }

    async fn begin(&self, order: &BuildOrder) -> Result<Begun, Unfinished> {
        let component = self.component(&order.build).await?;
        let prepared = self.prepared().remove(&order.build);
        let handle = prepared.unwrap_or_else(|| Handle {
            dispatch_id: dispatch_id(&order.build),
            sent_at: self.workshop.clock.now().milliseconds(),
            by: None,
        });
        // Whoever looks for the run goes by the note: what is sent long after it would not be waited for.
        let latest = handle.sent_at().plus_seconds(SEND_SECONDS);
        let inputs = inputs(order, &component);
        let called = self.call(&component, &inputs, latest).await?;
        self.follow(order, component, handle, called);
        Ok(Begun::Queued)
    }

    async fn recover(&self, order: &BuildOrder, handle: &str) -> Result<Recovered, Failure> {
        let handle = read(handle)?;
        let component = self.component(&order.build).await?;
        let repository = self.repository(&component)?;
        // A list that took long tells of when it was asked for.
        let asked = self.workshop.clock.now();
        let found = self
            .find(&order.build, (&repository, &component), &handle)
            .await?;
        if let Some(run) = found {
            let begun = match run.status {
                RunStatus::InProgress => Begun::Running,
                RunStatus::Requested
                | RunStatus::Waiting
                | RunStatus::Pending
                | RunStatus::Queued
                | RunStatus::Completed
                | RunStatus::Other(_) => Begun::Queued,
            };
            // The follower looks at it at once: it may have ended long ago.
            self.follow(order, component, handle, Default::default());
            return Ok(Recovered::Alive(begun));
        }
        let settled = handle.sent_at().plus_seconds(SETTLE_SECONDS);
        if asked < settled {
            return Err(unseen(&handle));
        }
        Ok(Recovered::NotBegun)
    }

    async fn stop(&self, build: &BuildId) -> Result<(), Failure> {
        // Until its run is gone, whoever follows the build keeps it in mind: nobody else may know which it is.
        let Some((repository, run)) = self.run_of(build).await? else {
            self.followers.end(build);
            return Ok(());
        };
        let seen = repository.run(run).await.map_err(|error| failure_of(&error))?;
        if seen.is_none_or(|run| run.status == RunStatus::Completed) {
            self.followers.end(build);
            return Ok(());
        }
        let asked = match self.was_cancelled(build) {
            false => repository.cancel(run).await,
            true => repository.force_cancel(run).await,
        };
        made(asked).map_err(as_failure)?;
        Err(refused(format!("run {run} was asked to end and has not yet")))
    }

    /// Runs go on without us; whoever comes next follows them.
    async fn stop_all(&self) -> Vec<BuildId> {
        Vec::new()
    }
}
