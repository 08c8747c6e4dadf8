//! Lists that something rests on: missing, mistyped or empty ones are no rules.

use super::ailments::found;
use super::reading::{refused, said};
use super::{rules, well};
use crate::{Change, requirement};
use expect_test::expect;

const SPEC: &str = "config/repos/atlas-spec.yml";
const ENGINE: &str = "config/repos/atlas-engine.yml";
const CONTROLS: &str = "config/security-control-mapping.yml";
const PATHS: &str = "config/tier-classification-rules.yml";
const DETECTION: &str = "  detection:\n    patterns: [\"rules/**\"]\n";
const CRITICAL: &str = "consensus_critical: [\"src/block.rs\", \"src/script/**\"]";

#[test]
fn numbers_for_consensus_have_paths() {
    for (to, expected) in [
        (
            "",
            expect!["config/repos/atlas-spec.yml:10:3 consensus_rule_changes: there is no `detection`"],
        ),
        (
            "  detections:\n    patterns: [\"rules/**\"]\n",
            expect!["config/repos/atlas-spec.yml:10:3 consensus_rule_changes: there is no `detection`"],
        ),
        (
            "  detection:\n    pattern: [\"rules/**\"]\n",
            expect![
                "config/repos/atlas-spec.yml:11:5 consensus_rule_changes.detection: there is no `patterns`"
            ],
        ),
        (
            "  detection:\n    patterns:\n",
            expect![
                "config/repos/atlas-spec.yml:11:5 consensus_rule_changes.detection: there is no `patterns`"
            ],
        ),
        (
            "  detection:\n    patterns: []\n",
            expect![
                "config/repos/atlas-spec.yml:11:15 consensus_rule_changes.detection.patterns: an empty list stands where a list with at least one entry belongs"
            ],
        ),
        (
            "  detection:\n    patterns: rules/**\n",
            expect![
                "config/repos/atlas-spec.yml:11:15 consensus_rule_changes.detection.patterns: `rules/**` stands where a list belongs"
            ],
        ),
        (
            "  detection: [\"rules/**\"]\n",
            expect![
                "config/repos/atlas-spec.yml:10:14 consensus_rule_changes.detection: a list stands where a mapping belongs"
            ],
        ),
    ] {
        refused(SPEC, (DETECTION, to), expected);
    }
    for (to, expected) in [
        (
            "critical: [\"src/block.rs\"]",
            expect!["config/repos/atlas-engine.yml:9:3 paths: there is no `consensus_critical`"],
        ),
        (
            "consensus_critical:",
            expect!["config/repos/atlas-engine.yml:9:3 paths: there is no `consensus_critical`"],
        ),
        (
            "consensus_critical: []",
            expect![
                "config/repos/atlas-engine.yml:9:23 paths.consensus_critical: an empty list stands where a list with at least one entry belongs"
            ],
        ),
        (
            "consensus_critical: src/block.rs",
            expect![
                "config/repos/atlas-engine.yml:9:23 paths.consensus_critical: `src/block.rs` stands where a list belongs"
            ],
        ),
    ] {
        refused(ENGINE, (CRITICAL, to), expected);
    }
}

#[test]
fn paths_of_a_repositorys_own_tier_are_there() {
    for (to, expected) in [
        (
            "  pattern: [\"rules/**\"]",
            expect!["config/repos/atlas-spec.yml:7:3 auto_classification: there is no `patterns`"],
        ),
        (
            "  patterns: []",
            expect![
                "config/repos/atlas-spec.yml:7:13 auto_classification.patterns: an empty list stands where a list with at least one entry belongs"
            ],
        ),
        (
            "",
            expect!["config/repos/atlas-spec.yml:8:3 auto_classification: there is no `patterns`"],
        ),
    ] {
        refused(SPEC, ("  patterns: [\"rules/**\"]", to), expected);
    }
    refused(
        SPEC,
        (
            "auto_classification:\n  patterns: [\"rules/**\"]\n  manual_override: true",
            "auto_classification:",
        ),
        expect!["config/repos/atlas-spec.yml:1:1 there is no `auto_classification`"],
    );
}

#[test]
fn controls_have_files() {
    let files = "files: [\"atlas-engine/src/keys/**\", \"atlas-node/src/wallet.rs\"]";
    for (to, expected) in [
        (
            "file: [\"atlas-engine/src/keys/**\"]",
            expect!["config/security-control-mapping.yml:3:5 security_controls[0]: there is no `files`"],
        ),
        (
            "files: []",
            expect![
                "config/security-control-mapping.yml:7:12 security_controls[0].files: an empty list stands where a list with at least one entry belongs"
            ],
        ),
        (
            "files: atlas-engine/src/keys/**",
            expect![
                "config/security-control-mapping.yml:7:12 security_controls[0].files: `atlas-engine/src/keys/**` stands where a list belongs"
            ],
        ),
    ] {
        refused(CONTROLS, (files, to), expected);
    }
    refused(
        CONTROLS,
        ("security_controls:", "security_control:"),
        expect!["config/security-control-mapping.yml:1:1 there is no `security_controls`"],
    );
    let mut files = well();
    let mut without = |text: &str| {
        files.insert(CONTROLS.to_owned(), text.to_owned());
        said(&files)
    };
    expect!["config/security-control-mapping.yml:1:20 security_controls: an empty list stands where a list with at least one entry belongs"].assert_eq(&without("security_controls: []\n"));
    expect!["config/security-control-mapping.yml:1:20 security_controls: `none` stands where a list belongs"]
        .assert_eq(&without("security_controls: none\n"));
    expect!["config/security-control-mapping.yml:1:1 there is no `security_controls`"]
        .assert_eq(&without(""));
}

#[test]
fn tiers_by_path_have_paths() {
    let files = "file_patterns: [\"consensus/**\", \"validation/**\"]";
    for (to, expected) in [
        (
            "file_pattern: [\"consensus/**\"]",
            expect![
                "config/tier-classification-rules.yml:9:5 classification_rules.tier_3_consensus: there is no `file_patterns`"
            ],
        ),
        (
            "file_patterns: []",
            expect![
                "config/tier-classification-rules.yml:9:20 classification_rules.tier_3_consensus.file_patterns: an empty list stands where a list with at least one entry belongs"
            ],
        ),
        (
            "file_patterns: consensus/**",
            expect![
                "config/tier-classification-rules.yml:9:20 classification_rules.tier_3_consensus.file_patterns: `consensus/**` stands where a list belongs"
            ],
        ),
        (
            "file_patterns: {a: b}",
            expect![
                "config/tier-classification-rules.yml:9:20 classification_rules.tier_3_consensus.file_patterns: a mapping stands where a list belongs"
            ],
        ),
    ] {
        refused(PATHS, (files, to), expected);
    }
}

#[test]
fn rules_between_repositories_are_there() {
    refused(
        "config/cross-layer-rules.yml",
        ("rules:", "rule:"),
        expect!["config/cross-layer-rules.yml:1:1 there is no `rules`"],
    );
}

/// What asks for nothing needs no paths: the files are full of prose.
#[test]
fn sections_that_ask_for_nothing_are_passed_over() {
    let mut files = well();
    let text = files[ENGINE].replacen(
        "paths:",
        "consensus_rule_changes: {user_activation: {nature: advisory}}\npaths:",
        1,
    );
    files.insert(ENGINE.to_owned(), text);
    let node = "config/repos/atlas-node.yml";
    let text = format!("{}paths: {{docs: [a], requires_9_of_9: false}}\n", files[node]);
    files.insert(node.to_owned(), text);
    assert_eq!(found(&files), "");
}

#[test]
fn two_tiers_with_one_number_are_refused() {
    refused(
        "config/action-tiers.yml",
        ("tier_2_feature", "tier_1_feature"),
        expect!["config/action-tiers.yml:8:3 tiers.tier_1_feature: `tier 1` is given twice, first in line 3"],
    );
    refused(
        "config/action-tiers.yml",
        ("tier_2_feature", "tier_01"),
        expect!["config/action-tiers.yml:8:3 tiers.tier_01: `tier 1` is given twice, first in line 3"],
    );
    refused(
        "config/emergency-tiers.yml",
        ("tier_2_urgent", "tier_1_urgent"),
        expect![
            "config/emergency-tiers.yml:7:3 tiers.tier_1_urgent: `tier 1` is given twice, first in line 3"
        ],
    );
    let mut files = well();
    let tier = "signatures: {required: 1, total: 5}, review_period_days: 1";
    let text = format!("tiers: {{tier_1_a: {{{tier}}}, tier_1_b: {{{tier}}}}}\n");
    files.insert("config/action-tiers.yml".to_owned(), text);
    expect!["config/action-tiers.yml:1:81 tiers.tier_1_b: `tier 1` is given twice, first in line 1"]
        .assert_eq(&said(&files));
}

/// Of several numbers in one file the largest counts, whatever their order.
#[test]
fn the_largest_of_several_numbers_counts() {
    let needed = |from: &str, to: &str| {
        let mut files = well();
        let text = files[ENGINE].replacen(from, to, 1);
        assert_ne!(text, files[ENGINE]);
        files.insert(ENGINE.to_owned(), text);
        let change = Change::of_paths(["src/block.rs"]);
        let needed = requirement(&rules(&files), &"atlas-engine".parse().unwrap(), &change).unwrap();
        format!("{}/{},{}", needed.required, needed.total, needed.review_days)
    };
    let flags = "  requires_5_of_5: true\n  requires_120_days: true\n";
    for (from, to, expected) in [
        (
            flags,
            "  requires_6_of_7: true\n  requires_5_of_9: true\n",
            "6/9,120",
        ),
        (
            flags,
            "  requires_5_of_9: true\n  requires_6_of_7: true\n",
            "6/9,120",
        ),
        (
            flags,
            "  requires_365_days: true\n  requires_30_days: true\n",
            "4/5,365",
        ),
        (
            flags,
            "  requires_6_of_7: false\n  requires_200_days: true\n",
            "4/5,200",
        ),
        (
            "layer: 2",
            "layer: 2\nrequires_6_of_6: true\nrequires_150_days: true",
            "6/6,150",
        ),
        (
            "signature_threshold: 4-of-5",
            "signature_threshold: 7-of-7\nrequires_6_of_8: true",
            "7/8,120",
        ),
        (
            "paths:",
            "consensus_rule_changes:\n  requires_130_days: true\n  detection: {patterns: [proofs/**]}\n  \
             repository_requirements: {maintainer_threshold: 3-of-9, requires_6_of_6: true, review_period_days: 7}\npaths:",
            "6/9,130",
        ),
    ] {
        assert_eq!(needed(from, to), expected, "{to}");
    }
}
