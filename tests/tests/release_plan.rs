//! The plan of a release: its formats, and that the plan that was looked at is the plan that is released.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{Component, Governance, Organisation, ReleaseFolder};
use serde_json::{Value, json};
use std::path::Path;

fn diamond() -> Organisation {
    Organisation::of(&[
        Component::new("base"),
        Component::new("left")
            .needing("base")
            .configured("expected_seconds = 30"),
        Component::new("right")
            .needing("base")
            .configured("expected_seconds = 5"),
        Component::new("top")
            .needing("left")
            .needing("right")
            .building("echo top > top")
            .with_binary("top"),
    ])
}

fn plan(organisation: &Organisation) -> Governance {
    Governance::new()
        .args(["plan"])
        .option("--manifest", &organisation.manifest())
        .option("--config", &organisation.configuration())
}

fn frozen(organisation: &Organisation) -> Governance {
    plan(organisation)
        .option("--workspace", &organisation.workspace())
        .args(["--version", "0.1.0"])
}

#[test]
fn the_plan_that_was_looked_at_is_the_plan_that_is_released() {
    let organisation = diamond();
    let planned = frozen(&organisation).json();
    let digest = planned["digest"].as_str().unwrap();
    organisation.release("0.1.0").run().ends_with(0);
    let manifest: Value =
        serde_json::from_str(&ReleaseFolder::at(&organisation.out()).text("release-manifest.json")).unwrap();
    assert_eq!(manifest["plan_digest"], digest);
    let shown = organisation.order("show", "0.1.0").run().ends_with(0).output;
    assert!(shown.contains(&format!("plan {digest}\n")), "{shown}");
    for repository in planned["repositories"].as_array().unwrap() {
        let name = repository["name"].as_str().unwrap();
        assert_eq!(repository["commit"], organisation.repository(name).head());
    }
    // Another commit is another plan; without a workspace no commit is known.
    organisation
        .repository("base")
        .write("more", "")
        .commit("More")
        .git(&["tag", "--force", "v0.1.0"]);
    assert_ne!(frozen(&organisation).json()["digest"], digest);
    let unfrozen = plan(&organisation).json();
    assert_eq!(
        (&unfrozen["channel"], &unfrozen["repositories"][0]["commit"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn a_plan_is_written_for_programs() {
    let organisation = diamond();
    let planned = frozen(&organisation).json();
    let keys: Vec<&str> = planned.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "channel",
        "critical_path",
        "digest",
        "order",
        "release",
        "repositories",
        "schema",
        "waves",
    ];
    assert_eq!(keys, expected);
    assert_eq!(planned["schema"], "governance/plan/v1");
    assert_eq!(
        (&planned["release"], &planned["channel"]),
        (&json!("play"), &json!("production"))
    );
    assert_eq!(planned["order"], json!(["base", "left", "right", "top"]));
    assert_eq!(planned["waves"], json!([["base"], ["left", "right"], ["top"]]));
    assert_eq!(planned["critical_path"], json!(["base", "left", "top"]));
    assert_eq!(
        planned["repositories"][3],
        json!({
            "name": "top", "version": "0.1.0", "tag": "v0.1.0", "commit": organisation.repository("top").head(),
            "requires": ["left", "right"], "wave": 2, "binaries": ["top"], "optional": false,
            "platforms": [format!("linux-{}", std::env::consts::ARCH)],
        })
    );
}

#[test]
fn a_plan_is_written_for_people_and_drawings() {
    let organisation = diamond();
    let rows = [
        ("text", vec!["base", "left", "right", "top", "critical path"]),
        ("dot", vec!["digraph", "->", "\"left\""]),
        ("mermaid", vec!["flowchart", "-->", "left"]),
    ];
    for (format, parts) in rows {
        let answer = plan(&organisation).args(["--format", format]).run().ends_with(0);
        for part in parts {
            assert!(
                answer.output.to_lowercase().contains(part),
                "expected {part:?} in {format}\n{answer}"
            );
        }
        assert_eq!(answer.error, "");
    }
}

#[test]
fn the_example_has_the_waves_of_the_real_organisation() {
    let waves = json!([
        ["bllvm-consensus", "bllvm-sdk"],
        ["bllvm-protocol", "governance-app"],
        ["bllvm-node"],
        ["bllvm"],
    ]);
    let organisation = Organisation::example();
    assert_eq!(plan(&organisation).json()["waves"], waves);
    // The real file is not part of this repository; where it lies beside it, it is planned too.
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/real/versions.toml");
    if real.is_file() {
        let planned = Governance::new()
            .args(["plan"])
            .option("--manifest", &real)
            .json();
        assert_eq!(planned["waves"], waves);
    }
}
