//! Enough maintainers signed exactly this head, for this base, and beside them enough keyholders where they are asked. Persons are counted
//! in the room of signatures; here it is only said which approvals are about what is judged.

use crate::facts::Approval;
use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::{count, list};
use crate::{Login, Source, Subject, Threshold};
use domain_types::Timestamp;
use signatures::{Ballot, PullRequestApproval, Quorum, Registry, Statement, Verified};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    if asked.facts.author.is_none() && !asked.rules.settings.author_may_sign {
        let remedy = Remedy::new(
            "an author that GitHub names: nobody knows whose signature must not count",
            Who::one(Giver::OtherRules),
            Typed::one("git push").or("config/pull-requests.yml: author_may_sign: true"),
            Turns::NotByItself,
        );
        return Some(Ruling::unmet(
            "signatures",
            Outcome::Error,
            "nobody knows who its author is",
            remedy,
        ));
    }
    let current = current(asked);
    let needed = asked.requirement;
    let threshold = Threshold {
        required: needed.required,
        total: needed.total,
    };
    let of_maintainers = |approval: &PullRequestApproval| approval.required.threshold().maintainers.required;
    let maintainers = counted(
        asked,
        &asked.electorate.maintainers,
        &current,
        (threshold, &of_maintainers),
    );
    let mut parts = vec![said(
        ("maintainers", "maintainer", "maintainers"),
        &maintainers,
        needed.sources.required.clone(),
    )];
    // Who signed for keyholders beside them agreed to nothing else.
    let told = current
        .iter()
        .filter_map(|approval| approval.statement.required.threshold().keyholders);
    let keyholders = told.chain(needed.keyholders).reduce(Threshold::max);
    if let Some(keyholders) = keyholders {
        let of_keyholders = |approval: &PullRequestApproval| {
            let asked = approval.required.threshold().keyholders;
            asked.map_or(0, |asked| asked.required)
        };
        let quorum = counted(
            asked,
            &asked.electorate.keyholders,
            &current,
            (keyholders, &of_keyholders),
        );
        parts.push(said(
            ("keyholders", "keyholder", "keyholders"),
            &quorum,
            needed.sources.keyholders.clone(),
        ));
    }
    let own = signed_own(asked, &current);
    if !own.is_empty() {
        let because = format!(
            "{} signed, and opened or pushed this: that does not count",
            list(&names(&own))
        );
        parts.push(Ruling::success("own signatures", because));
    }
    let expires = first_expiry(asked, &current);
    Some(match parts.len() {
        1 => parts.remove(0).until(expires),
        _ => Ruling::of_parts("signatures", "who signed this head", parts).until(expires),
    })
}

/// When the first of these signatures is too old.
fn first_expiry(asked: &Asked<'_>, current: &[&Approval]) -> Option<Timestamp> {
    let days = asked.rules.settings.signature_days_max.as_ref()?;
    let ends = current.iter().map(|approval| {
        approval
            .received_at
            .plus_seconds(u64::from(days.value) * DAY_SECONDS)
    });
    ends.min()
}

/// The approvals of what is judged: of this head and base, and not too old.
pub(super) fn current<'a>(asked: &Asked<'a>) -> Vec<&'a Approval> {
    let days = asked.rules.settings.signature_days_max.as_ref();
    let is_young = |approval: &&Approval| {
        days.is_none_or(|days| {
            let end = approval
                .received_at
                .plus_seconds(u64::from(days.value) * DAY_SECONDS);
            asked.facts.observed_at < end
        })
    };
    let approvals = asked.facts.approvals.iter();
    let is_of = |approval: &&Approval| is_of(&approval.statement, &asked.facts.subject);
    approvals.filter(is_of).filter(is_young).collect()
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

fn counted(
    asked: &Asked<'_>,
    registry: &Registry,
    current: &[&Approval],
    (threshold, told): (Threshold, &dyn Fn(&PullRequestApproval) -> u32),
) -> Quorum {
    let statements: BTreeMap<_, _> = current
        .iter()
        .map(|approval| {
            let statement = Statement::Approval(approval.statement.clone());
            (statement.digest(), told(&approval.statement))
        })
        .collect();
    let excluded = excluded(asked);
    let votes: Vec<Verified> = current.iter().map(|approval| approval.proof.clone()).collect();
    let ballot = Ballot {
        statements,
        threshold,
        excluded,
    };
    signatures::count(registry, &ballot, &votes)
}

/// Whose signature does not count: whoever opened it, and whoever pushed something into it.
fn excluded(asked: &Asked<'_>) -> BTreeSet<Login> {
    match asked.rules.settings.author_may_sign {
        true => BTreeSet::new(),
        false => {
            let author = asked.facts.author.iter();
            author.chain(&asked.facts.pushers).cloned().collect()
        }
    }
}

/// Who signed, and is not counted because the change is theirs too.
fn signed_own(asked: &Asked<'_>, current: &[&Approval]) -> BTreeSet<Login> {
    let excluded = excluded(asked);
    let signed = current
        .iter()
        .filter_map(|approval| asked.electorate.owner(&approval.proof.key().to_string()));
    signed
        .filter(|login| excluded.contains(*login))
        .cloned()
        .collect()
}

fn said((rule, one, many): (&'static str, &str, &str), quorum: &Quorum, sources: Vec<Source>) -> Ruling {
    let have = names(quorum.counted());
    let signed = match have.as_slice() {
        [] => "nobody signed".to_owned(),
        have => format!("signed by {}", list(have)),
    };
    let because = format!(
        "{} of {} {}: {signed}",
        quorum.counted().len(),
        quorum.required(),
        if quorum.required() == 1 { one } else { many }
    );
    if quorum.is_reached() && quorum.required() > 0 {
        return Ruling::success(rule, because).by(sources);
    }
    let missing = count(quorum.missing() as usize, "more signature", "more signatures");
    // Whoever cannot be reached now is told so by the rule that looks for that.
    let (outcome, remedy) = match (quorum.required(), quorum.is_reachable()) {
        (0, _) => (
            Outcome::Error,
            Remedy::of_rules("a rule that says how many must sign", "config/action-tiers.yml: tiers.TIER.signatures.required: N"),
        ),
        (_, false) => (
            Outcome::Error,
            Remedy::new(
                format!("{missing}, and fewer people can sign"),
                Who::people(quorum.could_still(), Giver::OtherRules).and(Giver::OtherRules),
                Typed::one("/governance-sign").or("governance policy check DIR"),
                Turns::NotByItself,
            ),
        ),
        (_, true) => (
            Outcome::Pending,
            Remedy::new(
                missing,
                Who::people(quorum.could_still(), Giver::OtherRules),
                Typed::one("/governance-sign"),
                Turns::OnceGiven,
            ),
        ),
    };
    Ruling::unmet(rule, outcome, because, remedy).by(sources)
}

fn names(people: &BTreeSet<Login>) -> Vec<String> {
    people.iter().map(ToString::to_string).collect()
}
