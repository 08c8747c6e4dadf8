//! What shall be done. A decision only says it; performers do it after the commit.

use crate::{Event, Fact, Stage};
use domain_types::{BuildId, CommandId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One effect to carry out exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Carry out a stage.
    RunStage {
        /// Which.
        stage: Stage,
    },
    /// Build one node, or take an earlier release's output of the same key.
    StartBuild {
        /// Which attempt of which node.
        build: BuildId,
        /// Longest remaining path: the largest goes first when runners are scarce.
        priority: u64,
    },
    /// End a build.
    StopBuild {
        /// Which attempt of which node.
        build: BuildId,
    },
    /// Remove what was drafted and collected but not published.
    DiscardDraft,
    /// Do what follows once the release is public.
    FollowUp {
        /// Which, by its name in [`crate::ReleaseSpec::follow_ups`].
        name: String,
    },
    /// Begin a step of the former way of releasing.
    BeginFormerStep {
        /// Which, counted from 0.
        step: u32,
        /// Its name in [`crate::ReleaseSpec::former_way`].
        name: String,
    },
}

impl Command {
    /// The word for the outbox's column and for logs.
    pub fn label(&self) -> &'static str {
        match self {
            Self::RunStage {
                stage: Stage::Sources,
            } => "lay_out_sources",
            Self::RunStage {
                stage: Stage::Collect,
            } => "collect",
            Self::RunStage { stage: Stage::Verify } => "verify",
            Self::RunStage { stage: Stage::Draft } => "draft",
            Self::RunStage {
                stage: Stage::Publish,
            } => "publish",
            Self::StartBuild { .. } => "start_build",
            Self::StopBuild { .. } => "stop_build",
            Self::DiscardDraft => "discard_draft",
            Self::FollowUp { .. } => "follow_up",
            Self::BeginFormerStep { .. } => "begin_former_step",
        }
    }
}

/// The name of a timer within its release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerKey(pub(crate) String);

impl fmt::Display for TimerKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// An event that happens by itself at a time, unless the timer is cleared before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// One timer of this name exists in a release; setting it again moves it.
    pub key: TimerKey,
    /// When.
    pub due: Timestamp,
    /// What then happens.
    pub event: Event,
}

/// The answer to one event: stored in one transaction, performed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[must_use = "a decision that is not committed never happened"]
pub struct Decision {
    /// What changed, in order.
    pub facts: Vec<Fact>,
    /// What to do; the n-th has the id `release/revision/n`.
    pub commands: Vec<Command>,
    /// Timers to set.
    pub timers_set: Vec<Timer>,
    /// Timers to forget.
    pub timers_cleared: Vec<TimerKey>,
    /// Commands whose runner is free again.
    pub slots_freed: Vec<CommandId>,
    /// Commands that must not be sent any more, if they were not.
    pub abandoned: Vec<CommandId>,
}
