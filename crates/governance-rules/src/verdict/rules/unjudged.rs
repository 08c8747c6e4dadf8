//! What the rules ask for in words that nobody knows. Whoever asks for it is held back, for what nobody looked at is never fulfilled.

use crate::model::Validation;
use crate::names::Repository;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::owed::{Owed, owed};
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who, key_of};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let repository = Repository::from(&asked.facts.subject.repository);
    let owed = owed(asked.rules, &repository);
    let hit = owed.iter().filter(|owed| owed.is_hit(&asked.facts.change));
    let parts: Vec<Ruling> = hit.filter_map(one).collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "not judged yet",
        "rules that this version cannot judge",
        parts,
    ))
}

fn one(owed: &Owed<'_>) -> Option<Ruling> {
    let name = &owed.name;
    let because = match owed.validation? {
        Validation::NotKnown(word) => {
            format!("{name}: `{}` is no check between repositories", one_line(word))
        }
        Validation::CorrespondingFileExists
        | Validation::CorrespondingRuleExists
        | Validation::EquivalenceProofExists
        | Validation::ReferencesLatestVersion
        | Validation::NoConsensusModifications
        | Validation::SpecLockVerified => return None,
    };
    let remedy = Remedy::new(
        "a version that judges it; until then keep the repository in dry run, or take the rule out, or give it `blocking: false`",
        Who::one(Giver::Operator).and(Giver::OtherRules),
        Typed::one(key_of(owed.spot, "blocking: false")).or("governance policy check DIR"),
        Turns::NotByItself,
    );
    let ruling = Ruling::unmet("not judged", Outcome::Error, because, remedy);
    Some(ruling.by(vec![source_of(&owed.spot.key, owed.spot)]))
}
