//! What repositories owe each other: `config/cross-layer-rules.yml`, and the same in a repository's own file.

use super::walk::{At, Walk};
use crate::model::{Companion, CrossLayerRule, Validation};
use crate::names::Repository;
use crate::pattern::Patterns;
use crate::{Located, Ruleset};

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    walk.required(at, "rules");
    for item in walk.items(at, "rules") {
        let rule = rule(walk, &item);
        let named = rule
            .iter()
            .flat_map(|rule| [Some(&rule.source), rule.target.as_ref()]);
        rules.mentions.extend(named.flatten().cloned());
        rules.cross_layer.extend(rule);
    }
}

fn rule(walk: &mut Walk, at: &At<'_>) -> Option<CrossLayerRule> {
    let source = walk
        .required(at, "source_repo")
        .and_then(|found| walk.repository(&found));
    let validation = walk
        .required(at, "validation")
        .and_then(|found| validation(walk, &found));
    let needs_target = validation
        .as_ref()
        .is_some_and(|validation| validation.value.needs_target());
    let target = match needs_target {
        true => walk.required(at, "target_repo"),
        false => walk.field(at, "target_repo"),
    };
    let name = text(walk, at, "name");
    let source_patterns = walk.pattern(at, "source_pattern");
    let target_patterns = walk.pattern(at, "target_pattern");
    Some(CrossLayerRule {
        spot: at.spot.clone(),
        name,
        source_patterns,
        target: target.and_then(|found| walk.repository(&found)),
        target_patterns,
        bidirectional: walk.flag(at, "bidirectional"),
        blocking: walk.flag_or(at, "blocking", true),
        reference: text(walk, at, "required_reference_format"),
        imports_only: walk.flag(at, "allowed_imports_only"),
        source: source?,
        validation: validation?,
    })
}

/// `cross_layer_rules` of a repository's own file.
pub(super) fn companions(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) -> Vec<Companion> {
    let items = walk.items(at, "cross_layer_rules");
    let companions: Vec<Companion> = items.iter().filter_map(|item| companion(walk, item)).collect();
    let updates = companions
        .iter()
        .filter_map(|companion| companion.update.as_ref());
    rules
        .mentions
        .extend(updates.map(|(repository, _)| repository.clone()));
    companions
}

/// A rule that wants nothing would be kept by anybody, so one of three has to be there.
fn companion(walk: &mut Walk, at: &At<'_>) -> Option<Companion> {
    walk.required(at, "if_changed");
    let if_changed = walk.pattern(at, "if_changed");
    let update = walk.field(at, "then_require_update");
    let verification = walk.flag(at, "then_require_verification");
    let validation = walk
        .field(at, "validation")
        .and_then(|found| validation(walk, &found));
    if update.is_none() && !verification && validation.is_none() {
        walk.required(at, "then_require_update");
    }
    Some(Companion {
        spot: at.spot.clone(),
        if_changed: if_changed?,
        update: update.and_then(|found| in_repository(walk, &found)),
        verification,
        validation,
        bidirectional: walk.flag(at, "bidirectional"),
        blocking: walk.flag_or(at, "blocking", true),
        error_message: text(walk, at, "error_message"),
    })
}

/// `REPOSITORY/PATTERN`.
fn in_repository(walk: &mut Walk, at: &At<'_>) -> Option<(Located<Repository>, Patterns)> {
    let (repository, pattern) = repository_and_pattern(walk, at)?;
    let patterns = walk.compile(vec![pattern]);
    Some((repository, patterns))
}

/// Both parts of `REPOSITORY/PATTERN`, each with the place of the whole.
pub(super) fn repository_and_pattern(
    walk: &mut Walk,
    at: &At<'_>,
) -> Option<(Located<Repository>, Located<String>)> {
    let text = walk.text(at)?;
    let parts = text.value.split_once('/');
    let Some((Ok(name), pattern)) = parts.map(|(name, pattern)| (name.parse::<Repository>(), pattern)) else {
        walk.wrong(at, "REPOSITORY/PATTERN");
        return None;
    };
    let spot = text.spot.clone();
    let repository = Located { value: name, spot };
    let pattern = Located {
        value: pattern.to_owned(),
        spot: text.spot,
    };
    Some((repository, pattern))
}

fn validation(walk: &mut Walk, at: &At<'_>) -> Option<Located<Validation>> {
    let word = walk.text(at)?;
    Some(Located {
        value: Validation::named(&word.value),
        spot: word.spot,
    })
}

fn text(walk: &mut Walk, at: &At<'_>, name: &str) -> Option<Located<String>> {
    let found = walk.field(at, name)?;
    walk.text(&found)
}
