//! A release as people and programs see it: a value made from the stored state and a time, and its renderings.
//! Nothing here reads a store or a clock.

mod advice;
mod duration;
mod gantt;
mod json;
mod reasons;
mod table;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use advice::{Advice, advise, quoted};
pub(crate) use duration::seconds;
pub(crate) use json::ReleaseJson;
pub(crate) use table::{Table, plain};
pub(crate) use text::render;

use domain_types::{ReleaseName, ReleaseVersion, Sha256Digest, Timestamp};
use orchestrator::{Attempt, AttemptOutcome, BuildState, Node, NodeSpec, Phase, State};

/// A release at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleaseView {
    pub(crate) name: ReleaseName,
    pub(crate) version: ReleaseVersion,
    pub(crate) plan_digest: Sha256Digest,
    pub(crate) phase: Phase,
    /// Why the release as a whole does not move on by itself.
    pub(crate) because: Option<String>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    /// In the order of names and platforms.
    pub(crate) builds: Vec<BuildView>,
}

/// One repository on one platform at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildView {
    pub(crate) repository: String,
    pub(crate) platform: String,
    pub(crate) state: BuildState,
    pub(crate) optional: bool,
    /// Why it waits, failed or was skipped.
    pub(crate) because: Option<String>,
    /// The end of the log of a failed attempt.
    pub(crate) log_tail: Vec<String>,
    /// Where the whole log is.
    pub(crate) log: Option<String>,
    pub(crate) attempts: Vec<AttemptView>,
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptView {
    pub(crate) number: u32,
    /// When it began to run; while it waits for a runner, when it was asked for.
    pub(crate) started: Timestamp,
    pub(crate) running: bool,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) outcome: Option<&'static str>,
}

impl ReleaseView {
    /// The view of a state; nothing before the release's first event.
    pub(crate) fn of(state: &State) -> Option<Self> {
        let spec = state.spec()?;
        let builds = state
            .nodes()
            .map(|(fixed, node)| BuildView::of(state, fixed, node));
        Some(Self {
            name: spec.name.clone(),
            version: spec.version.clone(),
            plan_digest: spec.plan_digest,
            phase: state.phase().clone(),
            because: reasons::of_release(state),
            started: state.header().started,
            ended: state.header().ended,
            builds: builds.collect(),
        })
    }

    /// The name of a build: with its platform only where the release has several.
    pub(crate) fn label(&self, build: &BuildView) -> String {
        let several = self.builds.iter().any(|other| other.platform != build.platform);
        if several {
            format!("{}:{}", build.repository, build.platform)
        } else {
            build.repository.clone()
        }
    }
}

impl BuildView {
    fn of(state: &State, fixed: &NodeSpec, node: &Node) -> Self {
        let failure = if node.state == BuildState::Failed {
            node.failure()
        } else {
            None
        };
        Self {
            repository: fixed.id.repository.to_string(),
            platform: fixed.id.platform.to_string(),
            state: node.state,
            optional: fixed.optional,
            because: reasons::of_build(state, fixed, node),
            log_tail: failure
                .map(|failure| failure.log_tail.clone())
                .unwrap_or_default(),
            log: failure.and_then(|failure| failure.log.clone()),
            attempts: node.attempts.iter().map(AttemptView::of).collect(),
        }
    }

    /// The newest attempt.
    pub(crate) fn attempt(&self) -> Option<&AttemptView> {
        self.attempts.last()
    }

    /// Milliseconds that the newest attempt has been running, or ran.
    pub(crate) fn elapsed_milliseconds(&self, now: Timestamp) -> Option<u64> {
        let attempt = self.attempt().filter(|attempt| attempt.running)?;
        Some(attempt.ended.unwrap_or(now).milliseconds_since(attempt.started))
    }
}

impl AttemptView {
    fn of(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            started: attempt.started.unwrap_or(attempt.requested),
            running: attempt.started.is_some(),
            ended: attempt.ended,
            outcome: attempt.outcome.as_ref().map(AttemptOutcome::label),
        }
    }
}
