//! The webhooks of the stories held against published schemas of GitHub's webhooks. Those are older than GitHub: what it has added
//! since is taken away first, field by field, and each is named here.

use crate::behaviours;
use crate::play::{Hook, Play};
use jsonschema::{Draft, Registry};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Where the schemas lie. `cargo xtask test --require-all` puts them there.
const SCHEMAS: &str = concat!(
    env!("CARGO_TARGET_TMPDIR"),
    "/octokit-webhooks-schemas/schema.json"
);

/// Set by whoever wants the test to fail rather than to be left out.
const REQUIRED: &str = "REQUIRE_GITHUB_DESCRIPTION";

const ADDRESS: &str = "http://schemas.example/webhooks";

/// Fields that GitHub sends and the schemas do not know yet: where they are, and their names. `*` is every element.
const YOUNGER: &[(&[&str], &str)] = &[
    (&["release"], "immutable"),
    (&["release"], "updated_at"),
    (&["release", "assets", "*"], "digest"),
    (&["commit", "commit", "verification"], "verified_at"),
];

#[test]
fn every_webhook_of_the_stories_fits_the_published_schemas() {
    if !Path::new(SCHEMAS).exists() {
        #[allow(
            clippy::disallowed_methods,
            reason = "whoever runs the suite says what may be left out"
        )]
        let is_required = std::env::var_os(REQUIRED).is_some();
        assert!(!is_required, "{SCHEMAS} is not there");
        println!("skipped: {SCHEMAS} is not there; fetch it with `cargo xtask test --require-all`");
        return;
    }
    let schemas: Value = serde_json::from_slice(&std::fs::read(SCHEMAS).unwrap()).unwrap();
    let registry = Registry::new().add(ADDRESS, &schemas).unwrap().prepare().unwrap();
    let mut wrong = BTreeSet::new();
    let mut checked = 0;
    for (_, story) in behaviours::all() {
        let mut play = Play::begin();
        story(&mut play);
        for hook in &play.hooks {
            checked += 1;
            wrong.extend(check(&schemas, &registry, hook));
        }
    }
    println!("{checked} webhooks were held against the schemas");
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "of {checked}:\n{}", wrong.join("\n"));
}

fn check(schemas: &Value, registry: &Registry<'_>, hook: &Hook) -> Option<String> {
    let action = hook.payload["action"].as_str().unwrap_or("event");
    let exact = format!("{}${action}", hook.event);
    let any = format!("{}$event", hook.event);
    let name = [exact.clone(), any]
        .into_iter()
        .find(|name| schemas["definitions"].get(name).is_some());
    let Some(name) = name else {
        return Some(format!("no schema for {exact}"));
    };
    let mut payload = hook.payload.clone();
    take_away_younger(&mut payload);
    let validator = jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_registry(registry)
        .build(&json!({"$ref": format!("{ADDRESS}#/definitions/{name}")}))
        .unwrap();
    let error = validator.iter_errors(&payload).next()?;
    let mut text = error.to_string();
    text.truncate(text.char_indices().nth(200).map_or(text.len(), |(at, _)| at));
    Some(format!("{name} {}: {text}", error.instance_path()))
}

fn take_away_younger(payload: &mut Value) {
    for (path, field) in YOUNGER {
        take_away(payload, path, field);
    }
}

fn take_away(value: &mut Value, path: &[&str], field: &str) {
    match path {
        [] => {
            value.as_object_mut().map(|object| object.remove(field));
        }
        ["*", rest @ ..] => {
            for element in value.as_array_mut().into_iter().flatten() {
                take_away(element, rest, field);
            }
        }
        [name, rest @ ..] => {
            if let Some(below) = value.get_mut(*name) {
                take_away(below, rest, field);
            }
        }
    }
}
