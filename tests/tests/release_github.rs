//! A release on GitHub, as the demo plays it: the real server and a simulated GitHub in one process, from a pushed tag to a
//! release that anybody can check.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{Governance, ReleaseFolder, contents};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn demo(folder: &Path) -> Governance {
    Governance::new()
        .args(["demo", "--github"])
        .option("--dir", folder)
}

#[test]
fn a_pushed_tag_becomes_a_published_release_that_anybody_can_check() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("on github");
    let answer = demo(&place).run().ends_with(0);
    for line in [
        "GitHub is simulated at http://127.0.0.1:",
        "governance-app listens on http://127.0.0.1:",
        "example/commons has refs/tags/v0.1.0",
        "example/bllvm-consensus run",
        "example/commons has a draft of v0.1.0",
        "SHA256SUMS is uploaded",
        "example/commons publishes v0.1.0",
    ] {
        assert!(answer.error.contains(line), "{line}\n{answer}");
    }
    // Whoever needs another one is built after it.
    let at = |what: &str| {
        answer
            .error
            .find(what)
            .unwrap_or_else(|| panic!("{what}\n{answer}"))
    };
    for (first, then) in [
        ("example/bllvm-consensus run", "example/bllvm-protocol run"),
        ("example/bllvm-protocol run", "example/bllvm-node run"),
        ("example/bllvm-node run", "example/bllvm run"),
        ("example/bllvm-sdk run", "example/governance-app run"),
        ("has a draft of v0.1.0", "publishes v0.1.0"),
    ] {
        assert!(at(first) < at(then), "{first} before {then}\n{answer}");
    }
    let out = place.join("release");
    ReleaseFolder::at(&out).agrees_with_sha256sum();
    let report = Governance::new()
        .args(["artifacts", "verify"])
        .args([&out])
        .json();
    assert_eq!(report["verdict"], "verified", "{report}");
    let manifest: Value =
        serde_json::from_str(&ReleaseFolder::at(&out).text("release-manifest.json")).unwrap();
    assert_eq!(manifest["components"].as_array().unwrap().len(), 6);
    // Only its owner may read what is secret.
    for secret in ["app.pem", "governance-app.toml"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(place.join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret}");
    }
    // Played again in the same folder, it begins anew and gives the same files.
    let before = contents(&out);
    demo(&place).run().ends_with(0);
    let (mut before, mut after) = (before, contents(&out));
    for of in [&mut before, &mut after] {
        of.retain(|name, _| !name.to_string_lossy().contains("evidence"));
    }
    assert_eq!(before, after);
}

#[test]
fn a_demo_on_github_leaves_a_foreign_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "precious").unwrap();
    let before = contents(folder.path());
    demo(folder.path())
        .run()
        .ends_with(2)
        .says(&["neither empty nor the folder of such a demo", "--dir DIR"]);
    assert_eq!(contents(folder.path()), before);
}
