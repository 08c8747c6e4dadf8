//! What is owed after a merge in an emergency: everybody is told at once, reminded before it is due, and once more when it is.

use super::emergency::{self, Authority};
use super::found::FoundMerge;
use super::judge::{Judged, Question, Rules, facts};
use super::order::{NoticeOrder, Order};
use super::showing::{earlier, full_name};
use domain_types::Timestamp;
use governance_rules::{Duty, Electorate, TierId, duties};

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;
/// Days before something is due on which everybody is reminded of it.
const REMINDED_DAYS: u64 = 3;

/// What is owed after a merge, each with until when; none where it was merged in no emergency.
fn owing(question: &Question<'_>, merged: &FoundMerge) -> Option<(TierId, Vec<(Duty, Timestamp)>)> {
    let Rules::Accepted(rules) = question.rules else {
        return None;
    };
    let electorate = Electorate::of(rules, &question.found.name);
    let facts = facts(question, Vec::new());
    let excluded = facts.author.iter().chain(&facts.pushers).cloned().collect();
    let authority = Authority {
        rules,
        electorate: &electorate,
        subject: &facts.subject,
        excluded: &excluded,
    };
    let emergency = emergency::standing(question, &authority)?;
    let tier = emergency.tier_at(merged.at)?;
    let until = |duty: &Duty| merged.at.plus_seconds(u64::from(duty.days) * DAY_SECONDS);
    let owed = duties(rules, tier).into_iter().map(|duty| {
        let until = until(&duty);
        (duty, until)
    });
    Some((tier.clone(), owed.collect()))
}

/// What is owed after a merge in an emergency, as everybody is told.
pub(super) fn owed(question: &Question<'_>, merged: &FoundMerge) -> Option<NoticeOrder> {
    let (tier, duties) = owing(question, merged)?;
    let line = |(duty, until): (Duty, Timestamp)| format!("- {}, until {until}\n", duty.what);
    let lines: String = duties.into_iter().map(line).collect();
    let commit = merged.commit.as_ref().unwrap_or(&question.found.head);
    let mark = format!("<!-- governance-app tells what is owed after {commit} -->");
    let body = format!(
        "This was merged in the emergency {}. What the rules ask for now:\n\n{lines}{mark}",
        tier.as_str()
    );
    (!lines.is_empty()).then(|| notice(question, mark, body))
}

/// Reminds everybody of what is owed, and looks again when the next reminder is due. Of reminders that were missed only the last is given.
pub(super) fn remind(question: &Question<'_>, judged: &mut Judged) {
    let merged = question
        .found
        .merged
        .as_ref()
        .filter(|_| judged.book.is_merge_told);
    let Some((_, duties)) = merged.and_then(|merged| owing(question, merged)) else {
        return;
    };
    let now = question.found.observed_at;
    for (duty, until) in duties {
        let before = Timestamp::from_milliseconds(until.milliseconds() - days_in_milliseconds(REMINDED_DAYS));
        let times = [
            (before, format!("is due on {until}, in {REMINDED_DAYS} days")),
            (until, format!("was due on {until}")),
        ];
        let past = times.iter().rev().find(|(at, _)| *at <= now);
        if let Some((at, words)) = past {
            let mark = format!("<!-- governance-app reminds of {} at {at} -->", duty.what);
            let body = format!(
                "Owed since this was merged in an emergency: {}. It {words}.\n{mark}",
                duty.what
            );
            give(question, judged, (mark, body));
        }
        for (at, _) in times.iter().filter(|(at, _)| *at > now) {
            judged.due = earlier(judged.due, *at);
        }
    }
}

/// Gives a reminder once: the book knows it, or, where that was lost, the comment itself.
fn give(question: &Question<'_>, judged: &mut Judged, (mark, body): (String, String)) {
    let mut own = question.found.comments.iter().filter(|comment| comment.is_own);
    let is_said = own.any(|comment| comment.body.trim_end().ends_with(&mark));
    if judged.book.reminded.insert(mark.clone()) && !is_said {
        judged.orders.push(Order::Notice(notice(question, mark, body)));
    }
}

fn notice(question: &Question<'_>, mark: String, body: String) -> NoticeOrder {
    NoticeOrder {
        repository: full_name(question.found),
        number: question.id.number(),
        mark,
        body,
    }
}

fn days_in_milliseconds(days: u64) -> i64 {
    i64::try_from(days * DAY_SECONDS * 1_000).unwrap_or(i64::MAX)
}
