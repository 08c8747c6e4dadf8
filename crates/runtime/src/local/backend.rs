//! Builds nodes as processes of this machine. See [`crate::ports::BuildBackend`] for what is promised.

use super::freeze::Frozen;
use super::live::{LiveBuilds, Watched};
use super::places::Places;
use super::release::{Reproducibility, Reuse};
use super::report::{failed, failure_of_end, failure_of_error, succeeded};
use crate::ports::{Begun, BuildBackend, BuildOrder, BuildReport, Recovered, Unfinished};
use async_trait::async_trait;
use domain_types::{BuildId, DigestWriter, NodeId, ReleaseId, RepoName, Sha256Digest};
use local_build::{
    BuildEnd, END_GRACE, EarlierProducts, Found, Git, Limits, ObjectStore, ProcessGroup, Recipe,
    RunningBuild, StartedBuild, SurroundingsOrder, Variation, collect_artifacts, end_group,
    put_artifact_back, recorded_group, settle, start_build, surroundings,
};
use orchestrator::{BuiltArtifact, Event, Failure, FailureKind};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

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
    live: LiveBuilds,
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
            live: LiveBuilds::default(),
            prepared: tokio::sync::Mutex::default(),
            trees,
            reports,
        }
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
        (mut running, tree, watched): (RunningBuild, TreeGuard, Watched),
    ) {
        let (workshop, live, reports) = (
            Arc::clone(&self.workshop),
            self.live.clone(),
            self.reports.clone(),
        );
        tokio::spawn(async move {
            let end = running.wait().await;
            let event = tokio::select! {
                biased;
                () = watched.told_to_end() => None,
                event = workshop.conclude(&order, reuse_key, end) => Some(event),
            };
            let Some(event) = event else {
                workshop.undo_comparison(&order.build.node.repository).await;
                drop(tree);
                return;
            };
            drop(tree);
            if live.take(&order.build).is_none() {
                return;
            }
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

#[async_trait]
impl BuildBackend for LocalBackend {
    async fn lay_out_sources(
        &self,
        _release: &ReleaseId,
        built: &BTreeMap<NodeId, Vec<BuiltArtifact>>,
    ) -> Result<(), Unfinished> {
        let repositories = built.keys().map(|node| node.repository.clone()).collect();
        let laid_out = self.workshop.lay_out_sources(&repositories).await;
        laid_out.map_err(|error| failure_of_error(&error, None))?;
        for (node, artifacts) in built {
            // A lost object is told by name when the release is put together; a build that needs it fails before.
            let _ = self.workshop.put_back(node, artifacts.clone()).await;
        }
        Ok(())
    }

    fn reuse_key(&self, order: &BuildOrder) -> Result<Sha256Digest, Failure> {
        let recipe = self.workshop.recipe(&order.build.node)?;
        let mut digest = DigestWriter::new();
        digest.update(b"governance/reuse-key/v2\n");
        let head = format!("{} {} {}\n", order.build.node, order.commit, recipe.digest());
        digest.update(head.as_bytes());
        // The tree holds exactly its tag, and builds ask git for it: the same commit under another tag gives other bytes.
        let tag = self
            .workshop
            .frozen
            .plan
            .component(&order.build.node.repository)
            .map(|component| &component.tag);
        digest.update(format!("{}\n", tag.map_or("", |tag| tag.as_str())).as_bytes());
        for (node, output) in &order.needs {
            digest.update(format!("{node} {output}\n").as_bytes());
        }
        // Sources beside the built ones have no output; any of them may be compiled in.
        for component in self.workshop.frozen.plan.sources_only() {
            let commit = component
                .commit
                .as_ref()
                .map_or("", domain_types::CommitSha::as_str);
            digest.update(format!("{} {} {commit}\n", component.name, component.tag).as_bytes());
        }
        Ok(digest.finish())
    }

    async fn take_earlier(&self, order: &BuildOrder, artifacts: &[BuiltArtifact]) -> bool {
        if self.workshop.reuse == Reuse::Never || self.workshop.reproducibility == Reproducibility::BuildTwice
        {
            return false;
        }
        let put_back = self.workshop.put_back(&order.build.node, artifacts.to_vec());
        put_back.await.is_ok()
    }

    async fn prepare(&self, order: &BuildOrder) -> Result<String, Failure> {
        let prepared = self.make_ready(order).await?;
        let handle = serde_json::to_string(prepared.started.group());
        let handle = handle.map_err(|error| Failure::new(FailureKind::Unknown, error.to_string()))?;
        self.prepared.lock().await.insert(order.build.clone(), prepared);
        Ok(handle)
    }

    async fn begin(&self, order: &BuildOrder) -> Result<Begun, Unfinished> {
        let reuse_key = self.reuse_key(order)?;
        let missing = || Failure::new(FailureKind::Unknown, format!("{} was not prepared", order.build));
        let Prepared { started, tree } = self
            .prepared
            .lock()
            .await
            .remove(&order.build)
            .ok_or_else(missing)?;
        let watched = self.live.enter(&order.build, started.group());
        match started.begin().await {
            Ok(running) => {
                self.watch(order.clone(), reuse_key, (running, tree, watched));
                Ok(Begun::Running)
            }
            Err(error) => {
                drop(self.live.take(&order.build));
                Err(failure_of_error(&error, None).into())
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
        let failure = |error: local_build::Error| failure_of_error(&error, None);
        if let Some(live) = self.live.take(build) {
            live.end(END_GRACE).await.map_err(failure)?;
        } else if let Some(group) =
            recorded_group(&self.workshop.places.run_folder(build)).map_err(failure)?
        {
            end_group(&group, END_GRACE).await.map_err(failure)?;
        }
        Ok(())
    }

    async fn stop_all(&self) -> Vec<BuildId> {
        let mut ending = tokio::task::JoinSet::new();
        for (build, live) in self.live.take_all() {
            let (folder, group) = (self.workshop.places.run_folder(&build), live.group.clone());
            ending.spawn(async move {
                // Whether it survived is what `settle` says.
                let _ = live.end(END_GRACE).await;
                (build, settle(&folder, &group, END_GRACE).await)
            });
        }
        let mut stopped = Vec::new();
        while let Some(ended) = ending.join_next().await {
            match ended {
                // It had ended by itself, and may have been built a second time: the next start finds its status file.
                Ok((_, Ok(Found::Finished(_)))) | Err(_) => {}
                // What does not end now is ended by the next start, which finds it in the store.
                Ok((build, _)) => stopped.push(build),
            }
        }
        stopped
    }
}

impl Workshop {
    fn recipe(&self, node: &NodeId) -> Result<&Recipe, Failure> {
        let missing = || Failure::new(FailureKind::Unknown, format!("{node} has no recipe"));
        self.recipes.get(node).ok_or_else(missing)
    }

    /// The artifacts of a finished build lie where it left them, for builds that need it. Every byte is compared.
    async fn put_back(self: &Arc<Self>, node: &NodeId, artifacts: Vec<BuiltArtifact>) -> Result<(), Failure> {
        let (workshop, node) = (Arc::clone(self), node.clone());
        let put_back = move || {
            let (tree, recipe) = (workshop.tree(&node.repository), workshop.recipes.get(&node));
            for artifact in &artifacts {
                workshop.objects.verify(&artifact.digest)?;
                let rules = recipe.map_or(&[][..], |recipe| &recipe.artifacts);
                if let Some(rule) = rules.iter().find(|rule| rule.name.as_str() == artifact.name) {
                    let artifact = (&artifact.digest, artifact.executable);
                    put_artifact_back(&tree, rule, artifact, &workshop.objects)?;
                }
            }
            Ok(())
        };
        match tokio::task::spawn_blocking(put_back).await {
            Ok(done) => done.map_err(|error: local_build::Error| failure_of_error(&error, None)),
            Err(error) => Err(Failure::new(FailureKind::Unknown, error.to_string())),
        }
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

#[cfg(test)]
pub(super) mod tests;
