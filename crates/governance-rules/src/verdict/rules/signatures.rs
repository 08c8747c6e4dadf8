//! Enough maintainers signed exactly this head, for this base, and beside them enough keyholders where they are asked. Persons are counted
//! in the room of signatures; here it is only said which approvals are about what is judged.

use crate::facts::Approval;
use crate::verdict::asked::Asked;
use crate::verdict::counting::{agreed, current, excluded, expiry, is_reached, of_legacy_text, quorums};
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::{count, list};
use crate::{Login, Source};
use domain_types::Timestamp;
use signatures::Quorum;
use std::collections::BTreeSet;

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
    let needed = asked.requirement;
    let agreed = agreed(asked);
    let (maintainers, keyholders) = quorums(asked, &agreed);
    let mut parts = vec![said(
        ("maintainers", "maintainer", "maintainers"),
        &maintainers,
        needed.sources.required.clone(),
    )];
    parts.extend(keyholders.map(|quorum| {
        let sources = needed.sources.keyholders.clone();
        said(("keyholders", "keyholder", "keyholders"), &quorum, sources)
    }));
    let current = current(asked);
    let own = signed_own(asked, &current);
    if !own.is_empty() {
        let because = format!(
            "{} signed, and opened or pushed this: that does not count",
            list(&names(&own))
        );
        parts.push(Ruling::success("own signatures", because));
    }
    let unbound = of_legacy_text(&agreed);
    if !unbound.is_empty() {
        let because = format!(
            "warning: what {} signed is the text of before, which binds to no commit",
            list(&names(&owners(asked, &unbound)))
        );
        parts.push(Ruling::success("legacy text", because));
    }
    let expires = first_expiry(asked, &current);
    Some(match parts.len() {
        1 => parts.remove(0).until(expires),
        _ => Ruling::of_parts("signatures", "who signed this head", parts).until(expires),
    })
}

/// When the first of these signatures is too old.
fn first_expiry(asked: &Asked<'_>, current: &[&Approval]) -> Option<Timestamp> {
    let ends = current
        .iter()
        .filter_map(|approval| expiry(asked, approval.received_at));
    ends.min()
}

/// Who signed, and is not counted because the change is theirs too.
fn signed_own(asked: &Asked<'_>, current: &[&Approval]) -> BTreeSet<Login> {
    let excluded = excluded(asked);
    let mut signed = owners(asked, current);
    signed.retain(|login| excluded.contains(login));
    signed
}

/// Whose they are.
fn owners(asked: &Asked<'_>, approvals: &[&Approval]) -> BTreeSet<Login> {
    let owner = |approval: &&Approval| asked.electorate.owner(&approval.proof.key().to_string());
    approvals.iter().filter_map(owner).cloned().collect()
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
    if is_reached(quorum) {
        return Ruling::success(rule, because).by(sources);
    }
    let missing = count(quorum.missing() as usize, "more signature", "more signatures");
    // Whoever cannot be reached now is told so by the rule that looks for that.
    let (outcome, remedy) = match (quorum.required(), quorum.is_reachable()) {
        (0, _) => (
            Outcome::Error,
            Remedy::of_rules(
                "a rule that says how many must sign",
                "config/action-tiers.yml: tiers.TIER.signatures.required: N",
            ),
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
