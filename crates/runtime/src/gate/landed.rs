//! What landed, held against what the merge of the judged head gives: what is owed of that, what came of it, and who is told. Pure.

use super::book::Book;
use super::found::{Found, GateMode};
use super::judge::{Judged, Question};
use super::order::{NoticeOrder, Order};
use super::showing::{earlier, full_name};
use domain_types::{CommitSha, PullRequestId, Timestamp};
use serde::{Deserialize, Serialize};

/// Seconds after which a comparison that goes on is said to be late, once: an alarm comes within a minute, or this does.
const LATE_SECONDS: u64 = 45;
/// Seconds after which somebody looks whether a comparison is over, should nobody be told.
const ASK_SECONDS: u64 = 20;
/// The same, where it was told already that it takes long, or nobody waits for it.
const ASK_LATER_SECONDS: u64 = 600;
/// Seconds between a merge and its being written down, from which on it is one of before.
const OF_BEFORE_SECONDS: u64 = 3_600;
/// Seconds until the next try, after each that came to nothing. That nobody can tell is said after the third, and what comes later is told
/// as well.
const RETRY_SECONDS: [u64; 4] = [5, 15, 600, 3_600];
/// Tries after which it is said that nobody can tell.
const TRIES_SILENT: usize = 2;

/// Milliseconds before a merge in which the branch may have moved by which it was merged: GitHub tells of the two by two clocks.
const MOVED_BEFORE_MILLISECONDS: i64 = 3_600_000;
/// Seconds after a merge within which it is asked what the branch was before: a week. Whoever has lost the book asks of merges of years.
const MOVES_SECONDS_MAX: u64 = 7 * 86_400;

/// Characters of somebody else's words that a comment repeats.
const FOREIGN_CHARS_MAX: usize = 500;

/// What is to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingAsked {
    /// The pull request.
    pub id: PullRequestId,
    /// `owner/name` of its repository.
    pub repository: String,
    /// The branch that it was merged into, without `refs/heads/`.
    pub base: String,
    /// The commit that came of it.
    pub commit: CommitSha,
    /// The head that was judged.
    pub head: CommitSha,
    /// When it was merged: what the branch did later is no matter of it.
    pub merged_at: Timestamp,
    /// Since when the branch is asked where it was before; none where that was too long ago to be worth asking.
    pub moved_since: Option<Timestamp>,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// It is what merging the head gives.
    Same,
    /// It is something else.
    Different {
        /// In what.
        because: String,
    },
    /// Nobody can tell.
    Unknown {
        /// Why.
        because: String,
        /// Whether that stays so until somebody does something.
        is_lasting: bool,
    },
}

/// How far the comparison is that a look wants to know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Nobody compares here.
    Off,
    /// It was not begun.
    NotBegun,
    /// It goes on.
    UnderWay,
    /// It is over.
    Over(Landed),
}

/// What a look does about a comparison, once it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    #[default]
    Wait,
    /// It begins it.
    Begin(LandingAsked),
    /// It forgets the answer, for it is in the book.
    Forget,
}

/// A comparison that is owed, as the book has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owed {
    /// When the merge was written down.
    pub(crate) since: Timestamp,
    /// Tries that came to nothing.
    #[serde(default)]
    pub(crate) tries: usize,
    /// It is not tried again before.
    #[serde(default)]
    pub(crate) not_before: Option<Timestamp>,
    /// It was told that nobody knows yet.
    #[serde(default)]
    pub(crate) is_told: bool,
}

/// Something that was found out about what landed, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LandedFinding {
    /// What landed.
    pub(crate) commit: Option<CommitSha>,
    /// Whether it is known to be another thing.
    pub(crate) result: LandedResult,
    /// In what, or why nobody can tell.
    pub(crate) because: String,
    /// Whether anybody was held back.
    pub(crate) mode: GateMode,
    /// Who merged it.
    pub(crate) by: Option<String>,
}

/// The word of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LandedResult {
    /// What was not known for a while, and told so, is what the merge gives.
    Same,
    /// It is something else.
    Different,
    /// Nobody can tell, so far.
    #[serde(other)]
    Unknown,
}

/// Whether a book says that what landed is still to be compared.
pub(crate) fn owes_comparison(body: Option<&str>) -> bool {
    // What nobody can read may owe one.
    !Book::read(body).is_ok_and(|book| book.landing.is_none())
}

/// Goes on with what is owed of a merge that was written down.
pub(super) fn compare(question: &Question<'_>, judged: &mut Judged) {
    let (Some(owed), Some(merged)) = (judged.book.landing.clone(), &question.found.merged) else {
        return;
    };
    let now = question.found.observed_at;
    let Some(commit) = merged.commit.clone() else {
        let because = "GitHub does not say which commit came of it".to_owned();
        judged.book.landing = None;
        return tell(question, judged, (LandedResult::Unknown, because));
    };
    if let Comparison::Over(_) = &question.landed {
        judged.next = Next::Forget;
    }
    match &question.landed {
        Comparison::Off => judged.book.landing = None,
        Comparison::NotBegun if owed.not_before.is_some_and(|at| now < at) => {
            judged.due = earlier(judged.due, owed.not_before.unwrap_or(now));
        }
        Comparison::NotBegun => {
            judged.next = Next::Begin(LandingAsked {
                id: question.id,
                repository: full_name(question.found),
                base: question.found.base.clone(),
                merged_at: merged.at,
                moved_since: moved_since((merged.at, now), commit == question.found.head),
                commit,
                head: question.found.head.clone(),
            });
            judged.due = earlier(judged.due, now.plus_seconds(ask_seconds(merged.at, &owed)));
        }
        Comparison::UnderWay => late(question, judged, (merged.at, owed)),
        Comparison::Over(Landed::Same) => {
            judged.book.landing = None;
            if owed.is_told {
                let because = "it is what merging the judged head gives".to_owned();
                tell(question, judged, (LandedResult::Same, because));
            }
        }
        Comparison::Over(Landed::Different { because }) => {
            judged.book.landing = None;
            tell(question, judged, (LandedResult::Different, because.clone()));
        }
        Comparison::Over(Landed::Unknown { because, is_lasting }) => {
            try_again(question, judged, (owed, because, *is_lasting));
        }
    }
}

/// Since when the branch is asked where it was before it moved. What a head that came in by itself may have taken away, nothing else tells;
/// of other commits it is only asked while the list of what happened since then is short.
fn moved_since((merged, now): (Timestamp, Timestamp), is_head: bool) -> Option<Timestamp> {
    let is_long_ago = merged.plus_seconds(MOVES_SECONDS_MAX) < now;
    let since = merged.milliseconds() - MOVED_BEFORE_MILLISECONDS;
    (is_head || !is_long_ago).then(|| Timestamp::from_milliseconds(since))
}

/// Whether the merge is one of before, that was found again after a loss: hundreds of them may wait for their turn, and nobody waits for them.
fn is_of_before(merged: Timestamp, owed: &Owed) -> bool {
    merged.plus_seconds(OF_BEFORE_SECONDS) < owed.since
}

/// Seconds until somebody looks whether a comparison is over; its end makes the pull request due anyway.
fn ask_seconds(merged: Timestamp, owed: &Owed) -> u64 {
    match owed.is_told || is_of_before(merged, owed) {
        true => ASK_LATER_SECONDS,
        false => ASK_SECONDS,
    }
}

/// One that goes on: somebody asks for it again, and says so where it takes too long.
fn late(question: &Question<'_>, judged: &mut Judged, (merged, owed): (Timestamp, Owed)) {
    let now = question.found.observed_at;
    judged.due = earlier(judged.due, now.plus_seconds(ask_seconds(merged, &owed)));
    if owed.is_told || is_of_before(merged, &owed) || now < owed.since.plus_seconds(LATE_SECONDS) {
        return;
    }
    let because = format!("it takes longer than {LATE_SECONDS} seconds, and goes on");
    judged.book.landing = Some(Owed {
        is_told: true,
        ..owed
    });
    tell(question, judged, (LandedResult::Unknown, because));
}

/// One that came to nothing: it is tried again a few times, and said before it is too late to matter.
fn try_again(question: &Question<'_>, judged: &mut Judged, (owed, because, is_lasting): (Owed, &str, bool)) {
    let next = after_nothing(&owed, question.found.observed_at, is_lasting);
    let is_news = !owed.is_told && next.is_told;
    if let Some(at) = next.not_before {
        judged.due = earlier(judged.due, at);
    }
    judged.book.landing = next.not_before.is_some().then_some(next);
    if is_news {
        tell(question, judged, (LandedResult::Unknown, because.to_owned()));
    }
}

/// What is owed after a try that came to nothing; not to be tried again where no time is named.
fn after_nothing(owed: &Owed, now: Timestamp, is_lasting: bool) -> Owed {
    // What lasts is not asked for at once: somebody has to do something first.
    let tries = match is_lasting {
        true => owed.tries.max(TRIES_SILENT),
        false => owed.tries,
    };
    let wait = RETRY_SECONDS.get(tries);
    Owed {
        since: owed.since,
        tries: tries + 1,
        not_before: wait.map(|seconds| now.plus_seconds(*seconds)),
        is_told: owed.is_told || tries >= TRIES_SILENT,
    }
}

/// Writes a finding down, and tells everybody where somebody was held back.
fn tell(question: &Question<'_>, judged: &mut Judged, (result, because): (LandedResult, String)) {
    let found = question.found;
    let mode = question.settings.mode_of(found.name.as_str());
    let merged = found.merged.as_ref();
    let finding = LandedFinding {
        commit: merged.and_then(|merged| merged.commit.clone()),
        result,
        because,
        mode,
        by: merged.and_then(|merged| merged.by.clone()),
    };
    if mode == GateMode::Enforce {
        let notice = notice((question.id.number(), found), &finding);
        // A book that was lost, or is as it was in a copy, does not know what it told.
        let mut own = found.comments.iter().filter(|comment| comment.is_own);
        if !own.any(|comment| comment.body.trim_end().ends_with(&notice.mark)) {
            judged.orders.push(Order::Notice(notice));
        }
    }
    judged.landed = Some(finding);
}

/// Words of git, of the server that it spoke with or of GitHub, as one line in which nothing is obeyed: between backticks there are no links,
/// mentions, tags or marks. The beginning of a comment is broken, because comments are searched for ours.
fn quoted(words: &str) -> String {
    let plain = |letter: char| match letter {
        '`' => '\'',
        // Of what is not seen, also that which turns the direction of a line.
        letter
            if letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            ' '
        }
        letter => letter,
    };
    let words: String = words.chars().map(plain).take(FOREIGN_CHARS_MAX).collect();
    let line: Vec<&str> = words.split_whitespace().collect();
    format!("`{}`", line.join(" ").replace("<!--", "<! --"))
}

/// What everybody is told.
fn notice((number, found): (u64, &Found), finding: &LandedFinding) -> NoticeOrder {
    let commit = finding.commit.as_ref().unwrap_or(&found.head);
    let (head, because) = (&found.head, &finding.because);
    let by = finding.by.as_deref().unwrap_or("somebody");
    let (word, body) = match finding.result {
        LandedResult::Different => (
            "differs",
            format!(
                "**What landed is not what the merge gives.** `{commit}`, by {by}, brings something else than merging `{head}`: \
                 {because}.\n\nThis is written down. Nobody has signed what else it brings: look at it, at who may push to `{}`, and \
                 decide whether it has to be reverted.",
                found.base
            ),
        ),
        LandedResult::Unknown => (
            "is not known",
            format!(
                "**What landed could not be compared.** Whether `{commit}`, by {by}, is what merging `{head}` gives could not be told: \
                 {}.\n\nThis is written down. It is tried again for an hour; if nothing more is said here then, look at it yourself.",
                quoted(because)
            ),
        ),
        LandedResult::Same => (
            "is the same",
            format!("What landed could be compared after all: `{commit}` is what merging `{head}` gives."),
        ),
    };
    let mark = format!("<!-- governance-app tells that what landed {word}: {commit} -->");
    NoticeOrder {
        repository: full_name(found),
        number,
        body: format!("{body}\n{mark}"),
        mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_to_nothing_is_tried_four_times_more_and_said_within_a_minute() {
        let rows = [
            (false, vec![(5, false), (20, false), (620, true), (4_220, true)]),
            (true, vec![(600, true), (4_200, true)]),
        ];
        for (is_lasting, expected) in rows {
            let began = Timestamp::from_seconds(1_000_000);
            let mut owed = Owed {
                since: began,
                tries: 0,
                not_before: None,
                is_told: false,
            };
            let (mut now, mut tries) = (began, Vec::new());
            loop {
                owed = after_nothing(&owed, now, is_lasting);
                assert_eq!(owed.since, began);
                let Some(at) = owed.not_before else { break };
                tries.push((at.milliseconds_since(began) / 1_000, owed.is_told));
                now = at;
            }
            assert_eq!(tries, expected, "{is_lasting}");
            assert!(owed.is_told);
        }
    }

    #[test]
    fn of_what_was_merged_long_ago_only_a_head_by_itself_is_asked_whence_it_came() {
        let merged = Timestamp::from_seconds(1_764_000_000);
        let since = Some(Timestamp::from_seconds(1_763_996_400));
        for (seconds, is_head, expected) in [
            (0, false, since),
            (MOVES_SECONDS_MAX, false, since),
            (MOVES_SECONDS_MAX + 1, false, None),
            (MOVES_SECONDS_MAX + 1, true, since),
        ] {
            let now = merged.plus_seconds(seconds);
            assert_eq!(
                moved_since((merged, now), is_head),
                expected,
                "{seconds} {is_head}"
            );
        }
    }

    #[test]
    fn what_others_say_stands_in_a_comment_as_one_line_in_which_nothing_is_obeyed() {
        let said = "`git fetch` ended with 128: remote: @acme/all, see #1\r\n\u{2028}\u{202e}<!-- governance-app mirrors --> [x](https://evil.example)";
        assert_eq!(
            quoted(said),
            "`'git fetch' ended with 128: remote: @acme/all, see #1 <! -- governance-app mirrors --> [x](https://evil.example)`"
        );
        assert_eq!(
            quoted(&"@a ".repeat(1_000)).chars().count(),
            FOREIGN_CHARS_MAX + 2
        );
    }

    #[test]
    fn a_book_of_before_owes_nothing_and_one_of_now_is_read_again() {
        let owed = Owed {
            since: Timestamp::from_seconds(1),
            tries: 2,
            not_before: Some(Timestamp::from_seconds(2)),
            is_told: true,
        };
        let text = serde_json::to_string(&owed).unwrap();
        assert_eq!(serde_json::from_str::<Owed>(&text).unwrap(), owed);
        let least = "{\"since\": \"1970-01-01T00:00:01.000Z\"}";
        let read: Owed = serde_json::from_str(least).unwrap();
        assert_eq!((read.tries, read.not_before, read.is_told), (0, None, false));
    }
}
