//! Texts that are rules, and texts that are none.

use super::well;
use crate::{
    CompoundThreshold, FILE_BYTES_MAX, FILES_MAX, Mode, RulesetError, Threshold, check, read_ruleset,
    requirement_of_tier,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TIERS: &str = "config/action-tiers.yml";
const LAYERS: &str = "config/repository-layers.yml";
const SPEC: &str = "config/repos/atlas-spec.yml";

/// What is said against the rules that are well, with one text replaced.
pub(super) fn refused(path: &str, (from, to): (&str, &str), expected: Expect) {
    let mut files = well();
    let text = &files[path];
    assert!(text.contains(from), "{from:?} is not in {path}");
    let text = text.replacen(from, to, 1);
    files.insert(path.to_owned(), text);
    expected.assert_eq(&said(&files));
}

pub(super) fn said(files: &BTreeMap<String, String>) -> String {
    let errors = read_ruleset(files).unwrap_err();
    let lines: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", error.spot, error.message()))
        .collect();
    lines.join("\n")
}

#[test]
fn what_two_readers_would_take_differently_is_refused() {
    refused(
        SPEC,
        ("layer: 1", "layer: 1\nlayer: 1"),
        expect!["config/repos/atlas-spec.yml:2:1 `layer` is given twice, first in line 1"],
    );
    refused(
        SPEC,
        ("manual_override: true", "a: {b: 1, b: 2}"),
        expect!["config/repos/atlas-spec.yml:8:13 `b` is given twice, first in line 8"],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: &one 1"),
        expect!["config/repos/atlas-spec.yml:1:13 an anchor, alias or merge key"],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: *one"),
        expect!["config/repos/atlas-spec.yml:1:8 not YAML: while parsing node, found unknown anchor"],
    );
    refused(
        SPEC,
        ("layer: 1", "<<: {layer: 1}"),
        expect!["config/repos/atlas-spec.yml:1:1 an anchor, alias or merge key"],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: !!int 1"),
        expect!["config/repos/atlas-spec.yml:1:14 a YAML tag"],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: 1\n---\nlayer: 2"),
        expect!["config/repos/atlas-spec.yml:2:1 a second YAML document begins"],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: 1\n? [a]\n: b"),
        expect!["config/repos/atlas-spec.yml:2:5 a key must be plain text"],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: {"),
        expect![
            "config/repos/atlas-spec.yml:3:19 not YAML: while parsing a flow mapping, did not find expected ',' or '}'"
        ],
    );
}

#[test]
fn values_of_another_kind_are_refused_where_they_stand() {
    refused(
        SPEC,
        ("layer: 1", "layer: one"),
        expect![
            "config/repos/atlas-spec.yml:1:8 layer: `one` stands where a whole number from 0 to 99 belongs"
        ],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: '1'"),
        expect![[
            r#"config/repos/atlas-spec.yml:1:8 layer: the text "1" stands where a whole number from 0 to 99 belongs"#
        ]],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: 100"),
        expect![
            "config/repos/atlas-spec.yml:1:8 layer: `100` stands where a whole number from 0 to 99 belongs"
        ],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: -1"),
        expect![
            "config/repos/atlas-spec.yml:1:8 layer: `-1` stands where a whole number from 0 to 99 belongs"
        ],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: 1.0"),
        expect![
            "config/repos/atlas-spec.yml:1:8 layer: `1.0` stands where a whole number from 0 to 99 belongs"
        ],
    );
    refused(
        SPEC,
        ("layer: 1", "layer: [1]"),
        expect![
            "config/repos/atlas-spec.yml:1:8 layer: a list stands where a whole number from 0 to 99 belongs"
        ],
    );
}

#[test]
fn thresholds_names_and_patterns_that_are_none_are_refused() {
    refused(
        SPEC,
        ("4-of-5", "4 of 5"),
        expect![
            "config/repos/atlas-spec.yml:2:22 signature_threshold: `4 of 5` stands where N-of-M, each at most 1000, belongs"
        ],
    );
    refused(
        SPEC,
        ("4-of-5", "4-of-5 + 2-of-3"),
        expect![
            "config/repos/atlas-spec.yml:2:22 signature_threshold: `4-of-5 + 2-of-3` stands where N-of-M, each at most 1000, belongs"
        ],
    );
    refused(
        SPEC,
        ("4-of-5", "4-of-7 teams"),
        expect![
            "config/repos/atlas-spec.yml:2:22 signature_threshold: `4-of-7 teams` stands where N-of-M, each at most 1000, belongs"
        ],
    );
    refused(
        SPEC,
        ("4-of-5", "4-of-1001"),
        expect![
            "config/repos/atlas-spec.yml:2:22 signature_threshold: `4-of-1001` stands where N-of-M, each at most 1000, belongs"
        ],
    );
    refused(
        SPEC,
        ("[atlas-engine]", "[org/atlas-engine, a b]"),
        expect![[r#"
        config/repos/atlas-spec.yml:4:21 synchronized_with[0]: `org/atlas-engine` stands where the bare name of a repository belongs
        config/repos/atlas-spec.yml:4:39 synchronized_with[1]: `a b` stands where the bare name of a repository belongs"#]],
    );
    refused(
        SPEC,
        ("[\"rules/**\"]", "[\"rules/[\"]"),
        expect![
            "config/repos/atlas-spec.yml:7:14 auto_classification.patterns[0]: `rules/[` stands where a pattern of at most 256 characters with `*` and `**`, one of at most 500, belongs"
        ],
    );
    refused(
        SPEC,
        ("[\"rules/**\"]", "\"rules/**\""),
        expect![[
            r#"config/repos/atlas-spec.yml:7:13 auto_classification.patterns: the text "rules/**" stands where a list belongs"#
        ]],
    );
}

#[test]
fn keys_and_flags_that_are_none_are_refused() {
    refused(
        TIERS,
        ("emergency_override: true", "emergency_override: yes"),
        expect![
            "config/action-tiers.yml:23:25 tiers.tier_4_emergency.emergency_override: `yes` stands where `true` or `false` belongs"
        ],
    );
    refused(
        TIERS,
        ("tier_1_routine", "tier 1"),
        expect![
            "config/action-tiers.yml:3:3 tiers.tier 1: `tier 1` stands where the id of a tier, 1 to 64 of a-z A-Z 0-9 _ -, belongs"
        ],
    );
    refused(
        LAYERS,
        ("layer_1_specification", "specification"),
        expect![
            "config/repository-layers.yml:3:3 layers.specification: `specification` stands where a key such as `layer_1_name`, with a number of at most 99, belongs"
        ],
    );
    refused(
        LAYERS,
        ("layer_1_specification", "layer_2_specification"),
        expect![
            "config/repository-layers.yml:9:3 layers.layer_2_engine: `layer 2` is given twice, first in line 3"
        ],
    );
    refused(
        "config/maintainers/layer-3.yml",
        ("status: active", "keys: [{scheme: rsa, key: x}, {key: [y]}]"),
        expect![[r#"
            config/maintainers/layer-3.yml:6:21 maintainers[0].keys[0].scheme: `rsa` stands where `ssh`, `openpgp`, `bip340`, `ed25519` or `secp256k1` belongs
            config/maintainers/layer-3.yml:6:35 maintainers[0].keys[1]: there is no `scheme`
            config/maintainers/layer-3.yml:6:41 maintainers[0].keys[1].key: a list stands where a text belongs"#]],
    );
    refused(
        "config/security-control-mapping.yml",
        (
            "priority: P0\n    files: [\"atlas-engine/src/keys/**\"",
            "priority: P5\n    files: [\"src\"",
        ),
        expect![[r#"
            config/security-control-mapping.yml:6:15 security_controls[0].priority: `P5` stands where `P0`, `P1`, `P2` or `P3` belongs
            config/security-control-mapping.yml:7:13 security_controls[0].files[0]: the text "src" stands where REPOSITORY/PATTERN belongs"#]],
    );
    refused(
        "config/repos/atlas-engine.yml",
        ("requires_5_of_5: true", "requires_5_of_1001: true"),
        expect![
            "config/repos/atlas-engine.yml:10:23 paths.requires_5_of_1001: `true` stands where a flag such as `requires_6_of_7` or `requires_365_days` belongs"
        ],
    );
}

#[test]
fn numbers_that_are_missing_are_refused() {
    refused(
        TIERS,
        ("required: 2, ", ""),
        expect!["config/action-tiers.yml:5:17 tiers.tier_1_routine.signatures: there is no `required`"],
    );
    refused(
        LAYERS,
        ("    review_period_days: 60\n", ""),
        expect![
            "config/repository-layers.yml:4:5 layers.layer_1_specification: there is no `review_period_days`"
        ],
    );
    refused(
        ".governance.yml",
        ("review_period_days: 30", ""),
        expect![".governance.yml:1:1 there is no `review_period_days`"],
    );
    refused(
        "config/emergency-tiers.yml",
        (", activation_threshold: 2-of-3", ""),
        expect![
            "config/emergency-tiers.yml:5:19 tiers.tier_1_critical.requirements: there is no `activation_threshold`"
        ],
    );
    refused(
        "config/security-control-mapping.yml",
        ("    required_signatures: 4-of-5\n", ""),
        expect![
            "config/security-control-mapping.yml:3:5 security_controls[0]: there is no `required_signatures`"
        ],
    );
    let mut files = well();
    files.remove(TIERS);
    files.insert(LAYERS.to_owned(), String::new());
    expect![[r#"
        config/action-tiers.yml:1:1 the file is not there
        config/repository-layers.yml:1:1 there is no `layers`"#]]
    .assert_eq(&said(&files));
}

#[test]
fn a_refusal_says_what_to_do_next() {
    let mut files = well();
    files.insert(SPEC.to_owned(), "layer: one\n".to_owned());
    let errors = read_ruleset(&files).unwrap_err();
    expect![[r#"
        config/repos/atlas-spec.yml:1:8: error: layer: `one` stands where a whole number from 0 to 99 belongs
          help: correct the value"#]]
    .assert_eq(&errors[0].to_string());
}

#[test]
fn what_is_too_large_is_refused() {
    let with = |path: &str, text: String| {
        let mut files = well();
        files.insert(path.to_owned(), text);
        said(&files)
    };
    let many = (0..FILES_MAX).map(|number| (format!("config/{number}.yml"), String::new()));
    let mut files = well();
    files.extend(many);
    let said = [
        with(SPEC, " ".repeat(FILE_BYTES_MAX + 1)),
        with(SPEC, format!("a: {}{}", "[".repeat(40), "]".repeat(40))),
        with(SPEC, format!("a: [{}]", "x,".repeat(60_000))),
        with(
            SPEC,
            format!("auto_classification: {{patterns: [{}]}}", "'a',".repeat(600)),
        ),
        with(
            SPEC,
            format!("auto_classification: {{patterns: ['{}']}}", "a".repeat(300)),
        ),
        said(&files),
    ];
    expect![[r#"
        config/repos/atlas-spec.yml:1:1 the file has more than 1048576 bytes
        config/repos/atlas-spec.yml:1:37 not YAML: recursion limit exceeded
        config/repos/atlas-spec.yml:1:99999 there are more than 50000 values
        config/repos/atlas-spec.yml:1:2034 auto_classification.patterns[500]: `a` stands where a pattern of at most 256 characters with `*` and `**`, one of at most 500, belongs
        config/repos/atlas-spec.yml:1:34 auto_classification.patterns[0]: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…` stands where a pattern of at most 256 characters with `*` and `**`, one of at most 500, belongs
        config:1:1 there are more than 2000 files"#]].assert_eq(&said.join("\n"));
}

#[test]
fn the_three_notations_are_read() {
    let rules = super::rules(&well());
    let needed = requirement_of_tier(&rules, 0, rules.find_tier("1").unwrap()).unwrap();
    assert_eq!((needed.required, needed.total), (3, 5));
    assert_eq!(
        needed.keyholders,
        Some(Threshold {
            required: 2,
            total: 3
        })
    );
    let threshold = |required, total| Threshold { required, total };
    assert_eq!("6-of-7".parse(), Ok(threshold(6, 7)));
    let compound = |maintainers, keyholders| CompoundThreshold {
        maintainers,
        keyholders,
    };
    assert_eq!(
        "5-of-7+2-of-3".parse(),
        Ok(compound(threshold(5, 7), Some(threshold(2, 3))))
    );
    assert_eq!(" 5-of-7 ".parse(), Ok(compound(threshold(5, 7), None)));
    for bad in [
        "",
        "5",
        "5-of-",
        "-of-7",
        "+5-of-7",
        "5-of-7 +",
        "5-of-7 + 2-of-3 + 1-of-1",
        "5-Of-7",
        "１-of-7",
    ] {
        assert!(bad.parse::<CompoundThreshold>().is_err(), "{bad}");
        assert!(bad.parse::<Threshold>().is_err(), "{bad}");
    }
}

#[test]
fn keys_that_nobody_asks_for_are_passed_over() {
    let mut files = well();
    for text in files.values_mut() {
        text.push_str("\nnobody_asks:\n  for: [this, {or: 2026-01-01}]\n  75%: yes\n");
    }
    assert_eq!(check(&super::rules(&files), Mode::Enforce), []);
}

/// Pieces that rules are made of, put together in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "tiers",
        "layers",
        "signatures",
        "required",
        "layer_1_x",
        "tier_1_x",
        "review_period_days",
        ":",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "|\n",
        "&a ",
        "*a",
        "ä",
        "\t",
        "#",
        "---\n",
        "!x ",
        "3",
        "0",
        ", ",
        "4-of-5",
        "true",
        "\u{feff}",
        "\r\n",
        "? ",
        "~",
        "<<",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn can_be_gone_to(text: &str, error: &RulesetError) -> bool {
    let place = error.spot.place;
    let line = text.split('\n').nth(place.line - 1);
    line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&place.column))
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_place_within_it(text in prop_oneof![pieces(), "\\PC{0,200}"], file in 0_usize..16) {
        let mut files = well();
        let path = files.keys().nth(file).unwrap().clone();
        files.insert(path, text.clone());
        match read_ruleset(&files) {
            Ok(rules) => {
                for finding in check(&rules, Mode::Enforce) {
                    prop_assert!(finding.line <= files.get(&finding.file).map_or(1, |text| text.split('\n').count()));
                }
            }
            Err(errors) => {
                for error in &errors {
                    let text = files.get(&*error.spot.file).unwrap();
                    prop_assert!(can_be_gone_to(text, error), "{:?}: {}", text, error);
                }
            }
        }
    }
}
