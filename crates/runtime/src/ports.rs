//! The boundaries where two true implementations exist: local processes and GitHub Actions, a directory and a GitHub
//! release, the system's clock and a manual one. Small traits; each says what its failure means.

use async_trait::async_trait;
use domain_types::{BuildId, CommitSha, NodeId, ReleaseId, Sha256Digest, Timestamp};
use orchestrator::{BuiltArtifact, Event, Failure, FailureKind, State};
use std::collections::BTreeMap;
use storage::{InboxRow, NewInboxRow};

/// The one source of the present.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The present, UTC.
    fn now(&self) -> Timestamp;

    /// Returns at this time, or at once if it has passed.
    async fn wait_until(&self, due: Timestamp);
}

/// What a backend needs to know to build one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOrder {
    /// Which attempt of which node.
    pub build: BuildId,
    /// The frozen commit.
    pub commit: CommitSha,
    /// What it needs, with the digest of each output, in name order.
    pub needs: Vec<(NodeId, Sha256Digest)>,
}

/// Where a build stands that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The backend took it; that it runs is reported later.
    Queued,
    /// It runs.
    Running,
}

/// Why a call that shows outside did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// It certainly has no effect and never will; nothing of it is left.
    Failed(Failure),
    /// It may have its effect: no answer came, or one that makes no sense. A look tells later.
    Unknown {
        /// Why nobody can tell.
        reason: String,
    },
}

impl Unfinished {
    /// Why, in one sentence.
    pub fn into_reason(self) -> String {
        match self {
            Self::Failed(failure) => failure.reason,
            Self::Unknown { reason } => reason,
        }
    }
}

impl From<Failure> for Unfinished {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What became of a build that was under way when our process ended, or when no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// It was never begun.
    NotBegun,
    /// It goes on without us, and its reports will come: a backend that is not of our process.
    Alive(Begun),
    /// It ended, and this is its report: succeeded or failed.
    Ended(Event),
    /// It was begun and nothing of it is left.
    Interrupted,
}

/// Builds nodes. Reports of builds that go on after [`BuildBackend::begin`] come through the channel given to the
/// backend when it was made.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait BuildBackend: Send + Sync + 'static {
    /// Lays out the sources of the whole plan from the frozen commits. Idempotent. What builds of this release left in
    /// the trees of `built` stays, and their artifacts are put back where they are missing, for the builds that read
    /// them; all other trees are as new.
    ///
    /// # Errors
    /// Why not, or that nobody can tell: nothing may be built then.
    async fn lay_out_sources(
        &self,
        release: &ReleaseId,
        built: &BTreeMap<NodeId, Vec<BuiltArtifact>>,
    ) -> Result<(), Unfinished>;

    /// The digest over everything that a build's bytes depend on: commit, recipe, platform, outputs of what it needs.
    ///
    /// # Errors
    /// If the node has no recipe.
    fn reuse_key(&self, order: &BuildOrder) -> Result<Sha256Digest, Failure>;

    /// Takes an earlier release's output in place of a build, if the operator allows it and every byte is still there:
    /// builds that need this one find its artifacts where it would have left them. False if it must be built.
    async fn take_earlier(&self, order: &BuildOrder, artifacts: &[BuiltArtifact]) -> bool;

    /// Makes everything ready and answers the handle by which [`BuildBackend::recover`] finds the build again. Nothing
    /// of the build runs yet: the caller stores the handle durably, then calls [`BuildBackend::begin`], or
    /// [`BuildBackend::stop`] if it could not. If the build belongs to another process by then, neither is called.
    ///
    /// # Errors
    /// Why it cannot begin; nothing of it is left then.
    async fn prepare(&self, order: &BuildOrder) -> Result<String, Failure>;

    /// Begins what was prepared. Returns as soon as it runs, or waits for a runner.
    ///
    /// # Errors
    /// Why it did not begin, or that nobody can tell: then [`BuildBackend::recover`] finds it by its handle.
    async fn begin(&self, order: &BuildOrder) -> Result<Begun, Unfinished>;

    /// Ends what a dead process of ours left of this build, and says what became of it. Idempotent. A backend that is not
    /// of our process ends nothing and only looks.
    ///
    /// # Errors
    /// If the remains cannot be ended: nothing may be built then.
    async fn recover(&self, order: &BuildOrder, handle: &str) -> Result<Recovered, Failure>;

    /// Ends a build that runs; its report is no longer awaited. Idempotent.
    ///
    /// # Errors
    /// If it cannot be ended.
    async fn stop(&self, build: &BuildId) -> Result<(), Failure>;

    /// Ends all builds that run and answers which they were: the process is about to end in good order.
    async fn stop_all(&self) -> Vec<BuildId>;
}

/// What follows from a row of the inbox that names no release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gathered {
    /// These rows, in this order; none if the row was only a hint, or concerns nobody.
    Follows(Vec<NewInboxRow>),
    /// Nothing, and whoever asked is told why.
    Refused {
        /// One sentence for people.
        reason: String,
    },
    /// Nobody can tell yet: the row is gathered for again when its lease has run out.
    Later {
        /// Why not.
        reason: String,
    },
}

/// Gathers facts for what comes from outside and names no release: a webhook, somebody's wish to release a tag.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Gatherer: Send + Sync + 'static {
    /// Asks whoever knows; changes nothing outside. Cut off at any instant, it is asked again for the same row.
    async fn gather(&self, row: &InboxRow) -> Gathered;
}

/// Whom somebody is to be told, beside the builds of a release and its own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A follow-up, by its name.
    FollowUp(String),
    /// A step of the former way, by its name.
    FormerStep(String),
}

impl Word {
    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Self::FollowUp(name) | Self::FormerStep(name) => name,
        }
    }
}

/// What is known of something that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// For people.
    pub text: String,
    /// The number of the run that it began, if that is known.
    pub run: Option<u64>,
}

/// How the sending of a follow-up ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUpSent {
    /// Whom it concerns was told.
    Done(Told),
    /// Certainly nobody was told, and it may be tried again.
    Later {
        /// Why not now.
        reason: String,
    },
    /// Nobody can tell: [`ReleasePublisher::followed_up`] does later.
    Unknown {
        /// Why not.
        reason: String,
    },
    /// It will never be.
    Failed(Failure),
}

/// What became of a follow-up that was about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUpFound {
    /// It arrived.
    Done(Told),
    /// It did not arrive and is not about to, or does no harm twice.
    NotDone,
    /// Nobody will ever know, and it must not be sent twice.
    InDoubt(String),
}

/// Puts a release together and makes it visible.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait ReleasePublisher: Send + Sync + 'static {
    /// Writes every file of the release to a work place, anew each time; answers the manifest's digest.
    ///
    /// # Errors
    /// Why not; the work place is worthless then. Or that nobody can tell yet, because what is needed cannot be had just now: then it is
    /// done again.
    async fn collect(&self, state: &State) -> Result<Sha256Digest, Unfinished>;

    /// Verifies what was collected; it must be `manifest`.
    ///
    /// # Errors
    /// With kind `Verification` if a check says no. Or that nobody can tell yet, as for [`ReleasePublisher::collect`].
    async fn verify(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished>;

    /// Makes the draft anew from what was collected: complete, verified to be `manifest`, not visible. Can be repeated.
    ///
    /// # Errors
    /// Why not; what there is of the draft does not count. Or that nobody can tell: then it is made again.
    async fn draft(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished>;

    /// Verifies once more that the draft is `manifest` and makes it visible, whole or not at all. The only irreversible
    /// step: what is not this manifest never becomes visible.
    ///
    /// # Errors
    /// Why not: nothing is visible then, unless what became visible was changed in that instant. Or that nobody can tell:
    /// then [`ReleasePublisher::published`] does.
    async fn publish(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished>;

    /// The digest of the manifest that is visible for this release, if one is.
    ///
    /// # Errors
    /// If it cannot be told, now or ever.
    async fn published(&self, release: &ReleaseId) -> Result<Option<Sha256Digest>, Failure>;

    /// What is to be noted before a follow-up is sent: by it [`ReleasePublisher::followed_up`] finds what became of it.
    ///
    /// # Errors
    /// If the release has no such follow-up.
    async fn prepare_follow_up(&self, _release: &ReleaseId, word: &Word) -> Result<String, Failure> {
        Err(no_follow_up(word))
    }

    /// Tells whom a follow-up concerns, under this note.
    async fn follow_up(&self, _release: &ReleaseId, word: &Word, _note: &str) -> FollowUpSent {
        FollowUpSent::Failed(no_follow_up(word))
    }

    /// What became of a follow-up that may have been sent under this note.
    ///
    /// # Errors
    /// If that cannot be told yet.
    async fn followed_up(
        &self,
        _release: &ReleaseId,
        word: &Word,
        _note: &str,
    ) -> Result<FollowUpFound, Failure> {
        Err(no_follow_up(word))
    }

    /// Removes what was collected and drafted and not published. Idempotent.
    ///
    /// # Errors
    /// What could not be removed.
    async fn discard(&self, release: &ReleaseId) -> Result<(), Failure>;
}

fn no_follow_up(word: &Word) -> Failure {
    Failure::new(
        FailureKind::Source,
        format!("nobody is told of such a release, {} neither", word.name()),
    )
}

/// A report of the outside about a build, on its way to the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildReport {
    /// The build.
    pub build: BuildId,
    /// What happened.
    pub event: Event,
}
