//! References to versions of a specification: how they are written, and how old a version may be.

use crate::finding::Findings;
use crate::model::Validation;
use crate::names::Repository;
use crate::wording::{days, one_line};
use crate::{Code, Located, ReferenceFormat, Ruleset};
use std::collections::BTreeSet;

/// The name before the `@` of a reference.
fn name_of(reference: &Located<String>) -> &str {
    reference.value.split('@').next().unwrap_or_default()
}

/// Every way to write a reference names a repository that there is: the one that is meant, and everywhere the same.
pub(super) fn references(rules: &Ruleset, findings: &mut Findings) {
    let of_versions = rules
        .versions
        .iter()
        .filter_map(|versions| versions.reference.as_ref());
    let of_rules = rules
        .cross_layer
        .iter()
        .filter_map(|rule| rule.reference.as_ref());
    let of_repositories = rules
        .repositories
        .values()
        .flat_map(|repository| &repository.references);
    let others: Vec<&Located<String>> = of_rules.chain(of_repositories).collect();
    for reference in of_versions.chain(others.iter().copied()) {
        let name = name_of(reference);
        let is_known = name
            .parse::<Repository>()
            .is_ok_and(|name| !rules.layers_with(&name).is_empty());
        if !is_known {
            let elsewhere = others.iter().find(|other| name_of(other) != name);
            let elsewhere = elsewhere.map_or_else(String::new, |other| {
                format!("; elsewhere it is `{}` ({})", one_line(&other.value), other.spot)
            });
            let message = format!(
                "`{}` names {}, which is in no layer{elsewhere}",
                one_line(&reference.value),
                one_line(name)
            );
            let remedy = "write the reference as it stands in the sources, the same in every file";
            findings.say(Code::ReferenceFormatDiffers, &reference.spot, message, remedy);
        }
    }
    for reference in &others {
        if ReferenceFormat::parse(&reference.value).is_none() {
            let message = format!("`{}` has no place for a version", one_line(&reference.value));
            let remedy = "write `{VERSION}` once, where the version stands, with the name before it and no letter behind it";
            findings.say(Code::ReferenceFormatDiffers, &reference.spot, message, remedy);
        }
    }
    for rule in &rules.cross_layer {
        if let (Some(reference), Some(target)) = (&rule.reference, &rule.target)
            && name_of(reference) != target.value.as_written().as_str()
        {
            let message = format!(
                "`{}` is no reference to {}",
                one_line(&reference.value),
                target.value
            );
            let remedy = "begin the reference with the name of the repository that it means";
            findings.say(Code::ReferenceFormatDiffers, &reference.spot, message, remedy);
        }
    }
}

/// A version that may not be older than the review of the next one takes: it is outdated before that can be there.
pub(super) fn ages(rules: &Ruleset, findings: &mut Findings) {
    let Some(age) = rules
        .versions
        .as_ref()
        .and_then(|versions| versions.age_days_max.as_ref())
    else {
        return;
    };
    let versioned = rules
        .cross_layer
        .iter()
        .filter(|rule| rule.validation.value == Validation::ReferencesLatestVersion)
        .filter_map(|rule| rule.target.as_ref());
    let own = rules
        .versions
        .as_ref()
        .and_then(|versions| versions.repository.as_ref());
    let own = own.and_then(|name| name.value.parse::<Repository>().ok());
    let names: BTreeSet<Repository> = versioned.map(|target| target.value.clone()).chain(own).collect();
    for name in names {
        let layers = rules
            .layers_with(&name)
            .into_iter()
            .filter_map(|number| rules.layer(number));
        if let Some(layer) = layers.max_by_key(|layer| layer.demand.days())
            && layer.demand.days() > age.value
        {
            let message = format!(
                "a version may be {} old, and the next one of {name} takes {} of review (layer {}): every version expires",
                days(age.value),
                days(layer.demand.days()),
                layer.number
            );
            let remedy = "allow at least the days of the review, with room for the next version to be made";
            findings.say(Code::VersionsExpire, &age.spot, message, remedy);
        }
    }
}
