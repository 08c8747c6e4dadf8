//! `governance policy` as a shell sees it.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn well() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well")
}

/// A copy of the rules that are well, in `rules`, with one text replaced.
fn rules(path: &str, (from, to): (&str, &str)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for within in ["", "config", "config/maintainers", "config/repos"] {
        let to = folder.path().join("rules").join(within);
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(well().join(within)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    }
    let file = folder.path().join("rules").join(path);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from:?} is not in {path}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
    folder
}

fn unchanged() -> tempfile::TempDir {
    rules(".governance.yml", ("layer: 0", "layer: 0"))
}

fn governance(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null());
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// The exit code, then what was said, each stream under its name.
fn check(folder: &Path, arguments: &str, expected: Expect) {
    let output = governance(folder, arguments);
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
        let said = String::from_utf8(bytes).unwrap();
        text.extend(
            said.lines()
                .map(|line| format!("{name}| {line}").trim_end().to_owned() + "\n"),
        );
    }
    expected.assert_eq(&text);
}

#[test]
fn rules_that_are_well_have_no_findings() {
    let folder = unchanged();
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
            exit 0
            out| 0 errors, 0 warnings, 0 notes
            out| rules sha256:d728a50c951f73f0bf36901d2fce41e264a6b8470bd6af0c05c95c5359180b7d
        "#]],
    );
    let output = governance(folder.path(), "policy check rules --format json");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["schema"], &report["findings"]),
        (&json!("governance/findings/v1"), &json!([]))
    );
    assert_eq!(
        report["ruleset_digest"].as_str().map(str::len),
        Some("sha256:".len() + 64)
    );
}

#[test]
fn an_error_is_a_clear_no_and_a_warning_while_the_rules_are_tried_out() {
    let folder = rules("config/action-tiers.yml", ("required: 4", "required: 9"));
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
            exit 1
            out| rules/config/action-tiers.yml:15:17: error: 9-of-5: more must sign than there are
            out|   help: ask for at least one signature, and for no more than there are people
            out| rules/config/action-tiers.yml:15:17: error: Tier 3 (tier_3_consensus) asks for 9 signatures, and layer 1 has 5 people
            out|   help: ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged
            out| rules/config/action-tiers.yml:15:17: error: Tier 3 (tier_3_consensus) asks for 9 signatures, and layer 2 has 5 people
            out|   help: ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged
            out| rules/config/action-tiers.yml:15:17: error: Tier 3 (tier_3_consensus) asks for 9 signatures, and layer 3 has 5 people
            out|   help: ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged
            out| 4 errors, 0 warnings, 0 notes
            out| rules sha256:5b92d3d78303a48cee2bb9a6105f209146e000c90ff2113bd8ed5e941b1f7ca5
        "#]],
    );
    check(
        folder.path(),
        "policy check rules --mode dry-run",
        expect![[r#"
            exit 0
            out| rules/config/action-tiers.yml:15:17: warning: 9-of-5: more must sign than there are
            out|   help: ask for at least one signature, and for no more than there are people
            out| rules/config/action-tiers.yml:15:17: warning: Tier 3 (tier_3_consensus) asks for 9 signatures, and layer 1 has 5 people
            out|   help: ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged
            out| rules/config/action-tiers.yml:15:17: warning: Tier 3 (tier_3_consensus) asks for 9 signatures, and layer 2 has 5 people
            out|   help: ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged
            out| rules/config/action-tiers.yml:15:17: warning: Tier 3 (tier_3_consensus) asks for 9 signatures, and layer 3 has 5 people
            out|   help: ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged
            out| 0 errors, 4 warnings, 0 notes
            out| rules sha256:5b92d3d78303a48cee2bb9a6105f209146e000c90ff2113bd8ed5e941b1f7ca5
        "#]],
    );
    let output = governance(folder.path(), "policy check rules --format json");
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&String> = report["findings"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "code", "column", "file", "key", "line", "message", "remedy", "severity"
        ]
    );
}

#[test]
fn what_is_no_rule_ends_with_2_and_every_place() {
    let folder = rules(
        "config/repository-layers.yml",
        ("required: 4, total: 5", "required: four, total: 5, total: 6"),
    );
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
        exit 2
        err| error: rules/config/repository-layers.yml:6:44: `total` is given twice, first in line 6
        err| help: keep one of the two: which one counts differs from reader to reader
    "#]],
    );
    let folder = rules(
        "config/repository-layers.yml",
        ("required: 4, total: 5", "required: four, total: '5'"),
    );
    fs::write(folder.path().join("rules/config/repos/atlas-kit.yml"), "- layer").unwrap();
    fs::write(folder.path().join("rules/config/emergency-tiers.yml"), "a: {").unwrap();
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
        exit 2
        err| error: rules/config/emergency-tiers.yml:1:4: not YAML: unclosed bracket '{'
        err| help: correct the YAML; most often it is the indentation
        err| error: rules/config/repos/atlas-kit.yml:1:1: a list stands where a mapping belongs
        err| help: correct the value
        err| error: rules/config/repository-layers.yml:6:28: layers.layer_1_specification.signatures.required: `four` stands where a whole number from 0 to 1000 belongs
        err| help: correct the value
        err| error: rules/config/repository-layers.yml:6:41: layers.layer_1_specification.signatures.total: the text "5" stands where a whole number from 0 to 1000 belongs
        err| help: correct the value
    "#]],
    );
}

#[test]
fn what_cannot_be_read_ends_with_2() {
    let folder = unchanged();
    fs::write(folder.path().join("rules/config/emergency-tiers.yml"), b"\xff").unwrap();
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
        exit 2
        err| error: rules/config/emergency-tiers.yml is not UTF-8
        err| help: write it as UTF-8
    "#]],
    );
    check(
        folder.path(),
        "policy check rules/config",
        expect![[r#"
        exit 2
        err| error: rules/config holds no folder `config`
        err| help: name the folder of the rules: the one that holds `.governance.yml` and `config/`
    "#]],
    );
    check(
        folder.path(),
        "policy check nowhere",
        expect![[r#"
        exit 2
        err| error: nowhere holds no folder `config`
        err| help: name the folder of the rules: the one that holds `.governance.yml` and `config/`
    "#]],
    );
    fs::remove_file(folder.path().join("rules/config/emergency-tiers.yml")).unwrap();
    let link = folder.path().join("rules/config/emergency-tiers.yml");
    std::os::unix::fs::symlink("/etc/passwd", link).unwrap();
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
        exit 2
        err| error: rules/config/emergency-tiers.yml is a link
        err| help: put the file or folder itself there: rules are what lies in the folder
    "#]],
    );
    // A folder that is a link would otherwise be passed over, with all that it asks for.
    fs::remove_file(folder.path().join("rules/config/emergency-tiers.yml")).unwrap();
    fs::rename(
        folder.path().join("rules/config/repos"),
        folder.path().join("repos"),
    )
    .unwrap();
    std::os::unix::fs::symlink("../../repos", folder.path().join("rules/config/repos")).unwrap();
    check(
        folder.path(),
        "policy check rules",
        expect![[r#"
        exit 2
        err| error: rules/config/repos is a link
        err| help: put the file or folder itself there: rules are what lies in the folder
    "#]],
    );
}

#[test]
fn a_requirement_names_the_source_of_every_number() {
    let folder = unchanged();
    check(
        folder.path(),
        "policy requirement rules --layer 3 --tier 3",
        expect![[r#"
            exit 0
            out| needed                       because of  at
            out| 4       signatures           Tier 3      config/action-tiers.yml:15:17
            out| of 5    maintainers in mind  Layer 3     config/repository-layers.yml:20:38
            out|                              Tier 3      config/action-tiers.yml:16:14
            out| 30      days of review       Tier 3      config/action-tiers.yml:17:25
            out| 5 maintainers can sign: it can be reached
        "#]],
    );
    check(
        folder.path(),
        "policy requirement rules --layer 0 --tier tier_1_routine",
        expect![[r#"
            exit 0
            out| needed                       because of                 at
            out| 3       signatures           Layer 0 (.governance.yml)  .governance.yml:5:22
            out| of 5    maintainers in mind  Layer 0 (.governance.yml)  .governance.yml:5:22
            out|                              Tier 1                     config/action-tiers.yml:5:38
            out| 30      days of review       Layer 0 (.governance.yml)  .governance.yml:6:21
            out| 2 of 3  keyholders           Layer 0 (.governance.yml)  .governance.yml:5:22
            out| 5 maintainers can sign: it can be reached
        "#]],
    );
    check(
        folder.path(),
        "policy requirement rules --repo atlas-node --paths docs/a.md src/wallet.rs",
        expect![[r#"
            exit 0
            out| needed                       because of         at
            out| 4       signatures           security_critical  config/action-tiers.yml:31:28
            out|                              Control K-1        config/security-control-mapping.yml:8:26
            out| of 5    maintainers in mind  Layer 3            config/repository-layers.yml:20:38
            out|                              atlas-node         config/repos/atlas-node.yml:2:22
            out|                              security_critical  config/action-tiers.yml:31:38
            out|                              Tier 1             config/action-tiers.yml:5:38
            out|                              Tier 2             config/action-tiers.yml:10:38
            out|                              Control K-1        config/security-control-mapping.yml:8:26
            out| 60      days of review       security_critical  config/action-tiers.yml:32:25
            out|                              Control K-1        config/security-control-mapping.yml:9:25
            out| 5 maintainers can sign: it can be reached
            out| - security_critical: control K-1: src/wallet.rs matches `src/wallet.rs` (config/security-control-mapping.yml:7:41)
            out| - Tier 1: docs/a.md matches `docs/**` (config/tier-classification-rules.yml:4:21)
            out| - Tier 2: src/wallet.rs matches no pattern of any tier (config/tier-classification-rules.yml:15:17)
            out| - Control K-1: src/wallet.rs matches `src/wallet.rs` (config/security-control-mapping.yml:7:41)
        "#]],
    );
}

#[test]
fn a_requirement_for_programs_has_every_field() {
    let folder = unchanged();
    let output = governance(
        folder.path(),
        "policy requirement rules --layer 3 --tier 1 --format json",
    );
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "schema": "governance/requirement/v1",
        "required": 2, "total": 5, "review_days": 14, "keyholders": null,
        "satisfiable": true, "pool": 5, "reasons": [],
        "sources": {
            "required": [
                {"rule": "Layer 3", "file": "config/repository-layers.yml", "line": 20, "column": 28,
                 "key": "layers.layer_3_application.signatures.required"},
                {"rule": "Tier 1", "file": "config/action-tiers.yml", "line": 5, "column": 28,
                 "key": "tiers.tier_1_routine.signatures.required"},
            ],
            "total": [
                {"rule": "Layer 3", "file": "config/repository-layers.yml", "line": 20, "column": 38,
                 "key": "layers.layer_3_application.signatures.total"},
                {"rule": "Tier 1", "file": "config/action-tiers.yml", "line": 5, "column": 38,
                 "key": "tiers.tier_1_routine.signatures.total"},
            ],
            "review_days": [
                {"rule": "Layer 3", "file": "config/repository-layers.yml", "line": 21, "column": 25,
                 "key": "layers.layer_3_application.review_period_days"},
            ],
            "keyholders": [],
        },
    });
    assert_eq!(report, expected);
}

#[test]
fn numbers_that_cannot_be_reached_are_shown_all_the_same() {
    let folder = rules("config/action-tiers.yml", ("required: 4", "required: 9"));
    check(
        folder.path(),
        "policy requirement rules --layer 1 --tier 3",
        expect![[r#"
            exit 0
            out| needed                       because of  at
            out| 9       signatures           Tier 3      config/action-tiers.yml:15:17
            out| of 5    maintainers in mind  Layer 1     config/repository-layers.yml:6:38
            out|                              Tier 3      config/action-tiers.yml:16:14
            out| 60      days of review       Layer 1     config/repository-layers.yml:7:25
            out| 5 maintainers can sign: it CANNOT be reached
            out| - 9 signatures are needed, and 5 maintainers of layer 1 can sign: see `policy check`
        "#]],
    );
}

#[test]
fn what_nobody_knows_ends_with_2() {
    let folder = unchanged();
    for arguments in [
        "--layer 9 --tier 1",
        "--layer 1 --tier 9",
        "--repo atlas-gone --paths a",
    ] {
        let arguments = format!("policy requirement rules {arguments}");
        assert_eq!(governance(folder.path(), &arguments).status.code(), Some(2));
    }
    check(
        folder.path(),
        "policy requirement rules --layer 9 --tier 1",
        expect![[r#"
            exit 2
            err| error: there is no layer 9
            err| help: name one of the layers 1, 2, 3, or 0 where there is a .governance.yml
        "#]],
    );
    check(
        folder.path(),
        "policy requirement rules --layer 1 --tier x",
        expect![[r#"
            exit 2
            err| error: there is no tier x
            err| help: name one of the tiers tier_1_routine, tier_2_feature, tier_3_consensus, tier_4_emergency, tier_5_governance, security_critical, cryptographic, security_enhancement, or its number
        "#]],
    );
    check(
        folder.path(),
        "policy requirement rules --repo atlas-gone --paths a",
        expect![[r#"
            exit 2
            err| error: atlas-gone is in no layer
            err| help: put it under `repositories` of a layer in config/repository-layers.yml; for the repository of the rules ask for `--layer 0`
        "#]],
    );
    for arguments in [
        "",
        "--layer 1",
        "--tier 1",
        "--repo atlas-node",
        "--layer 1 --tier 1 --repo a --paths b",
    ] {
        let arguments = format!("policy requirement rules {arguments}");
        assert_eq!(
            governance(folder.path(), &arguments).status.code(),
            Some(2),
            "{arguments}"
        );
    }
}
