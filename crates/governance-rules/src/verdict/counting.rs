//! Which signatures are about what is judged, and who is counted by them. Persons are counted in the room of signatures.

use super::asked::Asked;
use crate::facts::Approval;
use crate::{Login, Requirement, Subject, Threshold};
use domain_types::{Sha256Digest, Timestamp};
use signatures::{Ballot, PullRequestApproval, Quorum, Registry, Statement, Verified};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

/// When a signature that came then is too old, if it ever is.
pub(super) fn expiry(asked: &Asked<'_>, received_at: Timestamp) -> Option<Timestamp> {
    let days = asked.rules.settings.signature_days_max.as_ref()?;
    Some(received_at.plus_seconds(u64::from(days.value) * DAY_SECONDS))
}

/// Whether it still counts.
pub(super) fn is_young(asked: &Asked<'_>, received_at: Timestamp) -> bool {
    expiry(asked, received_at).is_none_or(|end| asked.facts.observed_at < end)
}

/// The approvals of what is judged: of this head and base, and not too old.
pub(super) fn current<'a>(asked: &Asked<'a>) -> Vec<&'a Approval> {
    let approvals = asked.facts.approvals.iter();
    let takes_legacy_text = takes_legacy_text(asked);
    let is_it = |approval: &&Approval| {
        is_of(&approval.statement, &asked.facts.subject)
            && is_young(asked, approval.received_at)
            && (takes_legacy_text || !approval.proof.is_of_legacy_text())
    };
    approvals.filter(is_it).collect()
}

/// Whether the text of before counts here and now: where the rules say so, and not where keyholders sign too, in an emergency, or for less
/// than the files ask for.
fn takes_legacy_text(asked: &Asked<'_>) -> bool {
    let change = &asked.facts.change;
    let is_usual =
        asked.requirement.keyholders.is_none() && change.emergency.is_none() && change.lowered.is_none();
    is_usual && asked.rules.takes_legacy_text(&asked.facts.subject.repository)
}

/// Whether a statement is about exactly this head of this pull request for this base.
fn is_of(statement: &PullRequestApproval, subject: &Subject) -> bool {
    statement.forge.as_str() == subject.forge
        && statement.repository_id == subject.repository_id
        && statement.pull_request == subject.number
        && statement.base_ref.as_str() == subject.base_ref
        && statement.head_sha == subject.head_sha
        && statement.head_tree == subject.head_tree
}

/// The current approvals that the verdict rests on.
///
/// Who signed a statement that tells of a longer review, or of more keyholders, agreed to no less: then that much is needed. But enough who
/// agreed to less are enough, whoever else agreed only to more: another signature never makes it worse. So of those levels the least counts
/// at which enough have signed; all of them where that is at none.
pub(super) fn agreed<'a>(asked: &Asked<'a>) -> Vec<&'a Approval> {
    let current = current(asked);
    let needed = asked.requirement;
    let level = |approval: &Approval| {
        let told = &approval.statement;
        let keyholders = told.required.threshold().keyholders;
        (
            told.review_days.max(needed.review_days),
            required(keyholders).max(required(needed.keyholders)),
        )
    };
    let levels: BTreeSet<(u32, u32)> = current.iter().map(|approval| level(approval)).collect();
    if levels.len() <= 1 {
        return current;
    }
    let days: BTreeSet<u32> = levels.iter().map(|(days, _)| *days).collect();
    let keyholders: BTreeSet<u32> = levels.iter().map(|(_, keyholders)| *keyholders).collect();
    for most in days
        .iter()
        .flat_map(|days| keyholders.iter().map(move |keyholders| (*days, *keyholders)))
    {
        let agree = |approval: &&&Approval| {
            let (days, keyholders) = level(approval);
            days <= most.0 && keyholders <= most.1
        };
        let some: Vec<&Approval> = current.iter().filter(agree).copied().collect();
        let (maintainers, keyholders) = quorums(asked, &some);
        if is_reached(&maintainers) && keyholders.is_none_or(|quorum| is_reached(&quorum)) {
            return some;
        }
    }
    current
}

fn required(threshold: Option<Threshold>) -> u32 {
    threshold.map_or(0, |threshold| threshold.required)
}

/// Nobody is never enough.
pub(super) fn is_reached(quorum: &Quorum) -> bool {
    quorum.is_reached() && quorum.required() > 0
}

/// The maintainers who signed, and the keyholders where they are asked: by the rules, or by what was signed.
pub(super) fn quorums(asked: &Asked<'_>, approvals: &[&Approval]) -> (Quorum, Option<Quorum>) {
    let told = approvals.iter().map(|approval| {
        let statement = Statement::Approval(approval.statement.clone());
        let threshold = approval.statement.required.threshold();
        (
            statement.digest(),
            (threshold.maintainers.required, required(threshold.keyholders)),
        )
    });
    let of_statements = approvals
        .iter()
        .filter_map(|approval| approval.statement.required.threshold().keyholders);
    let keyholders = of_statements
        .chain(asked.requirement.keyholders)
        .reduce(Threshold::max);
    let votes: Vec<Verified> = approvals.iter().map(|approval| approval.proof.clone()).collect();
    counted(asked, (told.collect(), keyholders), &votes)
}

/// Those of the text of before.
pub(super) fn of_legacy_text<'a>(approvals: &[&'a Approval]) -> Vec<&'a Approval> {
    let those = approvals
        .iter()
        .filter(|approval| approval.proof.is_of_legacy_text());
    those.copied().collect()
}

/// Persons, by statements that told their signers so many maintainers and keyholders.
pub(super) fn counted(
    asked: &Asked<'_>,
    (told, keyholders): (BTreeMap<Sha256Digest, (u32, u32)>, Option<Threshold>),
    votes: &[Verified],
) -> (Quorum, Option<Quorum>) {
    type Part = fn(&(u32, u32)) -> u32;
    let count = |registry: &Registry, (threshold, votes): (Threshold, &[Verified]), part: Part| {
        let ballot = Ballot {
            statements: told.iter().map(|(digest, told)| (*digest, part(told))).collect(),
            threshold,
            excluded: excluded(asked),
        };
        signatures::count(registry, &ballot, votes)
    };
    let electorate = asked.electorate;
    let maintainers = count(
        &electorate.maintainers,
        (of_maintainers(asked.requirement), votes),
        |told| told.0,
    );
    // What binds to no commit is no keyholder's.
    let bound: Vec<Verified> = votes
        .iter()
        .filter(|vote| !vote.is_of_legacy_text())
        .cloned()
        .collect();
    let keyholders =
        keyholders.map(|threshold| count(&electorate.keyholders, (threshold, &bound), |told| told.1));
    (maintainers, keyholders)
}

fn of_maintainers(needed: &Requirement) -> Threshold {
    Threshold {
        required: needed.required,
        total: needed.total,
    }
}

/// Whose signature does not count: whoever opened it, and whoever pushed something into it.
pub(super) fn excluded(asked: &Asked<'_>) -> BTreeSet<Login> {
    match asked.rules.settings.author_may_sign {
        true => BTreeSet::new(),
        false => {
            let author = asked.facts.author.iter();
            author.chain(&asked.facts.pushers).cloned().collect()
        }
    }
}
