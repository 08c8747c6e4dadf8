//! From what was found, remembered and signed to a verdict, and what is to be shown of it. Pure: the same question has the same answer.

use super::book::{Book, Ordered};
use super::found::{Found, GateMode, ShownStatus};
use super::order::{AnswerOrder, Order, ReportOrder, StatusOrder, answer_mark, context};
use super::words;
use domain_types::{CommitSha, PullRequestId, Sha256Digest, Timestamp};
use governance_rules::{
    Approval, Change, Electorate, Outcome, PullRequestFacts, ReviewClock, Ruleset, Subject, Verdict, evaluate,
};
use signatures::{SignatureText, Statement};
use storage::{NewSignature, SignatureName, SignatureRow};

/// Characters of a report's summary that GitHub takes: 65,535, and some for the line that says that it was cut.
const SUMMARY_CHARS_MAX: usize = 60_000;

/// Seconds by which GitHub's lists may be behind what was written.
const LAG_SECONDS_MAX: u64 = 120;

/// What holds for every pull request of a server.
#[derive(Debug, Clone)]
pub struct GateSettings {
    /// The host of the forge, as statements name it.
    pub forge: String,
    /// Whether anybody is held back at all.
    pub mode: GateMode,
    /// Repositories in which nobody is held back yet.
    pub dry_run_repositories: Vec<domain_types::RepoName>,
    /// Where people reach this server.
    pub public_url: Option<String>,
}

impl GateSettings {
    /// Whether a repository is held back.
    pub fn mode_of(&self, repository: &str) -> GateMode {
        let is_tried = |name: &domain_types::RepoName| name.as_str().eq_ignore_ascii_case(repository);
        match self.mode {
            GateMode::Enforce if !self.dry_run_repositories.iter().any(is_tried) => GateMode::Enforce,
            GateMode::Enforce | GateMode::DryRun => GateMode::DryRun,
        }
    }
}

/// The rules as they are known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rules<'r> {
    /// These were accepted.
    Accepted(&'r Ruleset),
    /// None can be used, for this reason.
    Unusable(&'r str),
}

/// Another pull request with the same head and base, as its own book has it.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    pub(crate) id: PullRequestId,
    /// What it showed last, if that was for this head.
    pub(crate) shown: Option<ShownStatus>,
}

/// One question.
pub(crate) struct Question<'q> {
    pub(crate) id: PullRequestId,
    pub(crate) settings: &'q GateSettings,
    pub(crate) rules: Rules<'q>,
    pub(crate) found: &'q Found,
    pub(crate) book: Book,
    pub(crate) signatures: &'q [SignatureRow],
    pub(crate) twins: &'q [Twin],
}

/// What follows.
pub(crate) struct Judged {
    pub(crate) book: Book,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) signatures: Vec<NewSignature>,
    pub(crate) withdrawn: Vec<SignatureName>,
    pub(crate) orders: Vec<Order>,
    pub(crate) due: Option<Timestamp>,
    /// Others that show something else now.
    pub(crate) wake: Vec<PullRequestId>,
}

/// Judges one pull request.
pub(crate) fn judge(mut question: Question<'_>) -> Judged {
    let before = question.book.outcome.clone();
    question.book.see(question.found);
    if !question.found.is_open {
        return closed(question, before.is_some());
    }
    match question.rules {
        Rules::Unusable(reason) => unusable(question, reason),
        Rules::Accepted(rules) => by_rules(question, rules),
    }
}

/// Nothing is said of what is closed; its twins may be let go now.
fn closed(question: Question<'_>, was_shown: bool) -> Judged {
    let twins = question.twins.iter().map(|twin| twin.id);
    let mut book = question.book;
    book.outcome = None;
    Judged {
        wake: if was_shown { twins.collect() } else { Vec::new() },
        book,
        verdict: None,
        signatures: Vec::new(),
        withdrawn: Vec::new(),
        orders: Vec::new(),
        due: None,
    }
}

/// Without rules nothing is ever a success.
fn unusable(question: Question<'_>, reason: &str) -> Judged {
    let own = ShownStatus {
        state: "error".to_owned(),
        description: one_line(&format!("The rules cannot be used: {reason}")),
    };
    let mut judged = Judged {
        book: question.book.clone(),
        verdict: None,
        signatures: Vec::new(),
        withdrawn: Vec::new(),
        orders: Vec::new(),
        due: None,
        wake: Vec::new(),
    };
    show_status(&question, &own, &mut judged);
    judged
}

fn by_rules(mut question: Question<'_>, rules: &Ruleset) -> Judged {
    let found = question.found;
    let electorate = Electorate::of(rules, &found.name);
    let heard = words::hear(&mut question.book, found, (rules, &electorate));
    let stored = stored_approvals(question.signatures, &electorate, found.observed_at);
    let mut facts = facts(&question, stored);
    let first = evaluate(rules, &facts);
    let statement = first.statement.clone().map(Statement::Approval);
    if let Some(statement) = &statement {
        question.book.show(&statement.to_string());
    }
    let (received, mut answers) = words::receive(&question.book, &heard, (&electorate, found), &statement);
    let new: Vec<NewSignature> = received.iter().map(|(row, _)| row.clone()).collect();
    facts
        .approvals
        .extend(received.into_iter().map(|(_, approval)| approval));
    let withdrawn = words::withdrawn(&heard, question.signatures, &electorate);
    facts
        .approvals
        .retain(|approval| !is_withdrawn(approval, &withdrawn));
    let verdict = evaluate(rules, &facts);
    words::answer_standing(&heard, &verdict, statement.as_ref(), &mut answers);
    let own = own_status(&verdict);
    let mut judged = Judged {
        book: question.book.clone(),
        due: verdict.turns_at,
        signatures: new,
        withdrawn,
        orders: Vec::new(),
        wake: Vec::new(),
        verdict: Some(verdict),
    };
    if let Some(own) = &own {
        show_status(&question, own, &mut judged);
    }
    show_report(&question, statement.as_ref(), &mut judged);
    answer(&question, answers, &mut judged);
    judged
}

fn is_withdrawn(approval: &Approval, withdrawn: &[SignatureName]) -> bool {
    let digest = Statement::Approval(approval.statement.clone()).digest();
    let key = approval.proof.key().to_string();
    withdrawn
        .iter()
        .any(|name| name.statement_digest == digest && name.key_identity == key)
}

/// Signatures that were received before, verified again by the keys that are registered now.
fn stored_approvals(rows: &[SignatureRow], electorate: &Electorate, at: Timestamp) -> Vec<Approval> {
    let verified = |row: &SignatureRow| {
        let Ok(Statement::Approval(approval)) = Statement::parse(row.signature.statement.as_bytes()) else {
            return None;
        };
        let statement = Statement::Approval(approval.clone());
        let text = SignatureText::parse(&row.signature.signature).ok()?;
        let key = electorate.key(&row.signature.name.key_identity)?;
        let proof = signatures::verify(&statement, &text, key, at).ok()?;
        Some(Approval {
            statement: approval,
            proof,
            received_at: row.received_at,
        })
    };
    let counted = rows.iter().filter(|row| row.withdrawn_at.is_none());
    counted.filter_map(verified).collect()
}

/// The facts in the words of the rules.
fn facts(question: &Question<'_>, approvals: Vec<Approval>) -> PullRequestFacts {
    let (found, book) = (question.found, &question.book);
    PullRequestFacts {
        observed_at: found.observed_at,
        subject: Subject {
            forge: question.settings.forge.clone(),
            repository_id: question.id.repository_id(),
            owner: found.owner.clone(),
            repository: found.name.clone(),
            number: question.id.number(),
            base_ref: format!("refs/heads/{}", found.base),
            head_sha: found.head.clone(),
            head_tree: found.head_tree.clone(),
        },
        author: found.author.parse().ok(),
        is_draft: found.is_draft,
        change: Change {
            paths: found.files.iter().map(|file| file.path.clone()).collect(),
            more_than_listed: found.more_files,
            title: found.title.clone(),
            body: found.body.clone(),
            labels: found.labels.clone(),
            raised: book.raised(),
            emergency: None,
        },
        clock: ReviewClock {
            opened_at: found.opened_at,
            ready_at: found.ready_at,
            reopened_at: found.reopened_at,
            retargeted_at: found.retargeted_at.max(book.retargeted_at),
            pushes: book.pushes(),
        },
        checks: found.checks.clone(),
        approvals,
        holds: book.holds(),
        companions: Vec::new(),
    }
}

/// The status of a verdict; none where no rule speaks of the repository.
fn own_status(verdict: &Verdict) -> Option<ShownStatus> {
    let state = match verdict.outcome {
        Outcome::Success | Outcome::Pending | Outcome::Failure | Outcome::Error => verdict.outcome.as_str(),
        Outcome::NotGoverned => return None,
    };
    Some(ShownStatus {
        state: state.to_owned(),
        description: verdict.description(),
    })
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

/// Orders the status of the head, if it shows something else: a head in several pull requests is as far as the worst of them.
fn show_status(question: &Question<'_>, own: &ShownStatus, judged: &mut Judged) {
    let (found, settings) = (question.found, question.settings);
    let mode = settings.mode_of(found.name.as_str());
    let mut status = own.clone();
    for twin in question.twins {
        let theirs = twin.shown.clone().unwrap_or_else(|| ShownStatus {
            state: "pending".to_owned(),
            description: format!("#{} has the same head and is not judged yet", twin.id.number()),
        });
        if weight(&theirs.state) > weight(&status.state) {
            let description = one_line(&format!(
                "#{}, same head: {}",
                twin.id.number(),
                theirs.description
            ));
            status = ShownStatus {
                description,
                ..theirs
            };
        }
    }
    let remembered = (found.head.clone(), found.base.clone(), own.clone());
    if judged.book.outcome.as_ref() != Some(&remembered) {
        judged.wake = question.twins.iter().map(|twin| twin.id).collect();
        judged.book.outcome = Some(remembered);
    }
    let context = context(mode, &found.base);
    let is_shown = found.status.as_ref() == Some(&status);
    let now = found.observed_at;
    if let Some(ordered) = &judged.book.status
        && ordered.is(&found.head, &context, &status)
    {
        // What was ordered may be on its way, or the list behind. After that somebody wrote over it.
        let looked_for_until = ordered.at.plus_seconds(LAG_SECONDS_MAX);
        if is_shown || now < looked_for_until {
            if !is_shown {
                judged.due = Some(
                    judged
                        .due
                        .map_or(looked_for_until, |due| due.min(looked_for_until)),
                );
            }
            return;
        }
    }
    judged.book.status = Some(Ordered {
        head: found.head.clone(),
        context,
        status: status.clone(),
        at: now,
    });
    if is_shown {
        return;
    }
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
fn show_report(question: &Question<'_>, statement: Option<&Statement>, judged: &mut Judged) {
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
    let digest = Sha256Digest::of(report_core(verdict, &title).as_bytes());
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

/// What makes a report another one: everything but the moment.
fn report_core(verdict: &Verdict, title: &str) -> String {
    format!(
        "{title}\n{}\n{:?}\n{}",
        verdict.tree(),
        verdict.requirement,
        verdict.ruleset
    )
}

fn answer(question: &Question<'_>, answers: Vec<(u64, Vec<String>)>, judged: &mut Judged) {
    for (comment, lines) in answers {
        judged.orders.push(Order::Answer(AnswerOrder {
            repository: full_name(question.found),
            number: question.id.number(),
            comment,
            body: format!("{}\n{}", lines.join("\n\n"), answer_mark(comment)),
        }));
    }
}

fn full_name(found: &Found) -> String {
    format!("{}/{}", found.owner, found.name)
}

/// The page of a pull request on this server.
pub(crate) fn page(settings: &GateSettings, id: PullRequestId) -> Option<String> {
    let url = settings.public_url.as_ref()?;
    Some(format!("{url}/p/{}/{}", id.repository_id(), id.number()))
}

/// At most 140 characters, as a status takes them.
fn one_line(text: &str) -> String {
    shorten(text, 140)
}

fn shorten(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max - 1).collect();
    format!("{kept}…")
}
