//! What planning, building and publishing on GitHub have in common, for all releases.

use super::frozen::{FrozenRelease, FullName};
use super::places::GithubPlaces;
use super::said::failure_of;
use crate::book;
use crate::configuration::Configuration;
use crate::error::sentence;
use crate::ports::Clock;
use domain_types::ReleaseId;
use github_client::{GitHub, Repository};
use local_build::ObjectStore;
use orchestrator::{Failure, FailureKind, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::Store;
use tokio::sync::{Mutex, Notify, OnceCell};

/// The tools of a server.
pub struct Workshop {
    /// GitHub, as our App.
    pub github: GitHub,
    /// Where releases are stored.
    pub store: Arc<dyn Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// What is configured.
    pub configuration: Configuration,
    /// Where files lie.
    pub places: GithubPlaces,
    /// This program and its version, for the evidence.
    pub tool_version: String,
    pub(super) objects: ObjectStore,
    actor: OnceCell<String>,
    frozen: Mutex<BTreeMap<ReleaseId, Arc<FrozenRelease>>>,
    /// Rung when a webhook tells of a run that nobody follows here and that may be ours.
    pub(super) stray: Notify,
}

impl Workshop {
    /// Tools over these parts; makes the folders that are missing.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn new(
        (github, store, clock): (GitHub, Arc<dyn Store>, Arc<dyn Clock>),
        configuration: Configuration,
        places: GithubPlaces,
        tool_version: String,
    ) -> Result<Self, std::io::Error> {
        std::fs::create_dir_all(places.downloads())?;
        let objects = ObjectStore::open(&places.objects()).map_err(std::io::Error::other)?;
        Ok(Self {
            github,
            store,
            clock,
            configuration,
            places,
            tool_version,
            objects,
            actor: OnceCell::new(),
            frozen: Mutex::default(),
            stray: Notify::new(),
        })
    }

    /// The login of our App's user on GitHub, asked once.
    pub(super) async fn actor(&self) -> Result<&str, github_client::GitHubError> {
        let asked = self.actor.get_or_try_init(|| async {
            let app = self.github.app().await?;
            Ok(format!("{}[bot]", app.slug))
        });
        asked.await.map(String::as_str)
    }

    pub(super) fn repository(&self, name: &FullName) -> Result<Repository, Failure> {
        let repository = self.github.repository(&name.owner, &name.name);
        repository.map_err(|error| failure_of(&error))
    }

    /// The release as it is stored now.
    pub(super) async fn state(&self, release: &ReleaseId) -> Result<State, Failure> {
        let loaded = book::load(&*self.store, release).await;
        let loaded = loaded.map_err(|error| Failure::new(FailureKind::DiskFull, sentence(&error)))?;
        loaded.ok_or_else(|| Failure::new(FailureKind::Source, format!("{release} is not stored")))
    }

    /// What a release was begun with. It never changes, so it is read once.
    pub(super) async fn frozen(&self, release: &ReleaseId) -> Result<Arc<FrozenRelease>, Failure> {
        if let Some(frozen) = self.frozen.lock().await.get(release) {
            return Ok(Arc::clone(frozen));
        }
        let state = self.state(release).await?;
        let frozen = FrozenRelease::of(&state).map_err(|why| Failure::new(FailureKind::Source, why))?;
        let frozen = Arc::new(frozen);
        let mut known = self.frozen.lock().await;
        known.insert(release.clone(), Arc::clone(&frozen));
        Ok(frozen)
    }

    /// Forgets a release that has ended.
    pub(super) async fn forget(&self, release: &ReleaseId) {
        self.frozen.lock().await.remove(release);
    }
}
