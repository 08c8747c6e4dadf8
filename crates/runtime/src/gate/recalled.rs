//! What a merged pull request was worth when it was merged, judged again from what the forge has of it: for whoever has lost the book.
//!
//! Nothing that we ever showed is taken as proof. What cannot be told any more counts as if it were not there, so that the answer may be a no
//! where it was a yes: who pushed before the last push, a clock that no push restarted, a statement of still older rules.

use super::book::Book;
use super::found::{Asked, Found};
use super::host::PullRequestHost;
use super::judge::{GateSettings, Judged, Question, Rules, judge};
use super::landed::Comparison;
use super::order::Order;
use domain_types::{CommitSha, PullRequestId, RepoName, Timestamp};
use governance_rules::{Outcome, Ruleset, wanted};

/// What the mark of such a notice begins with.
const NOTICE_OF_MERGE: &str = "<!-- governance-app tells of the merge ";

/// Whether it was green under these rules, with this head; the inner error says what was missing.
///
/// # Errors
/// Why the forge does not say.
pub(crate) async fn green_when_merged(
    (host, settings): (&dyn PullRequestHost, &GateSettings),
    rules: &Ruleset,
    (id, repository): (PullRequestId, &str),
    head: &CommitSha,
) -> Result<Result<(), String>, String> {
    let name = repository.rsplit('/').next().unwrap_or_default();
    let parsed: Result<RepoName, _> = name.parse();
    let asked = Asked {
        id,
        repository: repository.to_owned(),
        comments_since: None,
        gate: settings.mode_of(name),
        wanted: parsed.map_or_else(|_| Default::default(), |name| wanted(rules, &name)),
        groups: None,
        known: None,
        merges: Merges::Recalled,
    };
    let Some(found) = host.look(&asked).await? else {
        return Ok(Err("it is not there any more".to_owned()));
    };
    if found.head != *head {
        return Ok(Err(format!("its head is {} now", found.head)));
    }
    let Some(merge) = found.merged.clone() else {
        return Ok(Err("it was not merged".to_owned()));
    };
    let found = as_of(found, merge.at);
    Ok(judged((id, settings), rules, &found))
}

fn judged(
    (id, settings): (PullRequestId, &GateSettings),
    rules: &Ruleset,
    found: &Found,
) -> Result<(), String> {
    let judged = judge(Question {
        id,
        settings,
        rules: Rules::Accepted(rules),
        found,
        book: Book::default(),
        signatures: &[],
        twins: &[],
        members: &[],
        landed: Comparison::Off,
        first_seen_at: found.observed_at,
    });
    let verdict = judged.verdict.ok_or("nothing was said of it")?;
    match verdict.outcome {
        Outcome::Success => Ok(()),
        Outcome::Pending | Outcome::Failure | Outcome::Error | Outcome::NotGoverned => {
            Err(verdict.description())
        }
    }
}

/// A pull request as it was found, without what came after its merge. A comment that was changed after it may have said anything before.
pub(super) fn as_of(mut found: Found, at: Timestamp) -> Found {
    found.observed_at = at;
    found.is_open = true;
    found.merged = None;
    found
        .comments
        .retain(|comment| comment.created_at.max(comment.updated_at) <= at);
    found.twins.clear();
    found.groups.clear();
    found
}

/// Which moment a merged pull request is judged of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merges {
    /// None: that it was merged is written down, beside what was shown then.
    Seen,
    /// That of its merge, if nobody has written it down: the book is made anew.
    Recalled,
}

/// When a pull request was merged whose verdict of then is not in the book. A verdict of that very moment is it.
pub(super) fn to_recall(merges: Merges, found: &Found, book: &Book) -> Option<Timestamp> {
    let merge = found.merged.as_ref()?;
    let is_known = book.is_merge_told || book.looked_at == Some(merge.at);
    (merges == Merges::Recalled && !is_known).then_some(merge.at)
}

/// What came of it long ago is written down, and said to nobody again; then its merge is.
pub(super) fn only_written(mut judged: Judged, now: Timestamp) -> Judged {
    judged.orders.clear();
    judged.wake.clear();
    judged.elsewhere.clear();
    judged.due = Some(now);
    judged
}

/// Nobody is told of a merge of long ago.
pub(super) fn without_notice_of_merge(mut judged: Judged) -> Judged {
    let is_of_merge = |order: &Order| match order {
        Order::Notice(notice) => notice.mark.starts_with(NOTICE_OF_MERGE),
        Order::Status(_)
        | Order::End(_)
        | Order::Group(_)
        | Order::GroupEnd(_)
        | Order::Report(_)
        | Order::Answer(_) => false,
    };
    judged.orders.retain(|order| !is_of_merge(order));
    judged
}
