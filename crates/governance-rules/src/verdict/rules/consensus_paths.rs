//! Paths that consensus rests on, where a rule between repositories says that a change must leave them alone. Only paths are known here.

use crate::model::Validation;
use crate::names::Repository;
use crate::pattern::Patterns;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::owed::{Owed, owed};
use crate::verdict::remedy::{Remedy, Turns, Typed, Who, key_of};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let repository = Repository::from(&asked.facts.subject.repository);
    let owed = owed(asked.rules, &repository);
    let hit = owed
        .iter()
        .filter(|owed| owed.is(&Validation::NoConsensusModifications) && owed.is_hit(&asked.facts.change));
    let parts: Vec<Ruling> = hit
        .map(|owed| {
            let whose = owed.other.unwrap_or(&repository);
            one(asked, owed, whose).by(vec![source_of(&owed.spot.key, owed.spot)])
        })
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "consensus paths",
        "what a change here must leave alone",
        parts,
    ))
}

fn one(asked: &Asked<'_>, owed: &Owed<'_>, whose: &Repository) -> Ruling {
    let change = &asked.facts.change;
    let rules = asked.rules.repositories.get(whose);
    let patterns: Vec<&Patterns> = rules
        .iter()
        .flat_map(|rules| &rules.consensus)
        .map(|rule| &rule.patterns)
        .collect();
    if patterns.iter().all(|patterns| patterns.texts().is_empty()) {
        let remedy = Remedy::of_rules(
            format!("`paths.consensus_critical` in config/repos/{whose}.yml"),
            format!("config/repos/{whose}.yml: paths.consensus_critical: [PATHS]"),
        );
        return nobody_knows(
            format!(
                "{}: no rule says which paths of {whose} touch consensus",
                owed.name
            ),
            remedy,
        );
    }
    if change.more_than_listed {
        let because = format!("{}: there are more files than could be listed", owed.name);
        return nobody_knows(because, by_author(asked, "smaller pull requests"));
    }
    let is_hit = |path: &&str| patterns.iter().any(|patterns| patterns.takes(path));
    let Some(path) = change.touched().find(is_hit) else {
        let because = format!("{}: no path is touched that consensus rests on", owed.name);
        return Ruling::success("consensus path", because);
    };
    let path = one_line(path);
    if owed.imports_only {
        let because = format!(
            "{}: {path} is touched, and whether only imports are changed in it cannot be told from paths",
            owed.name
        );
        let missing = "a change that leaves these paths alone; or rules without `allowed_imports_only`, by which nobody may touch them";
        let remedy = Remedy::new(
            missing,
            Who::author(asked.facts),
            Typed::one("git push").or(key_of(owed.spot, "allowed_imports_only: false")),
            Turns::OnceGiven,
        );
        return nobody_knows(because, remedy);
    }
    let remedy = by_author(asked, format!("a change that leaves {path} alone"));
    let because = format!("{}: {path} is touched, which consensus rests on", owed.name);
    Ruling::unmet("consensus path", Outcome::Failure, because, remedy)
}

/// What whoever opened it gives by another push.
fn by_author(asked: &Asked<'_>, missing: impl Into<String>) -> Remedy {
    Remedy::new(
        missing,
        Who::author(asked.facts),
        Typed::one("git push"),
        Turns::OnceGiven,
    )
}

fn nobody_knows(because: String, remedy: Remedy) -> Ruling {
    Ruling::unmet("consensus path", Outcome::Error, because, remedy)
}
