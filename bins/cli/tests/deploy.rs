//! The manifests of the GitHub Apps in `deploy`: what they may is what their events and their work need.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The permission that GitHub demands, at least for reading, of who wants to hear an event.
const DEMANDED: &[(&str, &str)] = &[
    ("check_run", "checks"),
    ("check_suite", "checks"),
    ("create", "contents"),
    ("issue_comment", "issues"),
    ("merge_group", "merge_queues"),
    ("pull_request", "pull_requests"),
    ("pull_request_review", "pull_requests"),
    ("push", "contents"),
    ("release", "contents"),
    ("repository_dispatch", "contents"),
    ("status", "statuses"),
    ("workflow_job", "actions"),
    ("workflow_run", "actions"),
];

fn manifest(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn permissions(manifest: &Value) -> BTreeMap<&str, &str> {
    let permissions = manifest["default_permissions"].as_object().unwrap();
    permissions
        .iter()
        .map(|(name, access)| (name.as_str(), access.as_str().unwrap()))
        .collect()
}

#[test]
fn each_manifest_has_the_fields_of_the_flow_and_no_other() {
    for name in ["github-app-gate.json", "github-app-release.json"] {
        let manifest = manifest(name);
        let keys: Vec<&String> = manifest.as_object().unwrap().keys().collect();
        let expected = [
            "default_events",
            "default_permissions",
            "description",
            "hook_attributes",
            "name",
            "public",
            "redirect_url",
            "url",
        ];
        assert_eq!(keys, expected, "{name}");
        assert_eq!(manifest["public"], false, "{name}");
        assert!(manifest["name"].as_str().unwrap().len() <= 34, "GitHub's limit");
        assert!(
            manifest["hook_attributes"]["url"]
                .as_str()
                .unwrap()
                .ends_with("/webhooks/github")
        );
    }
}

#[test]
fn every_event_has_its_permission_and_every_permission_its_reason() {
    let gate = manifest("github-app-gate.json");
    let permissions = permissions(&gate);
    let mut events = Vec::new();
    for event in gate["default_events"].as_array().unwrap() {
        let event = event.as_str().unwrap();
        let (_, demanded) = DEMANDED.iter().find(|(known, _)| *known == event).unwrap();
        assert!(permissions.contains_key(demanded), "{event} needs {demanded}");
        events.push(*demanded);
    }
    let for_reading: Vec<&&str> = permissions
        .iter()
        .filter(|(name, access)| **access == "read" && **name != "metadata" && !events.contains(*name))
        .map(|(name, _)| name)
        .collect();
    assert!(for_reading.is_empty(), "nobody reads {for_reading:?}");
}

#[test]
fn only_the_release_app_may_write_contents() {
    assert_eq!(permissions(&manifest("github-app-gate.json"))["contents"], "read");
    let release = manifest("github-app-release.json");
    assert_eq!(
        permissions(&release),
        BTreeMap::from([("contents", "write"), ("metadata", "read")])
    );
    assert_eq!(release["default_events"].as_array().unwrap().len(), 0);
}
