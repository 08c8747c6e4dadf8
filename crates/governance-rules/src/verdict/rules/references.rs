//! Which version of another repository a change refers to: the latest, in one of its files at least, and no other in any of them.

use crate::model::Validation;
use crate::names::Repository;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::owed::{Owed, owed};
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who, key_of};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;
use crate::{FileReference, MANIFEST, ReferenceFormat, References};

const LEAF: &str = "reference";

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let repository = Repository::from(&asked.facts.subject.repository);
    let owed = owed(asked.rules, &repository);
    let hit = owed
        .iter()
        .filter(|owed| owed.is(&Validation::ReferencesLatestVersion) && owed.is_hit(&asked.facts.change));
    let parts: Vec<Ruling> = hit
        .map(|owed| one(asked, owed).by(vec![source_of(&owed.spot.key, owed.spot)]))
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "references",
        "versions of other repositories that its files refer to",
        parts,
    ))
}

fn one(asked: &Asked<'_>, owed: &Owed<'_>) -> Ruling {
    let Some(other) = owed.other else {
        let remedy = Remedy::of_rules(
            "the repository whose version is meant, in the rules",
            key_of(owed.spot, "then_require_update: 'REPOSITORY/PATHS'"),
        );
        return cannot(
            format!("{} does not say whose version is meant", owed.name),
            remedy,
        );
    };
    let Some(format) = owed.reference_format(other) else {
        let remedy = Remedy::of_rules(
            "one `{VERSION}` where the version stands, and something before it",
            key_of(
                owed.spot,
                &format!("required_reference_format: '{}'", ReferenceFormat::of(other)),
            ),
        );
        return cannot(
            format!("{}: its reference format has no place for a version", owed.name),
            remedy,
        );
    };
    if asked.facts.change.more_than_listed {
        let because = format!("{}: there are more files than could be listed", owed.name);
        return cannot(because, by_author(asked, "smaller pull requests"));
    }
    let written = format.to_string();
    let is_it =
        |known: &&References| Repository::from(&known.repository) == *other && known.format == written;
    let known: Vec<&References> = asked.facts.references.iter().filter(is_it).collect();
    match known.is_empty() {
        false => compared(asked, owed, &known, &format),
        true => {
            let because = format!(
                "{}: nobody has looked yet which version of {other} is referred to",
                owed.name
            );
            let remedy = Remedy::new(
                "another look",
                Who::one(Giver::Time),
                Typed::only_ask(),
                Turns::OnceGiven,
            );
            Ruling::unmet(LEAF, Outcome::Pending, because, remedy)
        }
    }
}

/// What the files refer to, beside the latest version. A file that nobody could read may hold the reference, so nobody knows whether one is
/// missing; where one is there, it may as well hold pictures.
fn compared(asked: &Asked<'_>, owed: &Owed<'_>, known: &[&References], format: &ReferenceFormat) -> Ruling {
    let (name, other) = (
        &owed.name,
        owed.other.map_or_else(String::new, ToString::to_string),
    );
    if known.iter().any(|known| known.is_unseen) {
        let remedy = Remedy::new(
            format!("sight of {other} for the gate's App"),
            Who::one(Giver::Administrators).and(Giver::Operator),
            Typed::only_ask(),
            Turns::OnceGiven,
        );
        return cannot(
            format!("{name}: nobody could see which versions {other} has"),
            remedy,
        );
    }
    let Some(latest) = known.iter().find_map(|known| known.latest.as_deref()) else {
        return cannot(
            format!("{name}: {other} has no version"),
            first_version(&other, format),
        );
    };
    if let Some(beyond) = known.iter().map(|known| known.beyond).find(|beyond| *beyond > 0) {
        let because = format!("{name}: {beyond} of its files were not looked at, because there are too many");
        return cannot(because, by_author(asked, "smaller pull requests"));
    }
    let is_about = |path: &str| path == MANIFEST || owed.is_about(path);
    let mut found = known
        .iter()
        .flat_map(|known| &known.found)
        .filter(|found| is_about(&found.path));
    let unread = known
        .iter()
        .flat_map(|known| &known.unread)
        .find(|path| is_about(path));
    let wanted = one_line(&format.with(latest));
    let is_other = |found: &&FileReference| found.version != latest;
    if let Some(found) = found.clone().find(is_other) {
        let because = format!(
            "{name}: {} refers to {}, and {latest} is the latest version of {other}",
            one_line(&found.path),
            one_line(&format.with(&found.version))
        );
        let remedy = by_author(asked, format!("`{wanted}` in its place"));
        return Ruling::unmet(LEAF, Outcome::Failure, because, remedy);
    }
    match (found.next(), unread) {
        (Some(found), _) => {
            let because = format!("{name}: {} refers to {wanted}", one_line(&found.path));
            Ruling::success(LEAF, because)
        }
        (None, Some(path)) => {
            let because = format!("{name}: {} could not be read whole", one_line(path));
            let missing = format!("`{wanted}` in a file that is small enough to be read");
            cannot(because, by_author(asked, missing))
        }
        (None, None) => {
            let because = format!("{name}: no file of it refers to the latest version of {other}");
            let missing = format!("`{wanted}` in one of its files, or in {MANIFEST}");
            let remedy = by_author(asked, missing);
            Ruling::unmet(LEAF, Outcome::Pending, because, remedy)
        }
    }
}

/// A version of a repository that has none.
fn first_version(other: &str, format: &ReferenceFormat) -> Remedy {
    let tag = one_line(&format!("{}1.0.0", format.tags_begin()));
    Remedy::new(
        format!("a tag of {other} that is a version, such as {tag}, pushed there"),
        Who::one(Giver::Writers),
        Typed::one("git push"),
        Turns::OnceGiven,
    )
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

fn cannot(because: String, remedy: Remedy) -> Ruling {
    Ruling::unmet(LEAF, Outcome::Error, because, remedy)
}
