//! `config/pull-requests.yml`: how pull requests are judged beyond numbers. Unlike the other files it is ours alone, and a key that
//! is not known there is a mistake.

use super::walk::{At, Walk};
use crate::error::RulesetErrorKind;
use crate::names::Repository;
use crate::settings::{Freeze, RequiredCheck, Restart, Unknown};
use crate::{Located, Ruleset};
use domain_types::Timestamp;

const KEYS: &[&str] = &[
    "review_clock",
    "author_may_sign",
    "signature_days_max",
    "unknown_repositories",
    "freeze_windows",
    "holds",
    "required_checks",
    "legacy_text_repositories",
];

/// Holds that one person may be allowed.
const HOLDS_MAX: u32 = 100;

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    only(walk, at, KEYS);
    let settings = &mut rules.settings;
    if let Some(clock) = walk.field(at, "review_clock") {
        only(walk, &clock, &["restart", "quiet_days_after_last_push"]);
        if let Some(restart) = walk.field(&clock, "restart") {
            let words = [
                ("any_push", Restart::AnyPush),
                ("diff", Restart::Diff),
                ("never", Restart::Never),
            ];
            if let Some(restart) = one_of(walk, &restart, &words, "`any_push`, `diff` or `never`") {
                settings.restart = restart.value;
                settings.restart_spot = Some(restart.spot);
            }
        }
        settings.quiet_days = walk.days(&clock, "quiet_days_after_last_push");
    }
    settings.author_may_sign = walk.flag(at, "author_may_sign");
    settings.signature_days_max = walk.days(at, "signature_days_max");
    if let Some(unknown) = walk.field(at, "unknown_repositories") {
        let words = [("block", Unknown::Block), ("ignore", Unknown::Ignore)];
        if let Some(unknown) = one_of(walk, &unknown, &words, "`block` or `ignore`") {
            settings.unknown_repositories = unknown.value;
        }
    }
    if let Some(holds) = walk.field(at, "holds") {
        only(walk, &holds, &["days_max", "per_person_max"]);
        if let Some(days) = walk.days(&holds, "days_max") {
            settings.hold_days_max = days.value;
        }
        let per_person = walk.field(&holds, "per_person_max");
        if let Some(most) = per_person.and_then(|at| walk.number(&at, HOLDS_MAX)) {
            settings.holds_per_person_max = most.value;
        }
    }
    for item in walk.items(at, "freeze_windows") {
        settings.freezes.extend(freeze(walk, &item));
    }
    for item in walk.items(at, "required_checks") {
        settings.required_checks.extend(required_check(walk, &item));
    }
    settings.legacy_text_repositories = repositories(walk, at, "legacy_text_repositories");
}

fn freeze(walk: &mut Walk, at: &At<'_>) -> Option<Freeze> {
    only(walk, at, &["name", "from", "until", "repositories"]);
    let name = walk.required(at, "name").and_then(|name| walk.text(&name));
    let from = moment(walk, at, "from");
    let until = moment(walk, at, "until");
    let repositories = repositories(walk, at, "repositories");
    let (from, until) = (from?, until?);
    if until.value <= from.value {
        let found = until.value.to_string();
        let expected = "a time behind `from`".to_owned();
        walk.note(&until.spot, RulesetErrorKind::WrongType { found, expected });
    }
    Some(Freeze {
        name: name?,
        from: from.value,
        until: until.value,
        repositories,
    })
}

/// A day, which begins at midnight UTC, or a time.
fn moment(walk: &mut Walk, at: &At<'_>, name: &str) -> Option<Located<Timestamp>> {
    let found = walk.required(at, name)?;
    let text = walk.text(&found)?;
    let parsed = text
        .value
        .parse()
        .or_else(|_| format!("{}T00:00:00Z", text.value).parse());
    if parsed.is_err() {
        walk.wrong(
            &found,
            "a day such as 2026-12-20, or a time such as 2026-12-20T18:00:00Z",
        );
    }
    Some(Located {
        value: parsed.ok()?,
        spot: text.spot,
    })
}

fn required_check(walk: &mut Walk, at: &At<'_>) -> Option<RequiredCheck> {
    only(walk, at, &["name", "app_id", "repositories"]);
    let name = walk.required(at, "name").and_then(|name| walk.text(&name));
    let app = walk.required(at, "app_id");
    let app = app.and_then(|app| walk.number(&app, u32::MAX));
    let repositories = repositories(walk, at, "repositories");
    Some(RequiredCheck {
        name: name?,
        app: app?,
        repositories,
    })
}

fn repositories(walk: &mut Walk, at: &At<'_>, key: &str) -> Vec<Repository> {
    let items = walk.items(at, key);
    let named = items.iter().filter_map(|item| walk.repository(item));
    named.map(|name| name.value).collect()
}

fn one_of<T: Copy>(walk: &mut Walk, at: &At<'_>, words: &[(&str, T)], expected: &str) -> Option<Located<T>> {
    let text = walk.text(at)?;
    let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) else {
        walk.wrong(at, expected);
        return None;
    };
    Some(Located {
        value: *value,
        spot: text.spot,
    })
}

/// Refuses keys that are none of these: a rule that is spelt wrong would not hold.
fn only(walk: &mut Walk, at: &At<'_>, known: &[&str]) {
    for (key, _) in walk.entries(at) {
        if !known.contains(&key.value.as_str()) {
            let kind = RulesetErrorKind::WrongType {
                found: format!("`{}`", crate::wording::one_line(&key.value)),
                expected: format!("one of the keys {}", known.join(", ")),
            };
            walk.note(&key.spot, kind);
        }
    }
}
