//! `config/version-manifest.yml`: of its many values only those that others contradict.

use super::walk::{At, Walk};
use crate::Ruleset;
use crate::model::VersionRules;

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    let text = |walk: &mut Walk, at: &At<'_>, name| {
        let found = walk.field(at, name)?;
        walk.text(&found)
    };
    let repository = text(walk, at, "repository");
    let checks = walk.field(at, "validation_config");
    let reference = checks
        .as_ref()
        .and_then(|checks| text(walk, checks, "required_reference_format"));
    let age_days_max = checks.and_then(|checks| walk.days(&checks, "max_version_age_days"));
    rules.versions = Some(VersionRules {
        repository,
        reference,
        age_days_max,
    });
}
