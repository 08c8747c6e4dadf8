//! One ailment at a time, on rules that are well.

use super::{rules, well};
use crate::{Mode, check};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

/// The findings after one edit: `severity code place message`.
pub(super) fn ails(path: &str, (from, to): (&str, &str), expected: Expect) {
    let mut files = well();
    let text = files.get(path).unwrap_or_else(|| panic!("{path}"));
    assert!(text.contains(from), "{from:?} is not in {path}");
    let text = text.replacen(from, to, 1);
    files.insert(path.to_owned(), text);
    expected.assert_eq(&found(&files));
}

pub(super) fn found(files: &BTreeMap<String, String>) -> String {
    let findings = check(&rules(files), Mode::Enforce);
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| {
            let (severity, code) = (finding.severity, finding.code.as_str());
            let (file, line, column) = (&finding.file, finding.line, finding.column);
            format!("{severity} {code} {file}:{line}:{column} {}", finding.message)
        })
        .collect();
    lines.join("\n")
}

const TIERS: &str = "config/action-tiers.yml";
const LAYERS: &str = "config/repository-layers.yml";
const CORE: &str = "config/maintainers/layer-0-1-2.yml";
const NODE: &str = "config/maintainers/layer-3.yml";
const OF_NODE: &str = "config/repos/atlas-node.yml";
const KEYHOLDERS: &str = "config/maintainers/emergency.yml";
const PATHS: &str = "config/tier-classification-rules.yml";
const EMERGENCIES: &str = "config/emergency-tiers.yml";
const CONTROLS: &str = "config/security-control-mapping.yml";
const VERSIONS: &str = "config/version-manifest.yml";
const CROSS: &str = "config/cross-layer-rules.yml";

/// The text between two pieces of a file.
fn between(path: &str, before: &str, after: &str) -> String {
    let text = &well()[path];
    let rest = text.split_once(before).unwrap().1;
    rest.split_once(after).unwrap().0.to_owned()
}

fn key_of(path: &str, login: &str) -> String {
    between(path, &format!("{login}\n    public_key: "), "\n")
}

#[test]
fn nothing_is_wrong_with_rules_that_are_well() {
    assert_eq!(found(&well()), "");
}

#[test]
fn a_key_is_none() {
    let (finn, ivy) = (key_of(NODE, "atlas-finn"), key_of(KEYHOLDERS, "atlas-ivy"));
    ails(
        NODE,
        (&finn, "0x03[PLACEHOLDER_64_CHAR_HEX]"),
        expect![
            "error placeholder-key config/maintainers/layer-3.yml:12:17 the key of atlas-finn is a placeholder"
        ],
    );
    ails(
        NODE,
        (
            &finn,
            "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        ),
        expect![
            "error test-key config/maintainers/layer-3.yml:12:17 the secret of this key of atlas-finn is known to everybody"
        ],
    );
    ails(
        NODE,
        (&finn, &finn[..64]),
        expect![
            "error bad-key config/maintainers/layer-3.yml:12:17 what stands for the key of atlas-finn cannot be one: expected 66 hexadecimal digits that begin with 02 or 03, a point of secp256k1"
        ],
    );
    ails(
        NODE,
        (&finn, &format!("{finn}\n    note: TEST KEY")),
        expect![
            "error test-key config/maintainers/layer-3.yml:12:17 the note of atlas-finn calls this a key for tests"
        ],
    );
    ails(
        NODE,
        (&format!("    public_key: {finn}\n"), ""),
        expect!["error no-key config/maintainers/layer-3.yml:11:5 atlas-finn has no key, and so cannot sign"],
    );
    ails(
        KEYHOLDERS,
        (&ivy, "0x04[PLACEHOLDER_64_CHAR_HEX]"),
        expect![[r#"
        error pool-too-small config/governance-review-policy.yml:3:14 3-of-3 keyholders must sign; 3 are listed, and 2 of them can
        error placeholder-key config/maintainers/emergency.yml:4:17 the key of atlas-ivy is a placeholder"#]],
    );
}

#[test]
fn one_key_is_one_persons_in_whatever_way_it_is_written() {
    let (finn, gus) = (key_of(NODE, "atlas-finn"), key_of(NODE, "atlas-gus"));
    let x = finn[2..].to_uppercase();
    ails(
        NODE,
        (&gus, &finn),
        expect![[r#"
        error shared-key config/maintainers/layer-3.yml:12:17 one key for several people (atlas-finn, atlas-gus) is nobody's
        error shared-key config/maintainers/layer-3.yml:16:17 one key for several people (atlas-finn, atlas-gus) is nobody's"#]],
    );
    ails(
        NODE,
        (&gus, &format!("0x02{x}")),
        expect![[r#"
        error shared-key config/maintainers/layer-3.yml:12:17 one key for several people (atlas-finn, atlas-gus) is nobody's
        error shared-key config/maintainers/layer-3.yml:16:17 one key for several people (atlas-finn, atlas-gus) is nobody's"#]],
    );
    let bip340 = format!("{gus}\n    keys: [{{scheme: bip340, key: {x}}}]");
    ails(
        NODE,
        (&gus, &bip340),
        expect![[r#"
        error shared-key config/maintainers/layer-3.yml:12:17 one key for several people (atlas-finn, atlas-gus) is nobody's
        error shared-key config/maintainers/layer-3.yml:17:34 one key for several people (atlas-finn, atlas-gus) is nobody's"#]],
    );
}

#[test]
fn people_are_listed_twice_or_left() {
    ails(
        NODE,
        ("atlas-gus", "Atlas-Finn"),
        expect![[r#"
        warning total-differs-from-pool config/action-tiers.yml:5:38 Tier 1 (tier_1_routine) asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:10:38 Tier 2 (tier_2_feature) asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:16:14 Tier 3 (tier_3_consensus) asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:21:38 Tier 4 (tier_4_emergency) asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:26:38 Tier 5 (tier_5_governance) asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:31:38 security_critical asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:35:38 cryptographic asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:39:38 security_enhancement asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/emergency-tiers.yml:11:28 the emergency tier_2_urgent asks for 4-of-5, and layer 3 has 4 people
        error person-twice config/maintainers/layer-3.yml:15:13 atlas-finn is listed twice
        warning total-differs-from-pool config/repos/atlas-node.yml:2:22 atlas-node asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/repository-layers.yml:20:38 layer 3 asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/security-control-mapping.yml:8:26 control K-1 asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/security-control-mapping.yml:24:26 control I-1 asks for 3-of-5, and layer 3 has 4 people"#]],
    );
    ails(
        NODE,
        ("status: active", "status: retired"),
        expect![[r#"
        warning total-differs-from-pool config/action-tiers.yml:5:38 Tier 1 (tier_1_routine) asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:10:38 Tier 2 (tier_2_feature) asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:16:14 Tier 3 (tier_3_consensus) asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:21:38 Tier 4 (tier_4_emergency) asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:26:38 Tier 5 (tier_5_governance) asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:31:38 security_critical asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:35:38 cryptographic asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/action-tiers.yml:39:38 security_enhancement asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 3-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/emergency-tiers.yml:11:28 the emergency tier_2_urgent asks for 4-of-5, and layer 3 has 4 people
        note person-inactive config/maintainers/layer-3.yml:3:13 atlas-ada is not active, and does not count
        warning total-differs-from-pool config/repos/atlas-node.yml:2:22 atlas-node asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/repository-layers.yml:20:38 layer 3 asks for 2-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/security-control-mapping.yml:8:26 control K-1 asks for 4-of-5, and layer 3 has 4 people
        warning total-differs-from-pool config/security-control-mapping.yml:24:26 control I-1 asks for 3-of-5, and layer 3 has 4 people"#]],
    );
    let ada = key_of(NODE, "atlas-ada");
    ails(
        NODE,
        (&ada, &key_of(KEYHOLDERS, "atlas-ivy").replace("02", "03")),
        expect![[r#"
            error pool-too-small config/governance-review-policy.yml:3:14 3-of-3 keyholders must sign; 3 are listed, and 2 of them can
            error shared-key config/maintainers/emergency.yml:4:17 one key for several people (atlas-ada, atlas-ivy) is nobody's
            error shared-key config/maintainers/layer-3.yml:4:17 one key for several people (atlas-ada, atlas-ivy) is nobody's
            warning keys-differ-by-layer config/maintainers/layer-3.yml:4:17 atlas-ada has other keys here than in config/maintainers/layer-0-1-2.yml:3:5"#]],
    );
}

#[test]
fn more_must_sign_than_there_are() {
    ails(
        TIERS,
        ("required: 4\n      total: 5", "required: 6\n      total: 7"),
        expect![[r#"
            error pool-too-small config/action-tiers.yml:15:17 Tier 3 (tier_3_consensus) asks for 6 signatures, and layer 1 has 5 people
            error pool-too-small config/action-tiers.yml:15:17 Tier 3 (tier_3_consensus) asks for 6 signatures, and layer 2 has 5 people
            error pool-too-small config/action-tiers.yml:15:17 Tier 3 (tier_3_consensus) asks for 6 signatures, and layer 3 has 5 people"#]],
    );
    ails(
        TIERS,
        ("required: 4\n      total: 5", "required: 5\n      total: 6"),
        expect![[r#"
            warning total-differs-from-pool config/action-tiers.yml:16:14 Tier 3 (tier_3_consensus) asks for 5-of-6, and layer 1 has 5 people
            warning total-differs-from-pool config/action-tiers.yml:16:14 Tier 3 (tier_3_consensus) asks for 5-of-6, and layer 2 has 5 people
            warning total-differs-from-pool config/action-tiers.yml:16:14 Tier 3 (tier_3_consensus) asks for 5-of-6, and layer 3 has 5 people"#]],
    );
    ails(
        LAYERS,
        ("required: 2, total: 5", "required: 2, total: 3"),
        expect![[r#"
            warning layer-disagrees config/repos/atlas-node.yml:2:22 atlas-node says 2-of-5 here, and layer 3 says 2-of-3
            warning total-differs-from-pool config/repository-layers.yml:20:38 layer 3 says 2-of-3, and 5 people are listed for it"#]],
    );
    ails(
        TIERS,
        ("required: 2, total: 5", "required: 0, total: 5"),
        expect!["error threshold-impossible config/action-tiers.yml:5:28 0-of-5: nobody must sign"],
    );
    ails(
        TIERS,
        ("required: 2, total: 5", "required: 5, total: 4"),
        expect![
            "error threshold-impossible config/action-tiers.yml:5:28 5-of-4: more must sign than there are"
        ],
    );
}

#[test]
fn more_must_sign_than_there_are_for_what_is_not_everyday() {
    ails(
        EMERGENCIES,
        ("3-of-5", "6-of-7"),
        expect![[r#"
        error pool-too-small config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 6 signatures, and layer 1 has 5 people
        error pool-too-small config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 6 signatures, and layer 2 has 5 people
        error pool-too-small config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 6 signatures, and layer 3 has 5 people"#]],
    );
    ails(
        EMERGENCIES,
        ("3-of-3", "4-of-7"),
        expect![
            "error pool-too-small config/emergency-tiers.yml:14:101 4-of-7 keyholders must sign, and there are 3"
        ],
    );
    ails(
        CONTROLS,
        ("4-of-5", "6-of-6"),
        expect![[r#"
        error pool-too-small config/security-control-mapping.yml:8:26 control K-1 asks for 6 signatures, and layer 2 has 5 people
        error pool-too-small config/security-control-mapping.yml:8:26 control K-1 asks for 6 signatures, and layer 3 has 5 people"#]],
    );
    ails(
        "config/repos/atlas-spec.yml",
        ("5-of-5", "6-of-7"),
        expect![
            "error pool-too-small config/repos/atlas-spec.yml:13:27 consensus in atlas-spec asks for 6 signatures, and layer 1 has 5 people"
        ],
    );
    ails(
        LAYERS,
        ("layer_3_application", "layer_4_application"),
        expect![[r#"
            warning total-differs-from-pool config/action-tiers.yml:5:38 Tier 1 (tier_1_routine) asks for 2-of-5, and layer 4 has 2 people
            warning total-differs-from-pool config/action-tiers.yml:10:38 Tier 2 (tier_2_feature) asks for 2-of-5, and layer 4 has 2 people
            error pool-too-small config/action-tiers.yml:15:17 Tier 3 (tier_3_consensus) asks for 4 signatures, and layer 4 has 2 people
            error pool-too-small config/action-tiers.yml:21:28 Tier 4 (tier_4_emergency) asks for 3 signatures, and layer 4 has 2 people
            error pool-too-small config/action-tiers.yml:26:28 Tier 5 (tier_5_governance) asks for 3 signatures, and layer 4 has 2 people
            error pool-too-small config/action-tiers.yml:31:28 security_critical asks for 4 signatures, and layer 4 has 2 people
            error pool-too-small config/action-tiers.yml:35:28 cryptographic asks for 4 signatures, and layer 4 has 2 people
            error pool-too-small config/action-tiers.yml:39:28 security_enhancement asks for 3 signatures, and layer 4 has 2 people
            error pool-too-small config/emergency-tiers.yml:5:64 the emergency tier_1_critical asks for 3 signatures, and layer 4 has 2 people
            error pool-too-small config/emergency-tiers.yml:11:28 the emergency tier_2_urgent asks for 4 signatures, and layer 4 has 2 people
            error unknown-layer config/repos/atlas-kit.yml:1:8 atlas-kit says layer 3 here, and there is no such layer
            error unknown-layer config/repos/atlas-node.yml:1:8 atlas-node says layer 3 here, and there is no such layer
            warning total-differs-from-pool config/repos/atlas-node.yml:2:22 atlas-node asks for 2-of-5, and layer 4 has 2 people
            error no-key-file config/repository-layers.yml:15:3 no file says who maintains layer 4: nobody can sign there
            warning total-differs-from-pool config/repository-layers.yml:20:38 layer 4 asks for 2-of-5, and layer 4 has 2 people
            warning ids-are-no-logins config/repository-layers.yml:22:19 layer 4 lists 2 ids that are no login of its maintainers: atlas-ada, atlas-finn
            error pool-too-small config/security-control-mapping.yml:8:26 control K-1 asks for 4 signatures, and layer 4 has 2 people
            error pool-too-small config/security-control-mapping.yml:24:26 control I-1 asks for 3 signatures, and layer 4 has 2 people"#]],
    );
}

#[test]
fn files_about_keyholders_and_rules_contradict_each_other() {
    ails(
        ".governance.yml",
        ("2-of-3", "1-of-2"),
        expect![
            "warning keyholders-differ .governance.yml:5:22 1-of-2 has 2 keyholders in mind, and config/maintainers/emergency.yml names 3 keyholders"
        ],
    );
    ails(
        ".governance.yml",
        ("2-of-3", "4-of-4"),
        expect!["error pool-too-small .governance.yml:5:22 4-of-4 keyholders must sign, and there are 3"],
    );
    ails(
        ".governance.yml",
        ("review_period_days: 30", "review_period_days: 20"),
        expect![
            "warning meta-differs-from-tier config/action-tiers.yml:27:25 Tier 5 takes the rules' own files (.governance.yml among them) and says 3-of-5 and 30 days; .governance.yml says 3-of-5 and 20 days for them"
        ],
    );
    ails(
        "config/governance-review-policy.yml",
        ("3-of-3", "2-of-4"),
        expect![
            "warning keyholders-differ config/governance-review-policy.yml:3:14 2-of-4 has 4 keyholders in mind, and config/maintainers/emergency.yml names 3 keyholders"
        ],
    );
    ails(
        TIERS,
        ("max_duration_days: 7", "max_duration_days: 8"),
        expect![
            "warning emergency-copies-differ config/action-tiers.yml:43:102 critical, days at most: 8 here, and 7 in config/emergency-tiers.yml:5:91, which holds"
        ],
    );
}

#[test]
fn layers_and_repositories_contradict_each_other() {
    ails(
        "config/repos/atlas-node.yml",
        ("layer: 3", "layer: 2"),
        expect![
            "warning layer-disagrees config/repos/atlas-node.yml:1:8 atlas-node says layer 2 here, and layer 3 lists it"
        ],
    );
    ails(
        "config/repos/atlas-node.yml",
        ("2-of-5", "1-of-5"),
        expect![
            "warning layer-disagrees config/repos/atlas-node.yml:2:22 atlas-node says 1-of-5 here, and layer 3 says 2-of-5"
        ],
    );
    ails(
        "config/repos/atlas-node.yml",
        ("review_period_days: 14", "review_period_days: 7"),
        expect![
            "warning layer-disagrees config/repos/atlas-node.yml:3:21 atlas-node says 7 days here, and layer 3 says 14 days"
        ],
    );
    ails(
        LAYERS,
        ("[atlas-engine]", "[atlas-engine, atlas-kit, atlas-new]"),
        expect![[r#"
            warning layer-disagrees config/repos/atlas-kit.yml:1:8 atlas-kit says layer 3 here, and layer 2 lists it
            warning no-repository-file config/repository-layers.yml:11:45 atlas-new has no file of its own, so only its layer speaks for it
            error repository-in-two-layers config/repository-layers.yml:19:9 atlas-kit is in layer 2 as well"#]],
    );
    ails(
        LAYERS,
        ("[atlas-ada, atlas-finn]", "[app-maintainer-1, Atlas-Finn]"),
        expect![
            "warning ids-are-no-logins config/repository-layers.yml:22:19 layer 3 lists 1 id that is no login of its maintainers: app-maintainer-1"
        ],
    );
    ails(
        "config/repos/atlas-node.yml",
        ("[atlas-engine]", "[atlas-gone]"),
        expect![
            "warning repository-in-no-layer config/repos/atlas-node.yml:4:16 atlas-gone is named here and in no layer: its changes have no rules"
        ],
    );
    ails(
        TIERS,
        (
            "review_period_days: 60\n    emergency_override",
            "review_period_days: 1\n    emergency_override",
        ),
        expect![[r#"
            warning days-overruled-by-layer config/action-tiers.yml:22:25 Tier 4 says 1 day, and in layer 1 the layer's 60 days hold
            warning days-overruled-by-layer config/action-tiers.yml:22:25 Tier 4 says 1 day, and in layer 2 the layer's 60 days hold
            warning days-overruled-by-layer config/action-tiers.yml:22:25 Tier 4 says 1 day, and in layer 3 the layer's 14 days hold"#]],
    );
}

#[test]
fn nobody_asks_for_what_is_written_down() {
    ails(
        CROSS,
        ("references_latest_version", "references_newest"),
        expect![
            "error unknown-validation config/cross-layer-rules.yml:14:17 `references_newest` is no check between repositories"
        ],
    );
    ails(
        OF_NODE,
        (
            "dependencies: [atlas-engine]",
            "dependencies: [atlas-engine]\nvalidation_requirements:\n  - no_consensus_impact: true\n  - must_import: true\n",
        ),
        expect![[r#"
            warning requirement-not-used config/repos/atlas-node.yml:6:5 `no_consensus_impact` decides nothing here
            warning requirement-not-used config/repos/atlas-node.yml:7:5 `must_import` decides nothing here"#]],
    );
}

#[test]
fn paths_and_tiers_do_not_fit() {
    ails(
        PATHS,
        ("tier_2_feature:", "tier_6_feature:"),
        expect![
            "error unknown-tier config/tier-classification-rules.yml:6:3 tier_6_feature is no tier of config/action-tiers.yml"
        ],
    );
    ails(
        PATHS,
        ("default_tier: 2", "default_tier: 7"),
        expect![
            "error unknown-tier config/tier-classification-rules.yml:15:17 tier 7 is no tier of config/action-tiers.yml"
        ],
    );
    ails(
        PATHS,
        (".governance.yml\", ", ".governance.yml\", \"*.yml\", "),
        expect![
            "warning pattern-takes-workflows config/tier-classification-rules.yml:13:40 `*.yml` takes every workflow file below .github/workflows: each of its changes is Tier 5, 30 days"
        ],
    );
    ails(
        PATHS,
        (
            "    file_patterns: [\"rpc",
            "    keywords: [rpc]\n    file_patterns: [\"rpc",
        ),
        expect![
            "note scoring-not-used config/tier-classification-rules.yml:7:15 `keywords` decides nothing: tiers follow from paths, and a title can only raise them"
        ],
    );
    ails(
        CONTROLS,
        ("review_period_days: 45", "review_period_days: 29"),
        expect![
            "warning control-below-tier config/security-control-mapping.yml:16:26 control K-2 (P1) says 4-of-5 and 29 days; its tier cryptographic says 4-of-5 and 30 days"
        ],
    );
    ails(
        TIERS,
        ("  cryptographic:", "  cryptography:"),
        expect![
            "error unknown-tier config/security-control-mapping.yml:11:9 cryptographic is no tier of config/action-tiers.yml"
        ],
    );
}

#[test]
fn references_and_ages_of_versions_do_not_fit() {
    ails(
        VERSIONS,
        (
            "reference_format: \"atlas-spec@",
            "reference_format: \"atlas-paper@",
        ),
        expect![
            "warning reference-format-differs config/version-manifest.yml:5:30 `atlas-paper@v{VERSION}` names atlas-paper, which is in no layer; elsewhere it is `atlas-spec@v{VERSION}` (config/cross-layer-rules.yml:15:32)"
        ],
    );
    ails(
        CROSS,
        ("atlas-spec@", "atlas-engine@"),
        expect![
            "warning reference-format-differs config/cross-layer-rules.yml:15:32 `atlas-engine@v{VERSION}` is no reference to atlas-spec"
        ],
    );
    ails(
        VERSIONS,
        ("365", "30"),
        expect![
            "warning versions-expire config/version-manifest.yml:6:25 a version may be 30 days old, and the next one of atlas-spec takes 60 days of review (layer 1): every version expires"
        ],
    );
}

#[test]
fn nobody_is_named_for_the_rules_themselves() {
    let mut files = well();
    let people = files.remove(CORE).unwrap();
    files.insert("config/maintainers/layer-1-2.yml".to_owned(), people);
    expect!["note rules-of-first-layer .governance.yml:3:8 no file is for layer 0, that of the rules: the maintainers of layer 1 change them"].assert_eq(&found(&files));
}

#[test]
fn files_are_missing_or_not_read() {
    let mut files = well();
    files.remove(EMERGENCIES);
    files.remove(CORE);
    files.insert("config/repos/atlas-kit.yaml".to_owned(), "layer: 3\n".to_owned());
    files.insert("config/test-vectors.yml".to_owned(), "not: read\n".to_owned());
    expect![[r#"
        note rules-of-first-layer .governance.yml:3:8 no file is for layer 0, that of the rules: the maintainers of layer 3 change them
        warning missing-file config/emergency-tiers.yml:1:1 the file is not there: no emergency can be activated
        note file-not-read config/repos/atlas-kit.yaml:1:1 `config/repos/atlas-kit.yaml` is none of the files that rules are read from
        error no-key-file config/repository-layers.yml:3:3 no file says who maintains layer 1: nobody can sign there
        error no-key-file config/repository-layers.yml:9:3 no file says who maintains layer 2: nobody can sign there"#]].assert_eq(&found(&files));
}
