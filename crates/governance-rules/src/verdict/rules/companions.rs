//! What has to be changed on the other side of a rule between repositories: by a pull request there that this one names, open or merged.
//!
//! It may wait for whatever it waits for: two pull requests that need each other would wait for ever otherwise.

use crate::Companion;
use crate::model::Validation;
use crate::names::Repository;
use crate::pattern::Patterns;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::owed::{Owed, owed};
use crate::verdict::remedy::{Remedy, Turns, Typed, Who, key_of};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::{list, one_line};

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let repository = Repository::from(&asked.facts.subject.repository);
    let owed = owed(asked.rules, &repository);
    let hit = owed
        .iter()
        .filter(|owed| owed.wants_update && owed.is_hit(&asked.facts.change));
    let parts: Vec<Ruling> = hit
        .map(|owed| one(asked, owed, &repository).by(vec![source_of(&owed.spot.key, owed.spot)]))
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "companions",
        "what belongs to this change elsewhere",
        parts,
    ))
}

fn one(asked: &Asked<'_>, owed: &Owed<'_>, here: &Repository) -> Ruling {
    match owed.other {
        None => {
            let remedy = Remedy::of_rules(
                "`then_require_update` in the rules, with the repository and its paths",
                key_of(owed.spot, "then_require_update: 'REPOSITORY/PATHS'"),
            );
            let because = format!("{} does not say where to look", owed.name);
            Ruling::unmet("companion", Outcome::Error, because, remedy)
        }
        Some(other) if other == here => beside(asked, owed),
        Some(other) => elsewhere(asked, owed, other),
    }
}

fn takes(patterns: Option<&Patterns>, path: &str) -> bool {
    patterns.is_none_or(|patterns| patterns.takes(path))
}

/// The paths as they stand in the rules.
fn told(patterns: Option<&Patterns>) -> String {
    let texts: Vec<&str> = patterns
        .iter()
        .flat_map(|patterns| patterns.texts())
        .map(|text| text.value.as_str())
        .collect();
    match texts.as_slice() {
        [] => "anything".to_owned(),
        texts => list(texts),
    }
}

/// What its author is told by the rules themselves.
fn message(owed: &Owed<'_>) -> String {
    owed.message
        .map_or_else(String::new, |message| format!(": {}", one_line(message)))
}

/// Both sides are in this repository: the same change has to have both.
fn beside(asked: &Asked<'_>, owed: &Owed<'_>) -> Ruling {
    let facts = asked.facts;
    let stays = |path: &&str| !facts.removed.contains(*path);
    let mut paths = facts.change.paths.iter().map(|file| file.path.as_str());
    if let Some(path) = paths.find(|path| stays(path) && takes(owed.patterns, path)) {
        let because = format!("{}: {} belongs to it", owed.name, one_line(path));
        return Ruling::success("companion", because);
    }
    let remedy = Remedy::new(
        format!("a change of {} in this pull request", told(owed.patterns)),
        Who::author(facts),
        Typed::one("git push"),
        Turns::OnceGiven,
    );
    let because = format!("{}: nothing belongs to it{}", owed.name, message(owed));
    Ruling::unmet("companion", Outcome::Pending, because, remedy)
}

fn elsewhere(asked: &Asked<'_>, owed: &Owed<'_>, other: &Repository) -> Ruling {
    let there = asked.facts.companions.iter();
    let there: Vec<&Companion> = there
        .filter(|companion| Repository::from(&companion.repository) == *other)
        .collect();
    let judged: Vec<(&Companion, Option<String>)> = there
        .into_iter()
        .map(|companion| (companion, lacks(asked, owed, companion)))
        .collect();
    if let Some((companion, _)) = judged.iter().find(|(_, lacks)| lacks.is_none()) {
        let because = format!("{}: {other}#{} belongs to it", owed.name, companion.number);
        return Ruling::success("companion", because);
    }
    let reason = match judged.first() {
        Some((companion, Some(lacks))) => format!("{other}#{} {lacks}", companion.number),
        Some((_, None)) | None => format!("no pull request of {other} is named"),
    };
    let because = format!("{}: {reason}{}", owed.name, message(owed));
    Ruling::unmet("companion", Outcome::Pending, because, remedy(asked, owed, other))
}

/// What keeps a pull request from being the companion of this one.
fn lacks(asked: &Asked<'_>, owed: &Owed<'_>, companion: &Companion) -> Option<String> {
    let mut paths = companion.change.paths.iter().map(|file| file.path.as_str());
    if !companion.is_open_or_merged {
        return Some("was closed".to_owned());
    }
    if !companion.is_for_default_branch {
        return Some("is not for the default branch".to_owned());
    }
    if !paths.any(|path| takes(owed.patterns, path)) {
        return Some(format!("does not change {}", told(owed.patterns)));
    }
    if owed.is_mutual && !names_back(asked, companion) {
        return Some("does not name this one".to_owned());
    }
    None
}

fn names_back(asked: &Asked<'_>, companion: &Companion) -> bool {
    let subject = &asked.facts.subject;
    companion.names.iter().any(|named| {
        named.owner.eq_ignore_ascii_case(&subject.owner)
            && Repository::from(&named.repository) == Repository::from(&subject.repository)
            && named.number == subject.number
    })
}

fn remedy(asked: &Asked<'_>, owed: &Owed<'_>, other: &Repository) -> Remedy {
    let subject = &asked.facts.subject;
    let back = match owed.is_mutual {
        true => format!(
            "; and there `Depends-On: {}/{}#{}`",
            subject.owner, subject.repository, subject.number
        ),
        false => String::new(),
    };
    let of_proof = match owed.validation {
        Some(Validation::EquivalenceProofExists) => " with the proof",
        _ => "",
    };
    Remedy::new(
        format!(
            "an open or merged pull request of {other}{of_proof} that changes {}, named in the text of this one{back}",
            told(owed.patterns)
        ),
        Who::author(asked.facts),
        Typed::one(format!("Depends-On: {}/{other}#NUMBER", subject.owner)),
        Turns::OnceGiven,
    )
}
