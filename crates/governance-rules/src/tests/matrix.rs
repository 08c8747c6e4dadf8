//! Every layer with every tier, cell by cell.

use super::rules;
use crate::{Ruleset, requirement, requirement_of_tier};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Number, required, total, days.
const LAYERS: &[(u32, u32, u32, u32)] = &[
    (1, 6, 7, 180),
    (2, 6, 7, 180),
    (3, 4, 5, 90),
    (4, 3, 5, 60),
    (5, 2, 3, 14),
];
const TIERS: &[(&str, u32, u32, u32)] = &[
    ("tier_1_routine", 3, 5, 7),
    ("tier_2_features", 4, 5, 30),
    ("tier_3_consensus_adjacent", 5, 5, 90),
    ("tier_4_emergency", 4, 5, 0),
    ("tier_5_governance", 5, 5, 180),
    ("security_critical", 7, 7, 180),
];

/// For each layer the cells of the tiers 1 to 5: required/total, days. Written down by hand.
const MATRIX: &[(u32, [&str; 5])] = &[
    (1, ["6/7,180", "6/7,180", "6/7,180", "6/7,180", "6/7,180"]),
    (2, ["6/7,180", "6/7,180", "6/7,180", "6/7,180", "6/7,180"]),
    (3, ["4/5,90", "4/5,90", "5/5,90", "4/5,90", "5/5,180"]),
    (4, ["3/5,60", "4/5,60", "5/5,90", "4/5,60", "5/5,180"]),
    (5, ["3/5,14", "4/5,30", "5/5,90", "4/5,14", "5/5,180"]),
];

fn of_the_matrix() -> Ruleset {
    let mut layers = "layers:\n".to_owned();
    for (number, required, total, days) in LAYERS {
        write!(
            layers,
            "  layer_{number}_x:\n    signatures: {{required: {required}, total: {total}}}\n    review_period_days: {days}\n"
        )
        .unwrap();
    }
    let mut tiers = "tiers:\n".to_owned();
    for (id, required, total, days) in TIERS {
        write!(
            tiers,
            "  {id}:\n    signatures: {{required: {required}, total: {total}}}\n    review_period_days: {days}\n"
        )
        .unwrap();
    }
    let meta = "layer: 0\nsignature_threshold: 5-of-7 + 2-of-3\nreview_period_days: 90\n";
    rules(&BTreeMap::from([
        ("config/action-tiers.yml".to_owned(), tiers),
        ("config/repository-layers.yml".to_owned(), layers),
        (".governance.yml".to_owned(), meta.to_owned()),
    ]))
}

fn cell(rules: &Ruleset, layer: u32, tier: &str) -> String {
    let id = rules.find_tier(tier).unwrap();
    let needed = requirement_of_tier(rules, layer, id).unwrap();
    format!("{}/{},{}", needed.required, needed.total, needed.review_days)
}

#[test]
fn every_cell_is_the_larger_of_each_number() {
    let rules = of_the_matrix();
    for (layer, cells) in MATRIX {
        for (tier, expected) in ["1", "2", "3", "4", "5"].iter().zip(cells) {
            assert_eq!(
                cell(&rules, *layer, tier),
                *expected,
                "layer {layer}, tier {tier}"
            );
        }
    }
    assert_eq!(cell(&rules, 5, "security_critical"), "7/7,180");
}

#[test]
fn the_layer_of_the_rules_wants_keyholders_as_well() {
    let rules = of_the_matrix();
    let needed = requirement_of_tier(&rules, 0, rules.find_tier("5").unwrap()).unwrap();
    assert_eq!((needed.required, needed.total, needed.review_days), (5, 7, 180));
    assert_eq!(needed.keyholders.unwrap().to_string(), "2-of-3");
    assert!(!needed.satisfiable && needed.pool == 0, "{:?}", needed.reasons);
}

#[test]
fn every_number_names_its_source() {
    let rules = of_the_matrix();
    let needed = requirement_of_tier(&rules, 5, rules.find_tier("tier_1_routine").unwrap()).unwrap();
    let of = |sources: &[crate::Source]| -> Vec<String> {
        sources
            .iter()
            .map(|source| {
                format!(
                    "{} {}:{}:{} {}",
                    source.rule, source.file, source.line, source.column, source.key
                )
            })
            .collect()
    };
    assert_eq!(
        of(&needed.sources.required),
        ["Tier 1 config/action-tiers.yml:3:28 tiers.tier_1_routine.signatures.required"]
    );
    assert_eq!(
        of(&needed.sources.review_days),
        ["Layer 5 config/repository-layers.yml:16:25 layers.layer_5_x.review_period_days"]
    );
}

/// Whoever lists the rules' own repository in a layer does not take its keyholders away, nor any number.
#[test]
fn a_layer_of_the_rules_that_is_listed_as_well_takes_nothing_away() {
    let mut files = super::well();
    let before = super::rules(&files);
    let needed = |rules: &Ruleset| requirement_of_tier(rules, 0, rules.find_tier("1").unwrap()).unwrap();
    let alone = needed(&before);
    let layers = files.get_mut("config/repository-layers.yml").unwrap();
    *layers = layers.replacen(
        "layers:\n",
        "layers:\n  layer_0_meta:\n    repositories: [rules]\n    signatures: {required: 1, total: 1}\n    review_period_days: 1\n",
        1,
    );
    let both = needed(&super::rules(&files));
    assert_eq!(both.keyholders, alone.keyholders);
    assert!(both.keyholders.is_some());
    assert_eq!(
        (both.required, both.total, both.review_days),
        (alone.required, alone.total, alone.review_days)
    );
}

/// A tier that may be overridden in an emergency is no cheap way where nobody says what is usual.
#[test]
fn a_claim_counts_beside_every_tier_where_no_usual_one_is_named() {
    let mut files = super::well();
    let path = "config/tier-classification-rules.yml";
    let text = files[path].split("fallback:").next().unwrap().to_owned();
    assert!(text.len() < files[path].len(), "it names a usual tier");
    files.insert(path.to_owned(), text);
    let rules = super::rules(&files);
    let repository = "atlas-kit".parse().unwrap();
    let of = |path: &str| requirement(&rules, &repository, &crate::Change::of_paths([path])).unwrap();
    let (claimed, unmatched) = (of("hotfix/x.rs"), of("no/tier/takes/this"));
    assert!(
        claimed.required >= unmatched.required && claimed.review_days >= unmatched.review_days,
        "{claimed:?} {unmatched:?}"
    );
}
