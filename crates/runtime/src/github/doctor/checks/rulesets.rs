//! Tags of versions stay where they are: a ruleset keeps others from moving and deleting them.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::{Facts, RepositoryFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use github_client::{RefPatterns, Ruleset};
use std::collections::BTreeSet;

/// What must be forbidden, so that a tag stays.
const FORBIDDEN: [&str; 2] = ["update", "deletion"];
/// Patterns that hold for every tag of a version.
const HOLDING: [&str; 4] = ["~ALL", "refs/tags/*", "refs/tags/**", "refs/tags/**/*"];
/// Patterns that hold for tags of versions, as these begin with `v`.
const HOLDING_VERSIONS: [&str; 2] = ["refs/tags/v*", "refs/tags/v*.*.*"];

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    facts
        .repositories
        .iter()
        // Of a repository that is not seen, this is the least that is not known.
        .filter(|repository| repository.info.known().is_some() && !repository.is_told)
        .filter_map(|repository| check_repository(repository, facts))
        .collect()
}

fn check_repository(repository: &RepositoryFacts, facts: &Facts) -> Option<Finding> {
    let page = facts.pages.repository(&repository.name, "settings/rules");
    let about = format!("the rulesets of {}", repository.name);
    let question = Question {
        about: &about,
        place: (&page, "rulesets"),
        severity: Severity::Warning,
        denied: "look at this page yourself",
        absent: "look at this page yourself",
    };
    let rulesets = match repository.tag_rulesets.or_finding(&question) {
        Ok(rulesets) => rulesets,
        Err(finding) => return Some(finding),
    };
    let forbidden: BTreeSet<&str> = rulesets
        .iter()
        .filter(|ruleset| holds_for_versions(ruleset))
        .flat_map(|ruleset| ruleset.rules.iter().map(|rule| rule.kind.as_str()))
        .collect();
    let open: Vec<&str> = FORBIDDEN
        .into_iter()
        .filter(|kind| !forbidden.contains(kind))
        .collect();
    if open.is_empty() {
        return None;
    }
    Some(Finding::of_setting(
        (Severity::Warning, Code::TagsUnprotected),
        question.place,
        format!(
            "no ruleset of {} forbids the {} of tags `v*`: whoever may write can move a version",
            repository.name,
            open.join(" and ")
        ),
        "add a tag ruleset for `v*` on this page, with \"Restrict updates\" and \"Restrict deletions\"; a release whose tag moves is stopped",
    ))
}

fn holds_for_versions(ruleset: &Ruleset) -> bool {
    let Some(patterns) = &ruleset.conditions else {
        return true;
    };
    let Some(RefPatterns { include, exclude }) = &patterns.ref_name else {
        return true;
    };
    let is_wide = |pattern: &String| {
        HOLDING.contains(&pattern.as_str()) || HOLDING_VERSIONS.contains(&pattern.as_str())
    };
    include.iter().any(is_wide) && !exclude.iter().any(is_wide)
}
