//! What is to be shown of a verdict: the status of the head, the report, answers. What shows already is not ordered again.

use super::book::Ordered;
use super::ending::end_former;
use super::found::{Found, GateMode, ShownStatus};
use super::judge::{GateSettings, Judged, Question};
use super::order::{AnswerOrder, Order, ReportOrder, StatusOrder, answer_mark, context};
use super::queue::owners;
use super::words;
use domain_types::{CommitSha, PullRequestId, Sha256Digest, Timestamp};
use governance_rules::{Outcome, Ruling, Verdict};
use signatures::Statement;

/// Characters of a report's summary that GitHub takes: 65,535, and some for the line that says that it was cut.
const SUMMARY_CHARS_MAX: usize = 60_000;

/// Statuses of one head, of the 1,000 that GitHub takes for a commit and a context.
pub(super) const STATUSES_MAX: u32 = 900;

/// Seconds by which GitHub's lists may be behind what was written.
pub(super) const LAG_SECONDS_MAX: u64 = 120;

/// What a head shows that several pull requests have: the worst of them, of equals the first. Each of them comes to the same words, so that
/// none writes over another.
fn shared(question: &Question<'_>, own: &ShownStatus) -> ShownStatus {
    let not_judged = || ShownStatus {
        state: "pending".to_owned(),
        description: "it is not judged yet".to_owned(),
    };
    let twins = question.twins.iter();
    let theirs = twins.map(|twin| (twin.id.number(), twin.shown.clone().unwrap_or_else(not_judged)));
    let all = theirs.chain([(question.id.number(), own.clone())]);
    let worst = all.max_by_key(|(number, status)| (weight(&status.state), std::cmp::Reverse(*number)));
    match worst {
        Some((number, status)) if !question.twins.is_empty() => ShownStatus {
            description: one_line(&format!("#{number}, same head: {}", status.description)),
            ..status
        },
        Some((_, status)) => status,
        None => own.clone(),
    }
}

pub(super) fn earlier(due: Option<Timestamp>, other: Timestamp) -> Option<Timestamp> {
    Some(due.map_or(other, |due| due.min(other)))
}

/// How bad a state is.
fn weight(state: &str) -> u8 {
    match state {
        "success" => 0,
        "pending" => 1,
        "failure" => 2,
        _ => 3,
    }
}

/// The status, or, where GitHub takes only few more for this head, the one that it keeps: a green that could not be taken back any more is
/// never shown.
fn if_any_is_left(ordered: u32, status: ShownStatus) -> ShownStatus {
    if ordered < STATUSES_MAX {
        return status;
    }
    ShownStatus {
        state: "error".to_owned(),
        description: format!(
            "{STATUSES_MAX} statuses were set on this head, and GitHub takes 1,000: push another one"
        ),
    }
}

/// Orders the status of the head, if it shows something else: a head in several pull requests is as far as the worst of them.
pub(super) fn show_status(question: &Question<'_>, own: &ShownStatus, judged: &mut Judged) {
    let (found, settings) = (question.found, question.settings);
    let mode = settings.mode_of(found.name.as_str());
    let status = shared(question, own);
    let remembered = (found.head.clone(), found.base.clone(), own.clone());
    if judged.book.outcome.as_ref() != Some(&remembered) {
        let twins = question.twins.iter().map(|twin| twin.id);
        judged.wake = twins.chain(owners(question)).collect();
        judged.book.outcome = Some(remembered);
    }
    end_former(question, judged);
    let status = if_any_is_left(judged.book.statuses.max(found.statuses), status);
    let context = context(mode, &found.base);
    let is_shown = found.status.as_ref() == Some(&status);
    let now = found.observed_at;
    let last = judged.book.status.as_ref();
    let is_ordered = last.is_some_and(|ordered| ordered.is(&found.head, &context, &status));
    // After an order the list is compared once more: it may be behind, and somebody may write over it.
    let compared_at = now.plus_seconds(LAG_SECONDS_MAX);
    if let (Some(ordered), true) = (last, is_ordered) {
        let looked_for_until = ordered.at.plus_seconds(LAG_SECONDS_MAX);
        if is_shown || now < looked_for_until {
            if now < looked_for_until {
                judged.due = earlier(judged.due, looked_for_until);
            }
            return;
        }
    }
    let is_first = last.is_none();
    let was_green = last.is_some_and(|last| last.is_of(&found.head, &context) && last.may_be_green());
    judged.book.status = Some(Ordered {
        head: found.head.clone(),
        context,
        base: found.base.clone(),
        was_green: was_green || status.is_green(),
        status: status.clone(),
        at: now,
    });
    // What was ordered before may still be on its way, whatever the list shows: this takes its place.
    if is_shown && is_first {
        return;
    }
    judged.due = earlier(judged.due, compared_at);
    judged.book.statuses = judged.book.statuses.saturating_add(1);
    judged.orders.push(Order::Status(StatusOrder {
        repository: full_name(found),
        head: found.head.clone(),
        base: found.base.clone(),
        mode,
        status,
        target_url: page(settings, question.id),
    }));
}

/// Orders the report, if it says something else than the last.
pub(super) fn show_report(
    question: &Question<'_>,
    (statement, declaring): (Option<&Statement>, &str),
    judged: &mut Judged,
) {
    let Some(verdict) = &judged.verdict else { return };
    let (title, conclusion) = match verdict.outcome {
        Outcome::Success => ("Everything is fulfilled", "success"),
        Outcome::Pending => ("Something is missing", "neutral"),
        Outcome::Failure => ("A rule is broken", "failure"),
        Outcome::Error => ("It cannot be judged", "action_required"),
        Outcome::NotGoverned => ("Not governed", "neutral"),
    };
    let mode = question.settings.mode_of(question.found.name.as_str());
    let title = match mode {
        GateMode::Enforce => title.to_owned(),
        GateMode::DryRun => format!("{title} (dry run)"),
    };
    let mut summary = verdict.markdown();
    if let Some(statement) = statement {
        summary.push_str(&words::how_to_sign(statement, question.settings));
    }
    summary.push_str(declaring);
    let digest = Sha256Digest::of(format!("{}\n{declaring}", report_core(verdict, &title)).as_bytes());
    let head: CommitSha = question.found.head.clone();
    if judged.book.report.as_ref() == Some(&(head.clone(), digest)) {
        return;
    }
    judged.book.report = Some((head.clone(), digest));
    judged.orders.push(Order::Report(ReportOrder {
        repository: full_name(question.found),
        head,
        external_id: question.id.to_string(),
        conclusion: conclusion.to_owned(),
        title,
        summary: shorten(&summary, SUMMARY_CHARS_MAX),
    }));
}

/// Orders a report that says what is wanted before anything can be judged, if it says something else than the last.
pub(super) fn show_want(question: &Question<'_>, want: &Ruling, judged: &mut Judged) {
    let summary = want.markdown();
    let shown = (question.found.head.clone(), Sha256Digest::of(summary.as_bytes()));
    if judged.book.report.as_ref() == Some(&shown) {
        return;
    }
    judged.orders.push(Order::Report(ReportOrder {
        repository: full_name(question.found),
        head: question.found.head.clone(),
        external_id: question.id.to_string(),
        conclusion: "action_required".to_owned(),
        title: "It cannot be judged".to_owned(),
        summary: shorten(&summary, SUMMARY_CHARS_MAX),
    }));
    judged.book.report = Some(shown);
}

/// What makes a report another one: everything but the moment, and the digest of rules that ask for the same. Of a green one the digest too:
/// what was let through says by which rules.
fn report_core(verdict: &Verdict, title: &str) -> String {
    let by = (verdict.outcome == Outcome::Success).then(|| verdict.ruleset.to_string());
    format!(
        "{title}\n{}\n{:?}\n{}",
        verdict.tree(),
        verdict.requirement,
        by.unwrap_or_default()
    )
}

/// Orders answers to comments that have none yet: a book that was lost, or is as it was in a copy, does not know of those that it gave.
pub(super) fn answer(question: &Question<'_>, answers: Vec<(u64, Vec<String>)>, judged: &mut Judged) {
    let own = question.found.comments.iter().filter(|comment| comment.is_own);
    let own: Vec<&str> = own.map(|comment| comment.body.as_str()).collect();
    for (comment, lines) in answers {
        let mark = answer_mark(comment);
        if own.iter().any(|body| body.trim_end().ends_with(&mark)) {
            continue;
        }
        judged.orders.push(Order::Answer(AnswerOrder {
            repository: full_name(question.found),
            number: question.id.number(),
            comment,
            body: format!("{}\n{mark}", shorten(&lines.join("\n\n"), SUMMARY_CHARS_MAX)),
        }));
    }
}

pub(super) fn full_name(found: &Found) -> String {
    format!("{}/{}", found.owner, found.name)
}

/// The page of a pull request on this server.
pub(super) fn page(settings: &GateSettings, id: PullRequestId) -> Option<String> {
    let url = settings.public_url.as_ref()?;
    Some(format!("{url}/p/{}/{}", id.repository_id(), id.number()))
}

/// At most 140 characters, as a status takes them.
pub(super) fn one_line(text: &str) -> String {
    shorten(text, 140)
}

fn shorten(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_github_takes_few_more_statuses_for_is_never_green_again() {
        let green = ShownStatus {
            state: "success".to_owned(),
            description: "All rules hold".to_owned(),
        };
        assert_eq!(if_any_is_left(STATUSES_MAX - 1, green.clone()), green);
        let last = if_any_is_left(STATUSES_MAX, green);
        assert_eq!(last.state, "error");
        assert!(last.description.chars().count() <= 140, "{}", last.description);
    }
}
