//! What is read for the verdict, with its places.

use super::ailments::ails;
use super::reading::refused;
use super::{rules, well};
use crate::Ruleset;
use crate::model::{Attestations, Companion, CrossLayerRule, Verification};
use crate::names::Repository;
use crate::pattern::Patterns;
use expect_test::{Expect, expect};

const LAYERS: &str = "config/repository-layers.yml";
const TIERS: &str = "config/action-tiers.yml";
const ENGINE: &str = "config/repos/atlas-engine.yml";
const NODE: &str = "config/repos/atlas-node.yml";
const CROSS: &str = "config/cross-layer-rules.yml";
const EMERGENCIES: &str = "config/emergency-tiers.yml";

/// The rules that are well after one edit.
fn edited(path: &str, (from, to): (&str, &str)) -> Ruleset {
    let mut files = well();
    let text = files[path].replacen(from, to, 1);
    assert_ne!(text, files[path], "{from:?} is not in {path}");
    files.insert(path.to_owned(), text);
    rules(&files)
}

fn verification(read: Option<&Verification>, expected: Expect) {
    let read = read.unwrap();
    let tools: Vec<String> = read
        .tools
        .iter()
        .map(|tool| format!("{} {} {}", tool.name.spot, tool.name.value, tool.required))
        .collect();
    let workflow = read.workflow.as_ref();
    let workflow = workflow.map(|workflow| format!("{} {}", workflow.spot, workflow.value));
    expected.assert_eq(&format!(
        "{} required {} blocking {} override {}\n{workflow:?}\n{tools:?}",
        read.spot, read.required, read.blocking, read.override_allowed
    ));
}

#[test]
fn verifications_are_as_strict_as_they_can_be_where_nothing_is_said() {
    let rules = rules(&well());
    let engine: Repository = "atlas-engine".parse().unwrap();
    let own = &rules.repositories[&engine];
    verification(
        own.verification.as_ref(),
        expect![[r#"
        config/repos/atlas-engine.yml:5:3 required true blocking true override false
        Some("config/repos/atlas-engine.yml:6:16 .github/workflows/verify.yml")
        []"#]],
    );
    let layer = "layer_2_engine:\n    verification:\n      ci_workflow: v.yml\n      tools: [{name: prove, required: false}, {name: test}]";
    let read = edited(LAYERS, ("layer_2_engine:", layer));
    verification(
        read.layer(2).unwrap().verification.as_ref(),
        expect![[r#"
        config/repository-layers.yml:11:7 required true blocking true override false
        Some("config/repository-layers.yml:11:20 v.yml")
        ["config/repository-layers.yml:12:22 prove false", "config/repository-layers.yml:12:54 test true"]"#]],
    );
    let layer =
        "layer_2_engine:\n    verification: {required: false, blocking: false, override_allowed: true}";
    let read = edited(LAYERS, ("layer_2_engine:", layer));
    verification(
        read.layer(2).unwrap().verification.as_ref(),
        expect![[r#"
        config/repository-layers.yml:10:19 required false blocking false override true
        None
        []"#]],
    );
    assert!(read.layer(1).unwrap().verification.is_none());
    let workflow = "  ci_workflow: .github/workflows/verify.yml\n";
    refused(
        ENGINE,
        (workflow, ""),
        expect!["config/repos/atlas-engine.yml:5:3 verification: there is no `ci_workflow`"],
    );
    refused(
        ENGINE,
        ("blocking: true", "blocking: 1"),
        expect![
            "config/repos/atlas-engine.yml:7:13 verification.blocking: `1` stands where `true` or `false` belongs"
        ],
    );
    refused(
        ENGINE,
        ("blocking: true", "tools: [{required: true}]"),
        expect!["config/repos/atlas-engine.yml:7:11 verification.tools[0]: there is no `name`"],
    );
    refused(
        NODE,
        ("layer: 3", "layer: 3\nverification:"),
        expect!["config/repos/atlas-node.yml:1:1 there is no `verification`"],
    );
}

fn texts(patterns: &Patterns) -> Vec<&str> {
    patterns.texts().iter().map(|text| text.value.as_str()).collect()
}

fn between(rule: &CrossLayerRule) -> String {
    let name = rule.name.as_ref().map_or("", |name| name.value.as_str());
    format!(
        "{} {name}: {} {:?} -> {:?} {:?}, {:?}, bidirectional {} blocking {} imports {} reference {:?}",
        rule.spot,
        rule.source.value,
        rule.source_patterns.as_ref().map(texts),
        rule.target.as_ref().map(|target| target.value.to_string()),
        rule.target_patterns.as_ref().map(texts),
        rule.validation.value,
        rule.bidirectional,
        rule.blocking,
        rule.imports_only,
        rule.reference.as_ref().map(|reference| reference.value.as_str()),
    )
}

#[test]
fn rules_between_repositories_are_read_whole() {
    let third = "rules:\n  - {source_repo: atlas-kit, validation: no_consensus_modifications, allowed_imports_only: true, blocking: false}\n";
    let rules = edited(CROSS, ("rules:\n", third));
    let all: Vec<String> = rules.cross_layer.iter().map(between).collect();
    expect![[r#"
        config/cross-layer-rules.yml:3:5 : atlas-kit None -> None None, NoConsensusModifications, bidirectional false blocking false imports true reference None
        config/cross-layer-rules.yml:4:5 rules_and_proofs: atlas-spec Some(["rules/**"]) -> Some("atlas-engine") Some(["proofs/**"]), CorrespondingFileExists, bidirectional true blocking true imports false reference None
        config/cross-layer-rules.yml:12:5 known_specification: atlas-node None -> Some("atlas-spec") None, ReferencesLatestVersion, bidirectional false blocking true imports false reference Some("atlas-spec@v{VERSION}")"#]].assert_eq(&all.join("\n"));
    refused(
        CROSS,
        ("    target_repo: atlas-engine\n", ""),
        expect!["config/cross-layer-rules.yml:3:5 rules[0]: there is no `target_repo`"],
    );
    refused(
        CROSS,
        ("    source_repo: atlas-spec\n", ""),
        expect!["config/cross-layer-rules.yml:3:5 rules[0]: there is no `source_repo`"],
    );
    refused(
        CROSS,
        ("source_pattern: rules/**", "source_pattern: [rules]"),
        expect![
            "config/cross-layer-rules.yml:5:21 rules[0].source_pattern: a list stands where a text belongs"
        ],
    );
    refused(
        CROSS,
        ("target_pattern: proofs/**", "target_pattern: 'proofs/['"),
        expect![
            "config/cross-layer-rules.yml:7:21 rules[0].target_pattern: `proofs/[` stands where a pattern of at most 256 characters with `*` and `**`, one of at most 500, belongs"
        ],
    );
}

fn companion(read: &Companion) -> String {
    let update = read
        .update
        .as_ref()
        .map(|(repository, patterns)| format!("{} {:?}", repository.value, texts(patterns)));
    format!(
        "{} {:?} -> {update:?}, verification {} {:?}, bidirectional {} blocking {} says {:?}",
        read.spot,
        texts(&read.if_changed),
        read.verification,
        read.validation.as_ref().map(|validation| &validation.value),
        read.bidirectional,
        read.blocking,
        read.error_message.as_ref().map(|message| message.value.as_str()),
    )
}

#[test]
fn companions_are_read_whole() {
    let rules = edited(
        ENGINE,
        (
            "cross_layer_rules:\n",
            "cross_layer_rules:\n  - {if_changed: src/**, then_require_verification: true, validation: spec_lock_verified, blocking: false, error_message: Prove it}\n",
        ),
    );
    let all: Vec<String> = rules
        .repositories
        .values()
        .flat_map(|own| &own.companions)
        .map(companion)
        .collect();
    expect![[r#"
        config/repos/atlas-engine.yml:13:5 ["src/**"] -> None, verification true Some(SpecLockVerified), bidirectional false blocking false says Some("Prove it")
        config/repos/atlas-engine.yml:14:5 ["proofs/**"] -> Some("atlas-spec [\"rules/**\"]"), verification false Some(CorrespondingRuleExists), bidirectional true blocking true says None"#]].assert_eq(&all.join("\n"));
    refused(
        ENGINE,
        ("if_changed: proofs/**", "when: proofs/**"),
        expect!["config/repos/atlas-engine.yml:13:5 cross_layer_rules[0]: there is no `if_changed`"],
    );
    refused(
        ENGINE,
        ("atlas-spec/rules/**", "atlas-spec"),
        expect![
            "config/repos/atlas-engine.yml:14:26 cross_layer_rules[0].then_require_update: `atlas-spec` stands where REPOSITORY/PATTERN belongs"
        ],
    );
    refused(
        ENGINE,
        (
            "    then_require_update: atlas-spec/rules/**\n    validation: corresponding_rule_exists\n",
            "",
        ),
        expect!["config/repos/atlas-engine.yml:13:5 cross_layer_rules[0]: there is no `then_require_update`"],
    );
    ails(
        ENGINE,
        ("corresponding_rule_exists", "corresponding_rules_exist"),
        expect![
            "error unknown-validation config/repos/atlas-engine.yml:15:17 `corresponding_rules_exist` is no check between repositories"
        ],
    );
}

fn said(attestations: &Attestations) -> Vec<String> {
    attestations
        .iter()
        .map(|(words, spot)| format!("{words} {spot}"))
        .collect()
}

#[test]
fn flags_are_what_somebody_has_to_attest() {
    let read = edited(
        TIERS,
        (
            "emergency_override: true",
            "requires_post_mortem: true\n    requires_audit: false",
        ),
    );
    let of_tiers: Vec<String> = read
        .tiers
        .iter()
        .flat_map(|tier| said(&tier.attestations))
        .collect();
    expect![[r#"
        audit config/action-tiers.yml:18:5
        post_mortem config/action-tiers.yml:23:5
        rationale config/action-tiers.yml:29:5"#]]
    .assert_eq(&of_tiers.join("\n"));
    let of_controls: Vec<String> = read
        .controls
        .iter()
        .flat_map(|control| said(&control.attestations))
        .collect();
    expect![[r#"
        cryptography_expert config/security-control-mapping.yml:10:5
        cryptography_expert config/security-control-mapping.yml:18:5"#]]
    .assert_eq(&of_controls.join("\n"));
    let read = edited(
        ENGINE,
        (
            "requires_5_of_5: true",
            "requires_security_audit: true\n  requires_test_vectors: true",
        ),
    );
    let consensus = read.repositories.values().flat_map(|own| &own.consensus);
    let of_consensus: Vec<String> = consensus.flat_map(|rule| said(&rule.attestations)).collect();
    expect![[r#"
        security_audit config/repos/atlas-engine.yml:10:3
        test_vectors config/repos/atlas-engine.yml:11:3"#]]
    .assert_eq(&of_consensus.join("\n"));
    refused(
        TIERS,
        ("requires_audit: true", "requires_audit: yes"),
        expect![
            "config/action-tiers.yml:18:21 tiers.tier_3_consensus.requires_audit: `yes` stands where `true` or `false` belongs"
        ],
    );
}

/// A word that nobody knows refuses no rules; it is said, and asked for.
#[test]
fn words_that_nobody_knows_are_said() {
    for (to, expected) in [
        (
            "requires_5: true",
            expect![
                "warning value-not-known config/repos/atlas-engine.yml:10:3 `requires_5` has no meaning of its own"
            ],
        ),
        (
            "requires_5of5: yes",
            expect![
                "warning value-not-known config/repos/atlas-engine.yml:10:3 `requires_5of5` has no meaning of its own"
            ],
        ),
        (
            "requires_blessing: [ada]",
            expect![
                "warning value-not-known config/repos/atlas-engine.yml:10:3 `requires_blessing` has no meaning of its own"
            ],
        ),
        ("requires_blessing: false", expect![""]),
    ] {
        ails(ENGINE, ("requires_5_of_5: true", to), expected);
    }
    let read = edited(ENGINE, ("requires_5_of_5: true", "requires_blessing: [ada]"));
    let consensus = read.repositories.values().flat_map(|own| &own.consensus);
    let asked: Vec<String> = consensus.flat_map(|rule| said(&rule.attestations)).collect();
    expect!["blessing config/repos/atlas-engine.yml:10:3"].assert_eq(&asked.join("\n"));
}

#[test]
fn what_follows_an_emergency_is_read() {
    let read = |to: &str| {
        let rules = edited(EMERGENCIES, ("    extension: {allowed: false}", to));
        let all: Vec<String> = rules
            .emergencies
            .iter()
            .map(|tier| {
                let number = |number: &Option<crate::Located<u32>>| {
                    number
                        .as_ref()
                        .map(|number| format!("{} {}", number.value, number.spot))
                };
                format!(
                    "{}: post-mortem {:?} audit {:?} extension {:?}",
                    tier.id.as_str(),
                    number(&tier.follow_up.post_mortem_days),
                    number(&tier.follow_up.security_audit_days),
                    number(&tier.extension_days)
                )
            })
            .collect();
        all.join("\n")
    };
    let post = |text: &str| format!("    post_activation: {{{text}}}");
    let both = "requires_post_mortem: true, post_mortem_deadline_days: 30, requires_security_audit: true, security_audit_deadline_days: 60";
    expect![[r#"
        tier_1_critical: post-mortem Some("30 config/emergency-tiers.yml:6:78") audit Some("60 config/emergency-tiers.yml:6:143") extension None
        tier_2_urgent: post-mortem None audit None extension Some("30 config/emergency-tiers.yml:14:76")"#]].assert_eq(&read(&post(both)));
    expect![[r#"
        tier_1_critical: post-mortem None audit Some("60 config/emergency-tiers.yml:6:82") extension None
        tier_2_urgent: post-mortem None audit None extension Some("30 config/emergency-tiers.yml:14:76")"#]]
    .assert_eq(&read(&post(
        "requires_post_mortem: false, security_audit_deadline_days: 60",
    )));
    let extension = "    extension: {allowed: false}";
    let missing = post("requires_post_mortem: true");
    refused(
        EMERGENCIES,
        (extension, &missing),
        expect![
            "config/emergency-tiers.yml:6:22 tiers.tier_1_critical.post_activation: there is no `post_mortem_deadline_days`"
        ],
    );
    refused(
        EMERGENCIES,
        ("extension_duration_days: 30, ", ""),
        expect![
            "config/emergency-tiers.yml:14:16 tiers.tier_2_urgent.extension: there is no `extension_duration_days`"
        ],
    );
}

#[test]
fn the_rules_for_the_rules_are_read_whole() {
    let meta = ".governance.yml";
    let more = "layer: 0\npublic_comment_period_days: 30\nrequires_rationale: true\nrequires_4_of_5: true";
    let rules = edited(meta, ("layer: 0", more));
    let read = rules.meta.as_ref().unwrap();
    let days = read.comment_days.as_ref().unwrap();
    assert_eq!(
        (days.value, days.spot.to_string().as_str()),
        (30, ".governance.yml:4:29")
    );
    assert_eq!(said(&read.attestations), ["rationale .governance.yml:5:1"]);
    assert_eq!(read.demand.threshold().unwrap().to_string(), "4-of-5");
    refused(
        meta,
        ("layer: 0", "layer: 0\npublic_comment_period_days: a"),
        expect![
            ".governance.yml:4:29 public_comment_period_days: `a` stands where a whole number from 0 to 36500 belongs"
        ],
    );
}
