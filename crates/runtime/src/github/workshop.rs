//! What planning, building and publishing on GitHub have in common, for all releases.

use super::apps::{Actors, Apps};
use super::frozen::{FrozenRelease, FullName};
use super::places::GithubPlaces;
use super::planning;
use super::ranges::FoundBefore;
use super::said::failure_of;
use crate::book;
use crate::configuration::Configuration;
use crate::error::sentence;
use crate::ports::Clock;
use domain_types::ReleaseId;
use github_client::{GitHub, GitHubError, Repository};
use local_build::ObjectStore;
use orchestrator::{Failure, FailureKind, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{PullRequestStore, Store};
use tokio::sync::{Mutex, Notify};

/// The tools of a server.
pub struct Workshop {
    /// GitHub, as our Apps.
    pub(super) apps: Apps,
    /// Where releases are stored.
    pub store: Arc<dyn Store>,
    /// The same, for what was decided about pull requests.
    pub(super) pull_requests: Arc<dyn PullRequestStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// What is configured.
    pub configuration: Configuration,
    /// Where files lie.
    pub places: GithubPlaces,
    /// This program and its version, for the evidence.
    pub tool_version: String,
    pub(super) objects: ObjectStore,
    /// What plans that had to wait have asked of GitHub already.
    pub(super) found_before: FoundBefore,
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
        (apps, store, clock): (Apps, Arc<dyn PullRequestStore>, Arc<dyn Clock>),
        configuration: Configuration,
        places: GithubPlaces,
        tool_version: String,
    ) -> Result<Self, std::io::Error> {
        std::fs::create_dir_all(places.downloads())?;
        let objects = ObjectStore::open(&places.objects()).map_err(std::io::Error::other)?;
        Ok(Self {
            apps,
            store: Arc::clone(&store) as _,
            pull_requests: store,
            clock,
            configuration,
            places,
            tool_version,
            objects,
            found_before: FoundBefore::default(),
            frozen: Mutex::default(),
            stray: Notify::new(),
        })
    }

    /// In whose names runs are begun, asked once.
    pub(super) async fn actors(&self) -> Result<Actors<'_>, GitHubError> {
        let home = planning::home(&self.configuration);
        let home = home.map_err(|refusal| GitHubError::Setting {
            setting: "[release] repository",
            reason: refusal.to_string(),
        })?;
        self.apps.actors(&home).await
    }

    /// GitHub as the App that builds, follows, reads and says how it stands.
    pub(super) fn github(&self) -> &GitHub {
        self.apps.gate()
    }

    /// GitHub as the App that writes contents.
    pub(super) fn writer(&self) -> &GitHub {
        self.apps.release()
    }

    /// A repository, as the App that builds in it.
    pub(super) fn repository(&self, name: &FullName) -> Result<Repository, Failure> {
        let repository = self.github().repository(&name.owner, &name.name);
        repository.map_err(|error| failure_of(&error))
    }

    /// A repository, as the App that may write its contents: tags, drafts, releases, and events.
    pub(super) fn writable(&self, name: &FullName) -> Result<Repository, Failure> {
        let repository = self.apps.release().repository(&name.owner, &name.name);
        repository.map_err(|error| failure_of(&error))
    }

    /// The release as it is stored now.
    pub(super) async fn state(&self, release: &ReleaseId) -> Result<State, Failure> {
        let loaded = book::load(&*self.store, release).await;
        let loaded = loaded.map_err(|error| Failure::new(FailureKind::DiskFull, sentence(&error)))?;
        loaded.ok_or_else(|| Failure::new(FailureKind::Source, format!("{release} is not stored")))
    }

    /// How a release has ended, if it is there and has.
    pub(super) async fn ended(&self, release: &ReleaseId) -> Result<Option<&'static str>, String> {
        let known = book::load(&*self.store, release).await;
        let known = known.map_err(|error| sentence(&error))?;
        let ended = known.filter(|state| state.phase().is_ended());
        Ok(ended.map(|state| state.phase().label()))
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
