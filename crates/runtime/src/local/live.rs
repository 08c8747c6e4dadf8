//! The builds of this process that run: from their begin until their report is on the way, second builds included.

use domain_types::BuildId;
use local_build::{Error, GroupEnd, ProcessGroup, end_group};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// All of them. Clones are the same list.
#[derive(Clone, Default)]
pub(super) struct LiveBuilds(Arc<Mutex<BTreeMap<BuildId, LiveBuild>>>);

/// One of them, as whoever stops it has it.
pub(super) struct LiveBuild {
    pub(super) group: ProcessGroup,
    told: Arc<Notify>,
    gone: oneshot::Receiver<()>,
}

/// One of them, as its watcher has it, until nothing of it is left.
pub(super) struct Watched {
    told: Arc<Notify>,
    _gone_when_dropped: oneshot::Sender<()>,
}

impl LiveBuilds {
    /// It is about to begin.
    pub(super) fn enter(&self, build: &BuildId, group: &ProcessGroup) -> Watched {
        let (sender, gone) = oneshot::channel();
        let told = Arc::new(Notify::new());
        let live = LiveBuild {
            group: group.clone(),
            told: Arc::clone(&told),
            gone,
        };
        self.locked().insert(build.clone(), live);
        Watched {
            told,
            _gone_when_dropped: sender,
        }
    }

    /// Takes it off the list: whoever does that says what becomes of it. None if somebody else did.
    pub(super) fn take(&self, build: &BuildId) -> Option<LiveBuild> {
        self.locked().remove(build)
    }

    /// Takes all of them.
    pub(super) fn take_all(&self) -> BTreeMap<BuildId, LiveBuild> {
        std::mem::take(&mut *self.locked())
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<BuildId, LiveBuild>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LiveBuild {
    /// Ends it and returns when its watcher has left: then nothing of it runs, and its tree is as its first build left it.
    ///
    /// # Errors
    /// As [`end_group`].
    pub(super) async fn end(self, grace: Duration) -> Result<GroupEnd, Error> {
        self.told.notify_one();
        let ended = end_group(&self.group, grace).await?;
        // The watcher says it by leaving.
        let _ = self.gone.await;
        Ok(ended)
    }
}

impl Watched {
    /// Returns when the build has been told to end, also before this was asked.
    pub(super) async fn told_to_end(&self) {
        self.told.notified().await;
    }
}
