//! One node of a release as it changes: its state, its attempts, what it gave.

use crate::{Failure, SeenRun};
use domain_types::{CommandId, ReleaseId, Sha256Digest, Timestamp, seeded_bug};
use serde::{Deserialize, Serialize};
use std::fmt;

/// `Waiting → Requested → Queued → Running → Succeeded | Failed | Skipped | Reused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    /// Waits for dependencies, for a retry's delay, or for the release to go on.
    Waiting,
    /// The command to build is written down.
    Requested,
    /// A backend took it and has not begun.
    Queued,
    /// It runs.
    Running,
    /// It gave what it should.
    Succeeded,
    /// Given up; an operator's retry begins it again.
    Failed,
    /// Never begun, because something it needs failed.
    Skipped,
    /// An earlier release had built exactly this.
    Reused,
}

impl BuildState {
    /// Dependents may begin.
    pub fn satisfies(self) -> bool {
        matches!(self, Self::Succeeded | Self::Reused)
    }

    /// A command is out and its end is awaited.
    pub fn is_in_flight(self) -> bool {
        matches!(self, Self::Requested | Self::Queued | Self::Running)
    }

    /// Nothing more happens to it without an operator.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Skipped | Self::Reused
        )
    }

    /// The word for tables, columns and JSON.
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Requested => "requested",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Reused => "reused",
        }
    }
}

impl fmt::Display for BuildState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.label())
    }
}

/// A file that a build gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltArtifact {
    /// Base name, without the platform's suffix folder.
    pub name: String,
    /// Of its bytes.
    pub digest: Sha256Digest,
    /// Bytes.
    pub size: u64,
    /// Mode 0755 rather than 0644.
    pub executable: bool,
}

/// What a successful build gave, and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildOutput {
    /// Digest over commit, recipe, platform and the outputs of its dependencies: equal key, equal build.
    pub reuse_key: Sha256Digest,
    /// In name order.
    pub artifacts: Vec<BuiltArtifact>,
    /// Of the lock file in the source tree, if there is one.
    pub lock: Option<Sha256Digest>,
}

impl BuildOutput {
    /// What dependents put into their own key: the key and every artifact.
    pub fn digest(&self) -> Sha256Digest {
        let mut writer = domain_types::DigestWriter::new();
        writer.update(b"governance/build-output/v1\n");
        writer.update(self.reuse_key.hex().as_bytes());
        for artifact in &self.artifacts {
            let line = format!(
                "\n{} {} {} {}",
                artifact.digest.hex(),
                artifact.size,
                artifact.executable,
                artifact.name
            );
            writer.update(line.as_bytes());
        }
        writer.finish()
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It gave what it should.
    Succeeded,
    /// An earlier release's output was taken.
    Reused {
        /// The earlier release.
        from: ReleaseId,
    },
    /// It failed.
    Failed {
        /// How.
        failure: Failure,
    },
    /// Our own process ended while it ran. Costs neither an attempt nor the budget.
    Interrupted,
    /// The release was cancelled or superseded.
    Cancelled,
}

impl AttemptOutcome {
    /// The word for tables and JSON.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Reused { .. } => "reused",
            Self::Failed { failure } if failure.kind.is_timeout() => "timed_out",
            Self::Failed { .. } => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Counted from 1 over the whole life of the release.
    pub number: u32,
    /// The command that asked for it; it holds the runner's slot.
    pub command: CommandId,
    /// When it was asked for.
    pub requested: Timestamp,
    /// When it began to run; none while it waits.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<AttemptOutcome>,
    /// What was seen of the run that carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<SeenRun>,
}

/// A retry that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPending {
    /// Not before this time.
    pub due: Timestamp,
}

/// The changing part of a node; stored as one row. The fixed part is in [`crate::Graph`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Where it stands.
    pub state: BuildState,
    /// Every attempt, oldest first. Bounded by `attempts_max` per operator's retry, each after at most
    /// `INTERRUPTIONS_MAX` interrupted ones.
    pub attempts: Vec<Attempt>,
    /// Failed attempts since the last operator's retry.
    pub failures: u32,
    /// Failed attempts of unknown kind since the last operator's retry.
    pub unknown_failures: u32,
    /// A retry waits for its delay.
    pub retry: Option<RetryPending>,
    /// What it gave; some exactly in `Succeeded` and `Reused`.
    pub output: Option<BuildOutput>,
    /// The failed node because of which this one is skipped.
    pub skipped_because: Option<domain_types::NodeId>,
    /// Dependencies that are not satisfied yet. Derived at load, not stored.
    #[serde(skip)]
    pub(crate) waiting_for: usize,
}

impl Node {
    pub(crate) fn new(waiting_for: usize) -> Self {
        Self {
            state: BuildState::Waiting,
            attempts: Vec::new(),
            failures: 0,
            unknown_failures: 0,
            retry: None,
            output: None,
            skipped_because: None,
            waiting_for,
        }
    }

    /// The newest attempt.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The number of the newest attempt; 0 before the first.
    pub fn attempt_number(&self) -> u32 {
        self.attempt().map_or(0, |attempt| attempt.number)
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        self.attempts
            .iter()
            .rev()
            .find_map(|attempt| match &attempt.outcome {
                Some(AttemptOutcome::Failed { failure }) => Some(failure),
                Some(
                    AttemptOutcome::Succeeded
                    | AttemptOutcome::Reused { .. }
                    | AttemptOutcome::Interrupted
                    | AttemptOutcome::Cancelled,
                )
                | None => None,
            })
    }

    /// Dependencies that are not satisfied yet.
    pub fn waiting_for(&self) -> usize {
        self.waiting_for
    }

    /// Whether it was given up because a check said no.
    pub(crate) fn is_refused(&self) -> bool {
        let outcome = self.attempt().and_then(|attempt| attempt.outcome.as_ref());
        let said_no = |outcome: &AttemptOutcome| match outcome {
            AttemptOutcome::Failed { failure } => failure.kind.is_refusal(),
            AttemptOutcome::Succeeded
            | AttemptOutcome::Reused { .. }
            | AttemptOutcome::Interrupted
            | AttemptOutcome::Cancelled => false,
        };
        self.state == BuildState::Failed && outcome.is_some_and(said_no)
    }

    pub(crate) fn is_ready(&self) -> bool {
        let needs_are_there =
            self.waiting_for == 0 || (seeded_bug("begin-before-the-last-need") && self.waiting_for == 1);
        self.state == BuildState::Waiting && needs_are_there && self.retry.is_none()
    }

    /// Whether this tells of the run of the newest attempt what is not known yet.
    pub(crate) fn is_news(&self, run: Option<&SeenRun>) -> bool {
        run.is_some() && self.attempt().is_some_and(|attempt| attempt.run.as_ref() != run)
    }

    /// How often in a row it was interrupted before the attempt that is open now.
    pub(crate) fn interruptions(&self) -> usize {
        let ended = self
            .attempts
            .iter()
            .rev()
            .skip_while(|attempt| attempt.outcome.is_none());
        ended
            .take_while(|attempt| attempt.outcome == Some(AttemptOutcome::Interrupted))
            .count()
    }
}
