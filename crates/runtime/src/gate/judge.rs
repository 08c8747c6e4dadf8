//! From what was found, remembered and signed to a verdict, and what is to be shown of it. Pure: the same question has the same answer.

use super::attesting;
use super::beside;
use super::book::Book;
use super::emergency::{self, Authority, how_to_declare};
use super::ending::{Merge, closed, end_standing};
use super::found::{Found, GateMode, ShownStatus};
use super::landed::{Comparison, LandedFinding, Next};
use super::legacy_text::{LEGACY_TEXT, taken_for};
use super::order::Order;
use super::queue::{end_groups, show_groups};
use super::showing::{answer, one_line, show_report, show_status, show_want};
use super::tiers;
use super::words;
use domain_types::{PullRequestId, Timestamp};
use governance_rules::{
    Approval, Change, Electorate, Outcome, PullRequestFacts, ReviewClock, Ruleset, Subject, Verdict,
    evaluate, without_rules,
};
use signatures::{SignatureText, Statement};
use storage::{NewSignature, SignatureName, SignatureRow};

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
    /// Others that are in a group of the merge queue with it, and what they show.
    pub(crate) members: &'q [Twin],
    /// How far the comparison is of what landed.
    pub(crate) landed: Comparison,
    /// When it was first heard of.
    pub(crate) first_seen_at: Timestamp,
}

/// What follows.
pub(crate) struct Judged {
    pub(crate) book: Book,
    pub(crate) verdict: Option<Verdict>,
    /// What the verdict rests on.
    pub(crate) facts: Option<Box<PullRequestFacts>>,
    pub(crate) signatures: Vec<NewSignature>,
    pub(crate) withdrawn: Vec<SignatureName>,
    pub(crate) orders: Vec<Order>,
    pub(crate) due: Option<Timestamp>,
    /// Others that show something else now.
    pub(crate) wake: Vec<PullRequestId>,
    /// How it was merged, the first time that this is seen.
    pub(crate) merge: Option<Merge>,
    /// What was found out about what landed.
    pub(crate) landed: Option<LandedFinding>,
    /// What is done about the comparison of what landed.
    pub(crate) next: Next,
    /// Those of other repositories that this one names, each with its repository, if it is another one for them now.
    pub(crate) elsewhere: Vec<(PullRequestId, String)>,
}

impl Judged {
    /// A book of which nothing is said.
    pub(super) fn silent(book: Book) -> Self {
        Self {
            book,
            verdict: None,
            facts: None,
            signatures: Vec::new(),
            withdrawn: Vec::new(),
            orders: Vec::new(),
            due: None,
            wake: Vec::new(),
            merge: None,
            landed: None,
            next: Next::Wait,
            elsewhere: Vec::new(),
        }
    }
}

/// Judges one pull request.
pub(crate) fn judge(mut question: Question<'_>) -> Judged {
    let was_known = question.book.looked_at.is_some();
    question.book.see(question.found);
    let elsewhere = beside::news(&mut question.book, question.found);
    let judged = match question.rules {
        _ if !question.found.is_open => closed(question, was_known),
        Rules::Unusable(reason) => unusable(question, reason),
        Rules::Accepted(rules) => by_rules(question, rules),
    };
    Judged { elsewhere, ..judged }
}

/// Without rules nothing is ever a success.
fn unusable(question: Question<'_>, reason: &str) -> Judged {
    let own = ShownStatus {
        state: "error".to_owned(),
        description: one_line(&format!("The rules cannot be used: {reason}")),
    };
    let mut judged = Judged::silent(question.book.clone());
    show_own(&question, &own, &mut judged);
    show_want(&question, &without_rules(reason), &mut judged);
    judged
}

fn by_rules(mut question: Question<'_>, rules: &Ruleset) -> Judged {
    let found = question.found;
    let electorate = Electorate::of(rules, &found.name);
    let mut heard = words::hear(&mut question.book, found, (rules, &electorate));
    let stored = stored_approvals(question.signatures, &electorate, found.observed_at);
    let mut facts = facts(&question, stored);
    let excluded = facts.author.iter().chain(&facts.pushers).cloned().collect();
    let authority = Authority {
        rules,
        electorate: &electorate,
        subject: &facts.subject,
        excluded: &excluded,
    };
    let mut withdrawn = words::withdrawn(&heard, question.signatures, &electorate);
    let declared = emergency::declared(&mut question, &mut heard, (&authority, &withdrawn));
    let tier = declared.emergency.as_ref();
    facts.change.emergency = tier.and_then(|state| state.tier_at(found.observed_at)).cloned();
    facts.emergency = declared.emergency;
    let lowered = tiers::named(
        &mut question,
        &mut heard,
        (rules, &electorate),
        (&mut facts, &withdrawn),
    );
    let first = evaluate(rules, &facts);
    let statement = first.statement.clone().map(Statement::Approval);
    if let Some(statement) = &statement {
        question.book.show(&statement.to_string());
    }
    let (received, mut answers) = words::receive(
        &question.book,
        &heard,
        (rules, &electorate, found),
        (&statement, question.signatures),
    );
    let new = received.rows.iter().map(|(row, _)| row.clone());
    let new: Vec<NewSignature> = new.chain(declared.received.rows).chain(lowered.rows).collect();
    let approvals = received.rows.into_iter().map(|(_, approval)| approval);
    facts.approvals.extend(approvals);
    withdrawn.extend(received.taken_back);
    withdrawn.extend(declared.received.taken_back);
    withdrawn.extend(lowered.taken_back);
    facts
        .approvals
        .retain(|approval| !is_withdrawn(approval, &withdrawn));
    let verdict = evaluate(rules, &facts);
    let asked = (statement.as_ref(), question.settings);
    words::answer_standing(&heard, &verdict, asked, &mut answers);
    let own = own_status(&verdict);
    let declaring = declaring(&question, &facts) + &tiers::how_to_lower(&verdict);
    let mut judged = Judged {
        due: verdict.turns_at,
        signatures: new,
        withdrawn,
        verdict: Some(verdict),
        ..Judged::silent(question.book.clone())
    };
    match &own {
        Some(own) => show_own(&question, own, &mut judged),
        None => end_own(&question, &mut judged),
    }
    show_report(&question, (statement.as_ref(), &declaring), &mut judged);
    answer(&question, answers, &mut judged);
    judged.facts = Some(Box::new(facts));
    judged
}

/// Shows it on the head, and on what a merge queue would merge.
fn show_own(question: &Question<'_>, own: &ShownStatus, judged: &mut Judged) {
    show_status(question, own, judged);
    show_groups(question, own, judged);
}

/// Nothing is said where no rule speaks, and what was green is not any more.
fn end_own(question: &Question<'_>, judged: &mut Judged) {
    end_standing(question, judged);
    end_groups(question, judged, |_| false);
}

/// How keyholders sign, where an emergency was asked for.
fn declaring(question: &Question<'_>, facts: &PullRequestFacts) -> String {
    facts.emergency.as_ref().map_or_else(String::new, |state| {
        how_to_declare(state, question.book.emergency.as_ref(), facts.observed_at)
    })
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
    let counted = rows.iter().filter(|row| row.withdrawn_at.is_none());
    counted
        .filter_map(|row| reverified(row, electorate, at))
        .collect()
}

/// One of them.
pub(super) fn reverified(row: &SignatureRow, electorate: &Electorate, at: Timestamp) -> Option<Approval> {
    let Ok(Statement::Approval(approval)) = Statement::parse(row.signature.statement.as_bytes()) else {
        return None;
    };
    let statement = Statement::Approval(approval.clone());
    let text = SignatureText::parse(&row.signature.signature).ok()?;
    let key = electorate.key(&row.signature.name.key_identity)?;
    let proof = match row.signature.scheme == LEGACY_TEXT {
        true => taken_for(&approval, &text, key)?,
        false => signatures::verify(&statement, &text, key, at).ok()?,
    };
    Some(Approval {
        statement: approval,
        proof,
        received_at: row.signature.received_at,
    })
}

/// The facts in the words of the rules.
pub(super) fn facts(question: &Question<'_>, approvals: Vec<Approval>) -> PullRequestFacts {
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
            lowered: None,
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
        companions: {
            let companions = found.beside.companions.iter();
            companions.map(|found| found.companion.clone()).collect()
        },
        references: found.beside.references.clone(),
        pushers: book.pushers(),
        emergency: None,
        removed: removed(found),
        runs: found.beside.runs.clone(),
        attestations: attesting::attestations(book),
        lowering: None,
    }
}

/// The paths that are gone after the change.
fn removed(found: &Found) -> std::collections::BTreeSet<String> {
    let gone = found.files.iter().filter(|file| file.status == "removed");
    gone.map(|file| file.path.path.clone()).collect()
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
