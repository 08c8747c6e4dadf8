//! What people have to say of a head: that it was audited, that its proof holds. Whoever may sign or holds a key may say so, but not the author.

use super::rationale::RATIONALE;
use crate::facts::EVIDENCE_CHARS_MIN;
use crate::model::{Attestations, Validation};
use crate::names::Repository;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::owed::owed;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who, key_of};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::{list, one_line};
use crate::{Attestation, Change, Classification, Login, Ruleset, Spot};
use domain_types::RepoName;
use std::collections::{BTreeMap, BTreeSet};

/// What has to be attested where a rule between repositories asks for a proof.
pub(in crate::verdict) const EQUIVALENCE_PROOF: &str = "equivalence_proof";

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let facts = asked.facts;
    let wanted = wanted_attestations(
        asked.rules,
        &facts.subject.repository,
        (&facts.change, asked.found),
    );
    let parts: Vec<Ruling> = wanted
        .into_iter()
        .filter(|(words, _)| *words != RATIONALE)
        .map(|(words, spot)| one(asked, words, spot).by(vec![source_of(&spot.key, spot)]))
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "attestations",
        "what people have to attest of this head",
        parts,
    ))
}

fn one(asked: &Asked<'_>, words: &str, spot: &Spot) -> Ruling {
    let is_typed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if words.is_empty() || !words.bytes().all(is_typed) {
        let remedy = Remedy::of_rules(
            "a key `requires_…` of letters, digits and `_`",
            key_of(spot, "another name"),
        );
        let because = format!("nobody can attest {}", one_line(words));
        return Ruling::unmet("attestation", Outcome::Error, because, remedy);
    }
    let given: BTreeMap<&Login, &Attestation> = asked
        .facts
        .attestations
        .iter()
        .filter(|given| given.name.eq_ignore_ascii_case(words) && counts(asked, given))
        .map(|given| (&given.by, given))
        .collect();
    if let Some(first) = given.values().next() {
        let people: Vec<String> = given.keys().map(ToString::to_string).collect();
        let because = format!(
            "{words} is attested by {}: {}",
            list(&people),
            one_line(&first.evidence)
        );
        return Ruling::success("attestation", because);
    }
    missing(asked, words)
}

/// Whether it is about this head, from somebody who may give it, and says what it rests on.
fn counts(asked: &Asked<'_>, given: &Attestation) -> bool {
    given.head == asked.facts.subject.head_sha
        && asked.electorate.may_attest(&given.by)
        && !is_own(asked, &given.by)
        && given.has_evidence()
}

/// Whether the change is theirs: they opened it, or pushed something into it.
fn is_own(asked: &Asked<'_>, login: &Login) -> bool {
    asked.facts.author.as_ref() == Some(login) || asked.facts.pushers.contains(login)
}

fn missing(asked: &Asked<'_>, words: &str) -> Ruling {
    let mut people: BTreeSet<&Login> = asked.electorate.attesters();
    people.retain(|login| !is_own(asked, login));
    let head = &asked.facts.subject.head_sha;
    let outcome = match people.is_empty() {
        true => Outcome::Error,
        false => Outcome::Pending,
    };
    let remedy = Remedy::new(
        format!(
            "the word of a maintainer or keyholder who is not its author, with evidence of at least {EVIDENCE_CHARS_MIN} characters or a link"
        ),
        Who::people(people, Giver::OtherRules),
        Typed::one(format!("/governance-attest {words} {head} \"EVIDENCE\"")),
        Turns::OnceGiven,
    );
    Ruling::unmet(
        "attestation",
        outcome,
        format!("nobody attests {words} of this head"),
        remedy,
    )
}

/// What tiers, controls, the repository, touching consensus, the rules for the rules and rules between repositories want attested: each
/// once, wherever it is asked for.
pub(in crate::verdict) fn wanted_attestations<'q>(
    rules: &'q Ruleset,
    name: &RepoName,
    (change, found): (&Change, &Classification<'q>),
) -> BTreeMap<&'q str, &'q Spot> {
    let repository = Repository::from(name);
    let own = rules.repositories.get(&repository);
    let tiers = found
        .tiers
        .keys()
        .filter_map(|id| rules.tier(id))
        .map(|tier| &tier.attestations);
    let controls = found.controls.iter().map(|(control, _)| &control.attestations);
    let touched = own.into_iter().filter(|_| found.touches_consensus());
    let consensus = touched
        .flat_map(|own| &own.consensus)
        .map(|rule| &rule.attestations);
    let is_meta = rules.layers_with(&repository).contains(&0);
    let meta = rules
        .meta
        .iter()
        .filter(|_| is_meta)
        .map(|meta| &meta.attestations);
    let all: Vec<&Attestations> = tiers
        .chain(controls)
        .chain(own.map(|own| &own.attestations))
        .chain(consensus)
        .chain(meta)
        .collect();
    let all = all.into_iter().flatten();
    let mut wanted: BTreeMap<&str, &Spot> = all.map(|(words, spot)| (words.as_str(), spot)).collect();
    let proofs = owed(rules, &repository)
        .into_iter()
        .filter(|owed| owed.is(&Validation::EquivalenceProofExists) && owed.is_hit(change));
    for proof in proofs {
        wanted.entry(EQUIVALENCE_PROOF).or_insert(proof.spot);
    }
    wanted
}
