//! What the book says of a pull request, looking back: the newest verdict, what it rested on, and a merge since. Nothing is judged here.

use super::found::{GateMode, ShownStatus};
use domain_types::{CommitSha, PullRequestId, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use storage::{DecisionRow, PullRequestStore, StoreError};

/// Decisions that are read in one go: a merge, and what was said before it.
const PAGE: u32 = 2;
/// Decisions that are looked through, in pages: what was decided since the last verdict is the end of something, of which there are few.
const PAGES_MAX: usize = 8;
/// The newest version of the body that is understood.
const VERSION: u32 = 1;

/// The body of a decision, as far as it matters later.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    version: u32,
    pub(super) head: CommitSha,
    #[serde(default)]
    pub(super) verdict: Option<Value>,
    #[serde(default)]
    pub(super) facts: Option<Value>,
    /// The revision of the decision that has the same facts, where they are not here.
    #[serde(default)]
    pub(super) facts_at: Option<u64>,
    #[serde(default)]
    merge: Option<PastMerge>,
}

impl Body {
    /// When its verdict was made, where that is of a form that is known.
    pub(super) fn judged_at(&self) -> Option<Timestamp> {
        let at = self.verdict.as_ref()?.get("observed_at")?;
        at.as_str()?.parse().ok()
    }
}

/// A merge that was written down.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PastMerge {
    pub(super) at: Timestamp,
    pub(super) by: Option<String>,
    pub(super) status: Option<ShownStatus>,
    pub(super) mode: GateMode,
}

/// The newest verdict, and what came after it.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The decision that has it.
    pub(super) verdict: Option<(DecisionRow, Body)>,
    /// A merge, with the head that was merged.
    pub(super) merge: Option<(CommitSha, PastMerge)>,
}

/// Reads it. A decision that cannot be read is passed over: a newer program wrote it.
///
/// # Errors
/// The store's.
pub(super) async fn past(store: &dyn PullRequestStore, id: PullRequestId) -> Result<Past, StoreError> {
    let (mut past, mut before) = (Past::default(), None);
    for _ in 0..PAGES_MAX {
        let rows = store.decisions(id, before, PAGE).await?;
        let Some(last) = rows.last() else { break };
        before = Some(last.decision.revision);
        for row in rows {
            let body = serde_json::from_str::<Body>(&row.decision.body);
            let Ok(mut body) = body.inspect_err(|error| {
                tracing::warn!(pull_request = %id, revision = row.decision.revision, %error, "a decision cannot be read");
            }) else {
                continue;
            };
            if body.version > VERSION {
                continue;
            }
            if let Some(merge) = body.merge.take() {
                past.merge.get_or_insert((body.head.clone(), merge));
            }
            if body.verdict.is_some() {
                past.verdict = Some((row, body));
                return Ok(past);
            }
        }
    }
    Ok(past)
}

/// The facts that the decision of a revision keeps; none if there are none, or they cannot be read.
///
/// # Errors
/// The store's.
pub(super) async fn facts_of(
    store: &dyn PullRequestStore,
    id: PullRequestId,
    revision: u64,
) -> Result<Option<Value>, StoreError> {
    let rows = store.decisions(id, revision.checked_add(1), 1).await?;
    let row = rows.iter().find(|row| row.decision.revision == revision);
    let body = row.and_then(|row| serde_json::from_str::<Body>(&row.decision.body).ok());
    Ok(body.and_then(|body| body.facts))
}
