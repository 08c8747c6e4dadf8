//! What is sent to a worker, and the id by which its run is found again.

use super::apps::Actors;
use super::frozen::FrozenComponent;
use crate::ports::BuildOrder;
use domain_types::{BuildId, DigestWriter, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Hexadecimal digits of a dispatch id: 128 bits.
const ID_DIGITS: usize = 32;

/// The id that a run bears in its name. Derived from the attempt, so that whoever looks for the run after a crash knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DispatchId(String);

impl DispatchId {
    /// The one that a digest makes.
    pub(super) fn of(digest: &Sha256Digest) -> Self {
        Self(digest.hex()[..ID_DIGITS].to_owned())
    }

    /// Whether a run's title bears this id in brackets, as the worker's `run-name` writes it.
    pub fn is_in(&self, title: &str) -> bool {
        title.contains(&format!("[{}]", self.0))
    }

    /// Whether this has the form of such an id.
    pub(super) fn may_be(text: &str) -> bool {
        text.len() == ID_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DispatchId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// The id of an attempt's dispatch. A second send of the same attempt bears the same.
pub fn dispatch_id(build: &BuildId) -> DispatchId {
    let mut digest = DigestWriter::new();
    digest.update(b"governance/dispatch-id/v1\n");
    digest.update(format!("{}\n{build}\n", build.release).as_bytes());
    DispatchId::of(&digest.finish())
}

/// The inputs of the worker's workflow.
pub(super) fn inputs(order: &BuildOrder, component: &FrozenComponent) -> BTreeMap<String, String> {
    let pairs = [
        ("version", component.version.clone()),
        ("commit", order.commit.to_string()),
        ("platform", order.build.node.platform.to_string()),
        ("release_id", order.build.release.to_string()),
        ("dispatch_id", dispatch_id(&order.build).to_string()),
        ("clean_cache", (order.build.attempt > 1).to_string()),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value)).into()
}

/// How a worker is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Call {
    /// The workflow itself, at the released tag: GitHub answers with the run.
    WorkflowDispatch,
    /// An event that the default branch's workflow listens for: GitHub answers nothing.
    RepositoryDispatch,
}

impl Call {
    /// GitHub's name of the event that such a run has.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::WorkflowDispatch => "workflow_dispatch",
            Self::RepositoryDispatch => "repository_dispatch",
        }
    }
}

/// What is noted before a worker is called: by it a successor finds the run.
///
/// Which call is made is not noted, since only GitHub's answer to the first tells whether a second is needed. Whoever has no more than the
/// note expects a run of either, and each has to be of a frozen file: by its commit, or by the blob of the default branch's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handle {
    pub(super) dispatch_id: DispatchId,
    /// When it is about to be sent, in milliseconds since 1970.
    pub(super) sent_at: i64,
    /// Who we were then: which App does what may be configured otherwise since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<NotedActors>,
}

/// In whose names runs were begun, as logins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotedActors {
    gate: String,
    release: String,
}

impl From<Actors<'_>> for NotedActors {
    fn from(actors: Actors<'_>) -> Self {
        Self {
            gate: actors.gate.to_owned(),
            release: actors.release.to_owned(),
        }
    }
}

impl Handle {
    /// Who we were when it was noted; of older notes nobody knows, and it is who we are.
    pub(super) fn actors_or<'a>(&'a self, now: Actors<'a>) -> Actors<'a> {
        self.by.as_ref().map_or(now, |by| Actors {
            gate: &by.gate,
            release: &by.release,
        })
    }

    pub(super) fn sent_at(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.sent_at)
    }
}
