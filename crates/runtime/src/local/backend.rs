//! Builds nodes as processes of this machine. See [`crate::ports::BuildBackend`] for what is promised.

use super::freeze::Frozen;
use super::places::Places;
use super::release::{Reproducibility, Reuse};
use super::report::{failed, failure_of_end, failure_of_error, succeeded};
use crate::ports::{BuildBackend, BuildOrder, BuildReport, Recovered};
use async_trait::async_trait;
use domain_types::{BuildId, DigestWriter, NodeId, RepoName, Sha256Digest};
use local_build::{
    BuildEnd, END_GRACE, EarlierProducts, Found, Git, Limits, ObjectStore, ProcessGroup, Recipe,
    RunningBuild, StartedBuild, SurroundingsOrder, Variation, collect_artifacts, end_group, recorded_group,
    settle, start_build, surroundings,
};
use orchestrator::{BuiltArtifact, Event, Failure, FailureKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

type Live = Arc<Mutex<BTreeMap<BuildId, ProcessGroup>>>;

/// What builds and where, fixed for one run.
pub(super) struct Workshop {
    pub(super) frozen: Frozen,
    pub(super) recipes: BTreeMap<NodeId, Recipe>,
    pub(super) places: Places,
    pub(super) base_env: BTreeMap<String, String>,
    pub(super) git: Git,
    pub(super) objects: ObjectStore,
    pub(super) reuse: Reuse,
    pub(super) reproducibility: Reproducibility,
}

/// A build that waits at its gate, and the tree that it will have to itself.
struct Prepared {
    started: StartedBuild,
    tree: TreeGuard,
}

type TreeGuard = tokio::sync::OwnedMutexGuard<()>;

/// Local processes behind the port.
pub(super) struct LocalBackend {
    workshop: Arc<Workshop>,
    live: Live,
    prepared: tokio::sync::Mutex<BTreeMap<BuildId, Prepared>>,
    trees: BTreeMap<RepoName, Arc<tokio::sync::Mutex<()>>>,
    reports: mpsc::Sender<BuildReport>,
}

impl LocalBackend {
    pub(super) fn new(workshop: Arc<Workshop>, reports: mpsc::Sender<BuildReport>) -> Self {
        let trees = workshop
            .frozen
            .repositories
            .keys()
            .map(|name| (name.clone(), Arc::default()))
            .collect();
        Self {
            workshop,
            live: Live::default(),
            prepared: tokio::sync::Mutex::default(),
            trees,
            reports,
        }
    }

    fn live(&self) -> MutexGuard<'_, BTreeMap<BuildId, ProcessGroup>> {
        locked(&self.live)
    }

    /// Earlier attempts of the same node are over by decision; this makes sure that they are over in truth.
    async fn end_earlier_attempts(&self, build: &BuildId) -> Result<(), local_build::Error> {
        for attempt in 1..build.attempt {
            let folder = self.workshop.places.run_folder(&BuildId {
                attempt,
                ..build.clone()
            });
            if let Some(group) = recorded_group(&folder)? {
                end_group(&group, Duration::ZERO).await?;
            }
        }
        Ok(())
    }

    async fn make_ready(&self, order: &BuildOrder) -> Result<Prepared, Failure> {
        let failure = |error: local_build::Error| failure_of_error(&error, None);
        let tree = self
            .trees
            .get(&order.build.node.repository)
            .cloned()
            .unwrap_or_default();
        let tree = tree.lock_owned().await;
        self.end_earlier_attempts(&order.build).await.map_err(failure)?;
        self.workshop
            .renew_tree(&order.build.node.repository)
            .await
            .map_err(failure)?;
        let build = self.workshop.build_order(order).map_err(failure)?;
        let started = start_build(&build).await.map_err(failure)?;
        Ok(Prepared { started, tree })
    }

    /// Waits for the end of a build, and reports it unless the build was stopped.
    fn watch(
        &self,
        order: BuildOrder,
        reuse_key: Sha256Digest,
        (mut running, tree): (RunningBuild, TreeGuard),
    ) {
        let (workshop, live, reports) = (
            Arc::clone(&self.workshop),
            Arc::clone(&self.live),
            self.reports.clone(),
        );
        tokio::spawn(async move {
            let end = running.wait().await;
            if locked(&live).remove(&order.build).is_none() {
                return;
            }
            let event = workshop.conclude(&order, reuse_key, end).await;
            drop(tree);
            // Nobody listens any more only when the process ends; the next one finds the status file.
            let _ = reports
                .send(BuildReport {
                    build: order.build,
                    event,
                })
                .await;
        });
    }
}

fn locked(live: &Live) -> MutexGuard<'_, BTreeMap<BuildId, ProcessGroup>> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl BuildBackend for LocalBackend {
    async fn lay_out_sources(&self, built: &BTreeSet<RepoName>) -> Result<(), Failure> {
        self.workshop
            .lay_out_sources(built)
            .await
            .map_err(|error| failure_of_error(&error, None))
    }

    fn reuse_key(&self, order: &BuildOrder) -> Result<Sha256Digest, Failure> {
        let recipe = self.workshop.recipe(&order.build.node)?;
        let mut digest = DigestWriter::new();
        digest.update(b"governance/reuse-key/v1\n");
        let head = format!("{} {} {}\n", order.build.node, order.commit, recipe.digest());
        digest.update(head.as_bytes());
        for (node, output) in &order.needs {
            digest.update(format!("{node} {output}\n").as_bytes());
        }
        // Sources beside the built ones have no output; any of them may be compiled in.
        for component in self.workshop.frozen.plan.sources_only() {
            let commit = component
                .commit
                .as_ref()
                .map_or("", domain_types::CommitSha::as_str);
            digest.update(format!("{} {commit}\n", component.name).as_bytes());
        }
        Ok(digest.finish())
    }

    async fn may_reuse(&self, artifacts: &[BuiltArtifact]) -> bool {
        if self.workshop.reuse == Reuse::Never || self.workshop.reproducibility == Reproducibility::BuildTwice
        {
            return false;
        }
        let (workshop, artifacts) = (Arc::clone(&self.workshop), artifacts.to_vec());
        let intact = move || {
            artifacts
                .iter()
                .all(|artifact| workshop.objects.verify(&artifact.digest).is_ok())
        };
        tokio::task::spawn_blocking(intact).await.unwrap_or(false)
    }

    async fn prepare(&self, order: &BuildOrder) -> Result<String, Failure> {
        let prepared = self.make_ready(order).await?;
        let handle = serde_json::to_string(prepared.started.group());
        let handle = handle.map_err(|error| Failure::new(FailureKind::Unknown, error.to_string()))?;
        self.prepared.lock().await.insert(order.build.clone(), prepared);
        Ok(handle)
    }

    async fn begin(&self, order: &BuildOrder) -> Result<(), Failure> {
        let reuse_key = self.reuse_key(order)?;
        let missing = || Failure::new(FailureKind::Unknown, format!("{} was not prepared", order.build));
        let Prepared { started, tree } = self
            .prepared
            .lock()
            .await
            .remove(&order.build)
            .ok_or_else(missing)?;
        self.live().insert(order.build.clone(), started.group().clone());
        match started.begin().await {
            Ok(running) => {
                self.watch(order.clone(), reuse_key, (running, tree));
                Ok(())
            }
            Err(error) => {
                self.live().remove(&order.build);
                Err(failure_of_error(&error, None))
            }
        }
    }

    async fn recover(&self, order: &BuildOrder, handle: &str) -> Result<Recovered, Failure> {
        let group: ProcessGroup = serde_json::from_str(handle).map_err(|error| {
            Failure::new(
                FailureKind::Unknown,
                format!("a stored process group is damaged: {error}"),
            )
        })?;
        let folder = self.workshop.places.run_folder(&order.build);
        match settle(&folder, &group, Duration::ZERO).await {
            Ok(Found::Finished(end)) => {
                let reuse_key = self.reuse_key(order)?;
                Ok(Recovered::Ended(
                    self.workshop.conclude(order, reuse_key, Ok(end)).await,
                ))
            }
            Ok(Found::Gone | Found::Alive) => Ok(Recovered::Interrupted),
            Err(error) => Err(failure_of_error(&error, None)),
        }
    }

    async fn stop(&self, build: &BuildId) -> Result<(), Failure> {
        // A build that only waits at its gate ends when its gate is dropped.
        drop(self.prepared.lock().await.remove(build));
        let live = self.live().remove(build);
        let recorded = || recorded_group(&self.workshop.places.run_folder(build));
        let group = match live {
            Some(group) => Some(group),
            None => recorded().map_err(|error| failure_of_error(&error, None))?,
        };
        if let Some(group) = group {
            end_group(&group, END_GRACE)
                .await
                .map_err(|error| failure_of_error(&error, None))?;
        }
        Ok(())
    }

    async fn stop_all(&self) -> Vec<BuildId> {
        let live = std::mem::take(&mut *self.live());
        for group in live.values() {
            // What does not end now is ended by the next start, which finds it in the store.
            let _ = end_group(group, END_GRACE).await;
        }
        live.into_keys().collect()
    }
}

impl Workshop {
    fn recipe(&self, node: &NodeId) -> Result<&Recipe, Failure> {
        let missing = || Failure::new(FailureKind::Unknown, format!("{node} has no recipe"));
        self.recipes.get(node).ok_or_else(missing)
    }

    pub(super) fn tree(&self, repository: &RepoName) -> PathBuf {
        let folder = self
            .frozen
            .repositories
            .get(repository)
            .map_or(repository.as_str(), |frozen| &frozen.folder);
        self.places.sources.join(folder)
    }

    fn build_order(&self, order: &BuildOrder) -> Result<local_build::BuildOrder, local_build::Error> {
        let node = &order.build.node;
        let recipe = self.recipes.get(node).cloned().unwrap_or_default();
        let commit_time = self
            .frozen
            .repositories
            .get(&node.repository)
            .map(|frozen| frozen.commit_time);
        let surroundings = surroundings(&SurroundingsOrder {
            base: &self.base_env,
            source_root: &self.places.sources,
            commit_time: commit_time.unwrap_or(domain_types::Timestamp::EPOCH),
            recipe_env: &recipe.env,
            variation: Variation::First,
        })?;
        Ok(local_build::BuildOrder {
            tree: self.tree(&node.repository),
            run_folder: self.places.run_folder(&order.build),
            recipe,
            surroundings,
            limits: Limits::default(),
            earlier: EarlierProducts::Discard,
        })
    }

    /// The report of a build whose commands have ended.
    async fn conclude(
        self: &Arc<Self>,
        order: &BuildOrder,
        reuse_key: Sha256Digest,
        end: Result<BuildEnd, local_build::Error>,
    ) -> Event {
        let build = &order.build;
        let log = self.places.run_folder(build).join("log");
        let end = match end {
            Ok(end) => end,
            Err(error) => return failed(build, failure_of_error(&error, Some(&log))),
        };
        if !end.exit.is_success() {
            return failed(build, failure_of_end(&end, &log));
        }
        let workshop = Arc::clone(self);
        let node = build.node.clone();
        let collected = tokio::task::spawn_blocking(move || {
            let recipe = workshop.recipes.get(&node).cloned().unwrap_or_default();
            collect_artifacts(&workshop.tree(&node.repository), &recipe, &workshop.objects)
        });
        match collected.await {
            Ok(Ok(output)) => match self.check_reproducible(order, &output).await {
                Ok(()) => succeeded(build, reuse_key, output),
                Err(failure) => failed(build, failure),
            },
            Ok(Err(error)) => failed(build, failure_of_error(&error, Some(&log))),
            Err(error) => failed(build, Failure::new(FailureKind::Unknown, error.to_string())),
        }
    }
}
