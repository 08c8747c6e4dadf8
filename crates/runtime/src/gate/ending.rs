//! What ends: the green of a head that is not judged any more, and a pull request that was closed or merged.

use super::book::Ordered;
use super::duties::{owed, remind};
use super::found::{Found, FoundMerge, GateMode, ShownStatus};
use super::judge::{GateSettings, Judged, Question, Rules};
use super::landed::{Owed, compare};
use super::order::{ENDED, NoticeOrder, Order, StatusOrder, context};
use super::queue::end_groups;
use super::showing::full_name;
use domain_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds that a merge may lie before the first that was heard of its pull request: what was merged earlier was merged before there was
/// anybody here to judge it.
const UNHEARD_SECONDS_MAX: u64 = 3_600;

/// A merge, and whether it was let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Merge {
    /// How it was merged.
    #[serde(flatten)]
    pub(crate) found: FoundMerge,
    /// What the gate's status said last of this head and base; none if it had said nothing.
    pub(crate) status: Option<ShownStatus>,
    /// Whether anybody was to be held back.
    pub(crate) mode: GateMode,
}

impl Merge {
    /// Whether it was merged although it was to be held back.
    pub(crate) fn is_past(&self) -> bool {
        self.mode == GateMode::Enforce && !self.was_green()
    }

    /// Whether the last that was said was that it may be merged.
    pub(crate) fn was_green(&self) -> bool {
        self.status.as_ref().is_some_and(ShownStatus::is_green)
    }
}

/// Nothing is said of what is closed, and its head is green for nobody; its twins may be let go now.
pub(super) fn closed(question: Question<'_>, was_known: bool) -> Judged {
    let found = question.found;
    let was_shown = question.book.outcome.is_some();
    let merge = merge(&question, was_known);
    let mut judged = Judged::silent(question.book.clone());
    judged.book.outcome = None;
    if was_shown {
        judged.wake = question.twins.iter().map(|twin| twin.id).collect();
    }
    if let Some(merge) = merge {
        judged.book.is_merge_told = true;
        judged.book.landing = Some(Owed {
            since: found.observed_at,
            tries: 0,
            not_before: None,
            is_told: false,
        });
        let past = merge
            .is_past()
            .then(|| notice(question.id.number(), found, &merge));
        let notices = past.into_iter().chain(owed(&question, &merge.found));
        // A book that was lost, or is as it was in a copy, does not know what it told.
        let is_new = |notice: &NoticeOrder| {
            let mut own = found.comments.iter().filter(|comment| comment.is_own);
            !own.any(|comment| comment.body.trim_end().ends_with(&notice.mark))
        };
        judged.orders.extend(notices.filter(is_new).map(Order::Notice));
        judged.merge = Some(merge);
    }
    compare(&question, &mut judged);
    remind(&question, &mut judged);
    // What was merged stays green: that is how it was. Twins show their own status.
    match &found.merged {
        // The queue merged one of its groups; others that were made of it before are nobody's.
        Some(merged) => end_groups(&question, &mut judged, |head| {
            merged.commit.as_ref() == Some(head)
        }),
        None => end_groups(&question, &mut judged, |_| false),
    }
    if found.merged.is_none() && question.twins.is_empty() {
        end_standing(&question, &mut judged);
    }
    judged
}

/// Takes the green away that was shown last: nobody judges it any more.
pub(super) fn end_standing(question: &Question<'_>, judged: &mut Judged) {
    let last = judged.book.status.clone();
    if let Some(order) = last.as_ref().and_then(|last| end(last, question)) {
        judged.book.status = last.map(|last| Ordered {
            status: order.status.clone(),
            at: question.found.observed_at,
            was_green: false,
            ..last
        });
        judged.orders.push(Order::End(order));
    }
}

/// Takes the green away from the head and base that were judged before, if these are others now.
pub(super) fn end_former(question: &Question<'_>, judged: &mut Judged) {
    let found = question.found;
    let now = context(question.settings.mode_of(found.name.as_str()), &found.base);
    let former = judged.book.status.as_ref();
    let former = former.filter(|last| !last.is_of(&found.head, &now));
    if let Some(order) = former.and_then(|last| end(last, question)) {
        judged.orders.push(Order::End(order));
    }
}

/// The end of a status that may be green.
pub(super) fn end(last: &Ordered, question: &Question<'_>) -> Option<StatusOrder> {
    let ended = ShownStatus {
        state: "pending".to_owned(),
        description: ENDED.to_owned(),
    };
    let of = (full_name(question.found), question.settings);
    in_place_of(last, of, ended).filter(|_| last.may_be_green())
}

/// The order that shows something else where a green was shown, if that is under the context that this server writes now: in dry run never
/// the enforced one.
pub(super) fn in_place_of(
    last: &Ordered,
    (repository, settings): (String, &GateSettings),
    status: ShownStatus,
) -> Option<StatusOrder> {
    let mode = settings.mode_of(repository.rsplit('/').next().unwrap_or_default());
    let is_ours = !last.base.is_empty() && last.context == context(mode, &last.base);
    is_ours.then(|| StatusOrder {
        repository,
        head: last.head.clone(),
        base: last.base.clone(),
        mode,
        status,
        target_url: None,
    })
}

/// The merge, if it is one of a repository that the rules know, happened under our eyes, and was not written down yet.
fn merge(question: &Question<'_>, was_known: bool) -> Option<Merge> {
    let found = question.found;
    let merged = found.merged.as_ref()?;
    let is_governed = match question.rules {
        Rules::Accepted(rules) => rules.repositories().contains(&&found.name),
        // Nobody knows; it was shown an error.
        Rules::Unusable(_) => was_known,
    };
    let is_recent = was_known || !is_before(merged.at, question.first_seen_at);
    if question.book.is_merge_told || !is_governed || !is_recent {
        return None;
    }
    let mode = question.settings.mode_of(found.name.as_str());
    let context = context(mode, &found.base);
    let last = question.book.status.as_ref();
    let said = last.filter(|last| last.is_of(&found.head, &context));
    Some(Merge {
        found: merged.clone(),
        status: said.map(|last| last.status.clone()),
        mode,
    })
}

fn is_before(merged: Timestamp, heard: Timestamp) -> bool {
    merged.plus_seconds(UNHEARD_SECONDS_MAX) < heard
}

/// What everybody is told where somebody merged past the gate.
fn notice(number: u64, found: &Found, merge: &Merge) -> NoticeOrder {
    let commit = merge.found.commit.as_ref().unwrap_or(&found.head);
    let mark = format!("<!-- governance-app tells of the merge {commit} -->");
    let by = merge.found.by.as_deref().unwrap_or("somebody");
    let said = match &merge.status {
        Some(status) => format!(
            "the gate's status of `{}` for `{}` was `{}`: {}",
            found.head, found.base, status.state, status.description
        ),
        None => format!(
            "the gate had said nothing of `{}` for `{}` yet",
            found.head, found.base
        ),
    };
    let at = merge.found.at;
    let body = format!(
        "**Merged past the gate.** {by} merged this at {at}, when {said}.\n\nThis is written down. Look at who may merge past rules in the \
         settings of this repository, and decide whether `{commit}` has to be reverted.\n{mark}"
    );
    NoticeOrder {
        repository: full_name(found),
        number,
        mark,
        body,
    }
}
