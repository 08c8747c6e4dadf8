//! Which files fall into which tier, on the rules of the fixture.

use super::{rules, well};
use crate::{Change, ChangedPath, Ruleset, classify, requirement};

fn tiers(repository: &str, change: &Change) -> String {
    tiers_by(&rules(&well()), repository, change)
}

fn tiers_by(rules: &Ruleset, repository: &str, change: &Change) -> String {
    let found = classify(rules, &repository.parse().unwrap(), change);
    let mut said: Vec<String> = found
        .tiers
        .keys()
        .map(|tier| {
            tier.number()
                .map_or_else(|| tier.as_str().to_owned(), |number| number.to_string())
        })
        .collect();
    said.extend(found.control_ids().map(str::to_owned));
    said.extend(found.touches_consensus().then(|| "consensus".to_owned()));
    said.join(" ")
}

#[test]
fn every_tier_that_any_file_hits_counts() {
    for (repository, paths, expected) in [
        ("atlas-kit", &["docs/a.md"][..], "1"),
        ("atlas-kit", &["README.md", "deep/er/NOTES.md"], "1"),
        ("atlas-kit", &["src/a.rs"], "2"),
        ("atlas-kit", &["docs/a.md", "src/a.rs"], "1 2"),
        (
            "atlas-kit",
            &["docs/a.md", "consensus/a.rs", "config/x.toml"],
            "1 3 5",
        ),
        ("atlas-kit", &["consensus/a.md"], "3"),
        ("atlas-kit", &["hotfix/now.rs"], "4"),
        ("atlas-kit", &["docs"], "2"),
        ("Atlas-Engine", &["src/keys/a.rs"], "security_critical 2 K-1"),
        ("atlas-kit", &["Docs/a.txt"], "2"),
        ("atlas-kit", &[], "2"),
        ("atlas-spec", &["rules/a.txt"], "2 3 consensus"),
        ("atlas-spec", &["docs/a.md"], "1"),
        ("atlas-spec", &["other.txt"], "2 3"),
        ("atlas-engine", &["src/block.rs"], "2 consensus"),
        ("atlas-engine", &["src/script/op/a.rs"], "2 consensus"),
        ("atlas-engine", &["src/blocks.rs"], "2"),
        ("atlas-engine", &["src/keys/a.rs"], "security_critical 2 K-1"),
        ("atlas-engine", &["src/hash/a.rs"], "cryptographic 2 K-2"),
        ("atlas-engine", &["src/hash/deep/a.rs"], "2"),
        (
            "atlas-node",
            &["src/rpc/a.rs", "src/wallet.rs"],
            "security_critical security_enhancement 2 K-1 I-1",
        ),
        ("atlas-kit", &["src/wallet.rs"], "2"),
    ] {
        assert_eq!(
            tiers(repository, &Change::of_paths(paths.iter().copied())),
            expected,
            "{repository} {paths:?}"
        );
    }
}

/// The tiers of a path after one edit of the rules.
fn tiers_after(path: &str, (from, to): (&str, &str), (repository, changed): (&str, &str)) -> String {
    let mut files = well();
    let text = files[path].replacen(from, to, 1);
    assert_ne!(text, files[path], "{from:?} is not in {path}");
    files.insert(path.to_owned(), text);
    tiers_by(&rules(&files), repository, &Change::of_paths([changed]))
}

#[test]
fn a_name_that_may_be_that_of_a_folder_takes_what_is_below() {
    for (pattern, path, expected) in [
        ("consensus/", "consensus/a.rs", "3"),
        ("consensus/", "src/consensus/a/b.rs", "3"),
        ("consensus/", "consensus", "3"),
        ("consensus", "consensus", "3"),
        ("consensus", "src/consensus", "3"),
        ("consensus", "consensus/a.rs", "3"),
        ("consensus", "src/consensus/a/b.rs", "3"),
        ("consensus", "consensus.rs", "2"),
        ("src/consensus", "src/consensus", "3"),
        ("src/consensus", "src/consensus/a.rs", "3"),
        ("src/consensus", "x/src/consensus/a.rs", "2"),
        ("src/consensus/", "src/consensus/a.rs", "3"),
        ("./consensus", "src/consensus/a.rs", "3"),
        ("/consensus", "consensus/a.rs", "3"),
        ("/consensus/", "consensus/a.rs", "3"),
        ("/consensus", "src/consensus/a.rs", "2"),
        ("**/consensus", "src/consensus/a.rs", "3"),
        ("consensus*", "consensus-rules/a.rs", "3"),
        ("*.rules", "a.rules/b.rs", "3"),
        ("src/*", "src/a.rs", "3"),
        ("src/*", "src/a/b.rs", "2"),
        ("src/**", "src", "2"),
    ] {
        let edit = ("\"consensus/**\", \"validation/**\"", format!("\"{pattern}\""));
        let path_of_rules = "config/tier-classification-rules.yml";
        let said = tiers_after(path_of_rules, (edit.0, &edit.1), ("atlas-kit", path));
        assert_eq!(said, expected, "{pattern} {path}");
    }
    let critical = ("\"src/block.rs\"", "\"src/mine\"");
    let repository = "config/repos/atlas-engine.yml";
    let said = tiers_after(repository, critical, ("atlas-engine", "src/mine/a.rs"));
    assert_eq!(said, "2 consensus");
    let control = ("atlas-engine/src/keys/**", "atlas-engine/keys");
    let controls = "config/security-control-mapping.yml";
    let said = tiers_after(controls, control, ("atlas-engine", "src/keys/a.rs"));
    assert_eq!(said, "security_critical 2 K-1");
}

/// What may be excluded or not counts as both: its tier, and that of files that no tier takes.
#[test]
fn an_exclusion_that_can_be_read_in_two_ways_lowers_nothing() {
    for (excluded, path, expected) in [
        ("docs/guide", "docs/guide", "2"),
        ("docs/guide", "docs/guide/a.txt", "1 2"),
        ("docs/guide/", "docs/guide/a.txt", "2"),
        ("guide/", "docs/guide/a.txt", "1 2"),
        ("guide", "docs/guide/a.txt", "1 2"),
        ("guide", "docs/a/guide", "2"),
    ] {
        let edit = ("[\"consensus/**\"]", format!("[\"{excluded}\"]"));
        let path_of_rules = "config/tier-classification-rules.yml";
        let said = tiers_after(path_of_rules, (edit.0, &edit.1), ("atlas-kit", path));
        assert_eq!(said, expected, "{excluded} {path}");
    }
}

#[test]
fn a_path_from_the_root_is_the_same_path() {
    for path in ["consensus/a.rs", "./consensus/a.rs", "/consensus/a.rs"] {
        assert_eq!(tiers("atlas-kit", &Change::of_paths([path])), "3", "{path}");
    }
}

#[test]
fn a_change_of_thousands_of_files_has_few_reasons() {
    let paths = (0..3000).map(|number| format!("src/{number}.rs"));
    let mut files = well();
    let path = "config/tier-classification-rules.yml";
    let text = files[path].replace("fallback:", "no_fallback:");
    files.insert(path.to_owned(), text);
    let rules = rules(&files);
    let found = classify(&rules, &"atlas-kit".parse().unwrap(), &Change::of_paths(paths));
    assert_eq!(found.tiers.len(), 8);
    assert!(found.tiers.values().all(|reasons| reasons.len() == 20));
}

#[test]
fn the_name_that_a_file_had_counts_as_well() {
    let moved = Change {
        paths: vec![ChangedPath {
            path: "docs/a.md".to_owned(),
            previous: Some("consensus/a.rs".to_owned()),
        }],
        ..Change::default()
    };
    assert_eq!(tiers("atlas-kit", &moved), "1 3");
}

#[test]
fn words_can_only_raise() {
    let with = |title: &str, body: &str, labels: &[&str]| {
        let change = Change {
            title: title.to_owned(),
            body: body.to_owned(),
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            ..Change::of_paths(["consensus/a.rs"])
        };
        tiers("atlas-kit", &change)
    };
    assert_eq!(with("fix typo in documentation", "", &[]), "3");
    assert_eq!(with("[Governance] x", "", &[]), "3 5");
    assert_eq!(with("", "see [consensus]", &[]), "3");
    assert_eq!(with("[EMERGENCY-TIER-1] x", "", &[]), "3 4");
    assert_eq!(
        with(
            "",
            "",
            &["tier-1", "tier_2_feature", "Governance", "tier 9", "bug"]
        ),
        "1 2 3 5"
    );
}

#[test]
fn more_files_than_listed_are_files_of_every_tier() {
    let change = Change {
        more_than_listed: true,
        ..Change::of_paths(["docs/a.md"])
    };
    assert_eq!(
        tiers("atlas-engine", &change),
        "cryptographic security_critical security_enhancement 1 2 3 4 5 K-1 K-2 consensus"
    );
}

fn needed(repository: &str, change: &Change) -> String {
    let needed = requirement(&rules(&well()), &repository.parse().unwrap(), change).unwrap();
    assert!(needed.satisfiable, "{:?}", needed.reasons);
    format!("{}/{},{}", needed.required, needed.total, needed.review_days)
}

#[test]
fn the_numbers_follow_from_everything_that_is_hit() {
    for (repository, path, expected) in [
        ("atlas-kit", "docs/a.md", "2/5,14"),
        ("atlas-kit", "consensus/a.rs", "4/5,30"),
        ("atlas-spec", "docs/a.md", "4/5,60"),
        ("atlas-spec", "rules/a.txt", "5/5,120"),
        ("atlas-engine", "src/block.rs", "5/5,120"),
        ("atlas-node", "src/wallet.rs", "4/5,60"),
        ("atlas-node", "hotfix/a.rs", "3/5,60"),
    ] {
        assert_eq!(
            needed(repository, &Change::of_paths([path])),
            expected,
            "{repository} {path}"
        );
    }
}

#[test]
fn an_emergency_shortens_what_its_tier_allows_and_never_consensus() {
    let with = |repository: &str, paths: &[&str], emergency: &str| {
        let change = Change {
            emergency: Some(emergency.parse().unwrap()),
            ..Change::of_paths(paths.iter().copied())
        };
        needed(repository, &change)
    };
    assert_eq!(with("atlas-node", &["hotfix/a.rs"], "tier_1_critical"), "3/5,0");
    assert_eq!(with("atlas-node", &["hotfix/a.rs"], "tier_2_urgent"), "4/5,5");
    assert_eq!(with("atlas-node", &["hotfix/a.rs"], "tier_9_unknown"), "3/5,60");
    assert_eq!(with("atlas-node", &["docs/a.md"], "tier_1_critical"), "2/5,14");
    assert_eq!(
        with(
            "atlas-engine",
            &["hotfix/a.rs", "src/block.rs"],
            "tier_1_critical"
        ),
        "5/5,120"
    );
}

#[test]
fn every_reason_is_said_with_its_place() {
    let needed = requirement(
        &rules(&well()),
        &"atlas-node".parse().unwrap(),
        &Change::of_paths(["src/wallet.rs", "docs/a.md", "docs/b.md"]),
    )
    .unwrap();
    expect_test::expect![[r#"
        security_critical: control K-1: src/wallet.rs matches `src/wallet.rs` (config/security-control-mapping.yml:7:41)
        Tier 1: docs/a.md matches `docs/**` (config/tier-classification-rules.yml:4:21)
        Tier 2: src/wallet.rs matches no pattern of any tier (config/tier-classification-rules.yml:15:17)
        Control K-1: src/wallet.rs matches `src/wallet.rs` (config/security-control-mapping.yml:7:41)"#]]
    .assert_eq(&needed.reasons.join("\n"));
}
