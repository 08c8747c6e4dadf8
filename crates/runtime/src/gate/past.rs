//! What the book says of a pull request, looking back: the newest verdict, what it rested on, and a merge since. Nothing is judged here.

use super::decision_body::DecisionBody;
use super::ending::Merge;
use domain_types::{CommitSha, PullRequestId};
use storage::{DecisionRow, PullRequestStore, StoreError};

/// Decisions that are read in one go: a merge, and what was said before it.
const PAGE: u32 = 2;
/// Decisions that are looked through, in pages: what was decided since the last verdict is the end of something, of which there are few.
const PAGES_MAX: usize = 8;

/// The newest verdict, and what came after it.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The decision that has it.
    pub(super) verdict: Option<(DecisionRow, DecisionBody)>,
    /// A merge, with the head that was merged.
    pub(super) merge: Option<(CommitSha, Merge)>,
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
            let body = DecisionBody::read(&row.decision.body);
            let Ok(mut body) = body.inspect_err(|error| {
                tracing::warn!(pull_request = %id, revision = row.decision.revision, error, "a decision cannot be read");
            }) else {
                continue;
            };
            if let (Some(head), Some(merge)) = (&body.head, body.merge.take()) {
                past.merge.get_or_insert((head.clone(), merge));
            }
            if body.verdict.is_some() {
                past.verdict = Some((row, body));
                return Ok(past);
            }
        }
    }
    Ok(past)
}
