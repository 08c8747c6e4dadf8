//! Rules of an organisation that exists, where they lie beside this repository.

use super::{files_of, rules};
use crate::{Change, Mode, Severity, check, requirement};
use std::collections::BTreeSet;
use std::path::Path;

/// A place and a piece of the message, for each contradiction that a person found by hand.
const NAMED: &[(&str, &str, &str)] = &[
    ("no-key-file", "config/repository-layers.yml", "layer 5"),
    (
        "pool-too-small",
        "config/action-tiers.yml",
        "Tier 3 (tier_3_consensus_adjacent) asks for 5 signatures, and layer 5 has 3 people",
    ),
    (
        "pool-too-small",
        "config/action-tiers.yml",
        "Tier 5 (tier_5_governance) asks for 5 signatures, and layer 5 has 3 people",
    ),
    (
        "pool-too-small",
        "config/action-tiers.yml",
        "security_critical asks for 7 signatures, and layer 3 has 5 people",
    ),
    (
        "pool-too-small",
        "config/action-tiers.yml",
        "cryptographic asks for 6 signatures, and layer 4 has 5 people",
    ),
    (
        "total-differs-from-pool",
        "config/action-tiers.yml",
        "security_enhancement asks for 5-of-7, and layer 3 has 5 people",
    ),
    (
        "total-differs-from-pool",
        "config/emergency-tiers.yml",
        "tier_1_critical asks for 4-of-7, and layer 3 has 5 people",
    ),
    (
        "pool-too-small",
        "config/emergency-tiers.yml",
        "tier_3_elevated asks for 6 signatures, and layer 4 has 5 people",
    ),
    (
        "pool-too-small",
        "config/emergency-tiers.yml",
        "tier_1_critical asks for 4 signatures, and layer 5 has 3 people",
    ),
    (
        "keyholders-differ",
        ".governance.yml",
        "2-of-3 has 3 keyholders in mind, and config/maintainers/emergency.yml names 7 keyholders",
    ),
    (
        "keyholders-differ",
        "config/governance-review-policy.yml",
        "4-of-5 has 5 keyholders in mind",
    ),
    (
        "meta-differs-from-tier",
        "config/action-tiers.yml",
        "5-of-5 and 180 days; .governance.yml says 5-of-7 and 90 days",
    ),
    (
        "days-overruled-by-layer",
        "config/action-tiers.yml",
        "Tier 4 says 0 days, and in layer 4 the layer's 60 days hold",
    ),
    (
        "repository-in-no-layer",
        "config/security-control-mapping.yml",
        "blvm-commons is named here and in no layer",
    ),
    (
        "repository-in-no-layer",
        "config/security-control-mapping.yml",
        "governance is named here and in no layer",
    ),
    (
        "no-repository-file",
        "config/repository-layers.yml",
        "blvm has no file of its own",
    ),
    (
        "ids-are-no-logins",
        "config/repository-layers.yml",
        "constitutional-maintainer-1",
    ),
    (
        "keys-differ-by-layer",
        "config/maintainers/layer-3.yml",
        "maintainer1 has other keys here",
    ),
    (
        "reference-format-differs",
        "config/version-manifest.yml",
        "`orange-paper@v{VERSION}` names orange-paper, which is in no layer; elsewhere it is `blvm-spec@v{VERSION}`",
    ),
    (
        "versions-expire",
        "config/version-manifest.yml",
        "30 days old, and the next one of blvm-spec takes 180 days",
    ),
    (
        "pattern-takes-workflows",
        "config/tier-classification-rules.yml",
        "`*.yml` takes every workflow file",
    ),
    (
        "control-below-tier",
        "config/security-control-mapping.yml",
        "control C-001 (P0) says 5-of-7 and 30 days; its tier security_critical says 7-of-7 and 180 days",
    ),
    ("test-key", "config/maintainers/layer-1-2.yml", "maintainer2"),
];

#[test]
fn each_contradiction_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/real/governance");
    if !root.join("config").is_dir() {
        eprintln!("not run: {} is not there", root.display());
        return;
    }
    let rules = rules(&files_of(&root));
    let findings = check(&rules, Mode::Enforce);
    let of = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    assert_eq!(
        [Severity::Error, Severity::Warning, Severity::Note].map(of),
        [48, 54, 12]
    );
    for (code, file, words) in NAMED {
        let named = findings.iter().any(|finding| {
            finding.code.as_str() == *code && finding.file == *file && finding.message.contains(words)
        });
        let all: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(named, "{code} {words}:\n{}", all.join("\n"));
    }
    let placeholders = findings
        .iter()
        .filter(|finding| finding.code.as_str() == "placeholder-key")
        .map(|finding| (&finding.file, finding.line));
    assert_eq!(placeholders.collect::<BTreeSet<_>>().len(), 7 + 5 + 5 + 5);
    let dry = check(&rules, Mode::DryRun);
    assert_eq!(dry.len(), findings.len());
    assert!(dry.iter().all(|finding| finding.severity != Severity::Error));
    let node = "blvm-node".parse().unwrap();
    let needed = requirement(&rules, &node, &Change::of_paths([".github/workflows/ci.yml"])).unwrap();
    assert_eq!((needed.required, needed.total, needed.review_days), (5, 5, 180));
    assert!(!needed.satisfiable);
}
