//! The simulator held against GitHub's own description of its API: every request that the stories make and every answer that they get.
//! The description is not ours and lies in the target folder if it was fetched; without it nothing is checked, and that is said.

use crate::behaviours;
use crate::play::Play;
use github_sim::{Answer, AnswerBody, Request, RequestBody};
use jsonschema::{Draft, Registry};
use serde_json::{Value, json};
use std::path::Path;

/// Where the description lies. `cargo xtask test --require-all` puts it there.
const DESCRIPTION: &str = concat!(
    env!("CARGO_TARGET_TMPDIR"),
    "/octokit-openapi/api.github.com.json"
);

/// Set by whoever wants the test to fail rather than to be left out.
const REQUIRED: &str = "REQUIRE_GITHUB_DESCRIPTION";

/// The address under which the description refers to itself while it is read.
const ADDRESS: &str = "http://description.example/api";

/// What any request may be answered with, whether its operation says so or not.
const ALWAYS_POSSIBLE: [u16; 9] = [304, 400, 401, 403, 404, 410, 422, 429, 502];

#[test]
fn every_request_and_answer_of_the_stories_fits_githubs_description() {
    let Some(description) = description() else {
        return;
    };
    let registry = Registry::new()
        .add(ADDRESS, &description)
        .unwrap()
        .prepare()
        .unwrap();
    check_the_check(&description, &registry);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (name, story) in behaviours::all() {
        let mut play = Play::begin();
        story(&mut play);
        for (request, answer) in &play.exchanges {
            checked += 1;
            let found = check(&description, &registry, request, answer);
            wrong.extend(found.map(|what| format!("{name}: {} {}: {what}", request.method, request.path)));
        }
    }
    wrong.sort();
    wrong.dedup();
    println!("{checked} exchanges were held against the description");
    assert!(
        wrong.is_empty(),
        "{} of {checked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is broken on purpose must be found, or all of this says nothing.
fn check_the_check(description: &Value, registry: &Registry<'_>) {
    let mut play = Play::begin();
    play.draft("v1");
    let (request, answer) = play.exchanges.pop().unwrap();
    assert_eq!(check(description, registry, &request, &answer), None);
    let mut broken = answer.value();
    broken["assets"] = json!(null);
    let broken = Answer::json(201, &broken);
    let what = check(description, registry, &request, &broken).unwrap_or_default();
    assert!(what.starts_with("answer 201: /assets"), "{what}");
    let mut unknown = request.clone();
    unknown.body = RequestBody::Bytes(json!({"draft": true}).to_string().into());
    let what = check(description, registry, &unknown, &answer).unwrap_or_default();
    assert!(what.starts_with("request: "), "{what}");
    unknown.path = "/repos/acme/node/no-such-thing".to_owned();
    assert!(check(description, registry, &unknown, &answer).is_some());
}

fn description() -> Option<Value> {
    if !Path::new(DESCRIPTION).exists() {
        #[allow(
            clippy::disallowed_methods,
            reason = "whoever runs the suite says what may be left out"
        )]
        let is_required = std::env::var_os(REQUIRED).is_some();
        assert!(!is_required, "{DESCRIPTION} is not there");
        println!("skipped: {DESCRIPTION} is not there; fetch it with `cargo xtask test --require-all`");
        return None;
    }
    let text = std::fs::read(DESCRIPTION).unwrap();
    let mut description: Value = serde_json::from_slice(&text).unwrap();
    plain_schema(&mut description);
    Some(description)
}

/// What is wrong about an exchange.
fn check(description: &Value, registry: &Registry<'_>, request: &Request, answer: &Answer) -> Option<String> {
    let Some(operation) = operation(description, request) else {
        return Some("no such operation".to_owned());
    };
    if answer.status < 400 {
        for (name, _) in &request.query {
            let is_known = parameters(description, operation)
                .iter()
                .any(|known| known == name);
            if !is_known {
                return Some(format!("no such parameter: {name}"));
            }
        }
        let asked = &operation["requestBody"]["content"]["application/json"]["schema"];
        if let (RequestBody::Bytes(bytes), false) = (&request.body, asked.is_null())
            && !bytes.is_empty()
        {
            let body = serde_json::from_slice(bytes).unwrap();
            if let Some(error) = first_error(registry, asked, &body) {
                return Some(format!("request: {error}"));
            }
        }
    }
    check_answer(description, registry, operation, answer)
}

fn check_answer(
    description: &Value,
    registry: &Registry<'_>,
    operation: &Value,
    answer: &Answer,
) -> Option<String> {
    let AnswerBody::Bytes(bytes) = &answer.body else {
        return None;
    };
    let described = resolved(description, &operation["responses"][answer.status.to_string()]);
    if described.is_null() && !ALWAYS_POSSIBLE.contains(&answer.status) {
        return Some(format!("status {} is not described", answer.status));
    }
    let is_json = answer
        .header_value("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json {
        return (!bytes.is_empty() && answer.status >= 400).then(|| "an error without JSON".to_owned());
    }
    let error = json!({"$ref": format!("{ADDRESS}#/components/schemas/basic-error")});
    let described = &described["content"]["application/json"]["schema"];
    if described.is_null() && answer.status < 400 {
        return Some(format!("a body where status {} has none", answer.status));
    }
    let schema = if described.is_null() { &error } else { described };
    let mut value = answer.value();
    give_back_forks(&mut value);
    first_error(registry, schema, &value).map(|error| format!("answer {}: {error}", answer.status))
}

/// The description forgets that a fork may be deleted while a pull request is open; the schemas of webhooks know it. The
/// base stands in for what is gone.
fn give_back_forks(value: &mut Value) {
    let base = value["base"]["repo"].clone();
    if base.is_object() && value["head"]["repo"].is_null() {
        value["head"]["repo"] = base;
    }
}

fn first_error(registry: &Registry<'_>, schema: &Value, value: &Value) -> Option<String> {
    let validator = jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_registry(registry)
        .should_validate_formats(true)
        .build(schema)
        .unwrap();
    let error = validator.iter_errors(value).next()?;
    let mut text = error.to_string();
    text.truncate(text.char_indices().nth(300).map_or(text.len(), |(at, _)| at));
    Some(format!("{}: {text}", error.instance_path()))
}

/// The operation that a request is, by the path with the most words in common. The last parameter of a path may hold slashes.
fn operation<'a>(description: &'a Value, request: &Request) -> Option<&'a Value> {
    let path = request.path.strip_prefix("/uploads").unwrap_or(&request.path);
    let asked: Vec<&str> = path.trim_matches('/').split('/').collect();
    let method = request.method.as_str().to_ascii_lowercase();
    let fits = |template: &str| -> Option<(bool, usize)> {
        let words: Vec<&str> = template.trim_matches('/').split('/').collect();
        let swallows = words.len() < asked.len() && words.last()?.starts_with('{');
        if words.len() != asked.len() && !swallows {
            return None;
        }
        let mut same = 0;
        for (word, asked) in words.iter().zip(&asked) {
            if word == asked {
                same += 1;
            } else if !word.starts_with('{') {
                return None;
            }
        }
        Some((!swallows, same))
    };
    description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, operations)| !operations[&method].is_null())
        .filter_map(|(template, operations)| Some((fits(template)?, &operations[&method])))
        .max_by_key(|(fit, _)| *fit)
        .map(|(_, operation)| operation)
}

fn parameters(description: &Value, operation: &Value) -> Vec<String> {
    let listed = operation["parameters"].as_array();
    listed
        .into_iter()
        .flatten()
        .map(|one| resolved(description, one))
        .filter(|one| one["in"] == "query")
        .filter_map(|one| one["name"].as_str().map(str::to_owned))
        .collect()
}

fn resolved<'a>(description: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix(ADDRESS).unwrap().trim_start_matches('#');
            description.pointer(pointer).unwrap()
        }
        None => value,
    }
}

/// Rewrites the description's dialect into JSON Schema: what may be null says so, and what refers to itself has an address.
fn plain_schema(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(plain_schema),
        Value::Object(map) => {
            map.values_mut().for_each(plain_schema);
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && reference.starts_with('#')
            {
                reference.insert_str(0, ADDRESS);
            }
            if map.get("nullable") == Some(&json!(true)) {
                map.remove("nullable");
                let inner = Value::Object(std::mem::take(map));
                map.insert("anyOf".to_owned(), json!([{"type": "null"}, inner]));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
