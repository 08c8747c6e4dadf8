//! Which version of another repository the files of a change refer to.

use super::verdict::facts;
use super::{rules, well};
use crate::{Change, FileReference, PullRequestFacts, References, Verdict, evaluate, wanted};
use expect_test::expect;

const CROSS: &str = "config/cross-layer-rules.yml";
const NODE: &str = "config/repos/atlas-node.yml";
/// What a rule between the two says, as far as it is always the same.
const RULE: &str =
    "name: spec, source_repo: atlas-node, target_repo: atlas-spec, validation: references_latest_version";

/// The verdict where this is the only rule between repositories.
fn judged(rule: &str, facts: &PullRequestFacts) -> Verdict {
    let mut files = well();
    files.insert(CROSS.to_owned(), format!("rules: [{{{rule}}}]\n"));
    evaluate(&rules(&files), facts)
}

/// What is said of references: the outcome and the reason of each part, without its place.
fn told(verdict: &Verdict) -> String {
    let ruling = verdict.rulings.iter().find(|ruling| ruling.rule == "references");
    let parts = ruling.iter().flat_map(|ruling| &ruling.parts);
    let lines: Vec<String> = parts
        .map(|part| format!("{}: {}", part.outcome.as_str(), part.because))
        .collect();
    lines.join("\n")
}

fn found(references: &[(&str, &str)]) -> References {
    let found = references.iter().map(|(path, version)| FileReference {
        path: (*path).to_owned(),
        version: (*version).to_owned(),
    });
    References {
        repository: "Atlas-Spec".parse().unwrap(),
        format: "atlas-spec@v{VERSION}".to_owned(),
        latest: Some("1.2.0".to_owned()),
        found: found.collect(),
        is_unseen: false,
        unread: Vec::new(),
        beyond: 0,
    }
}

fn with(references: References) -> PullRequestFacts {
    PullRequestFacts {
        change: Change::of_paths(["wallet/src/a.rs", "wallet/b.rs"]),
        references: vec![references],
        ..facts()
    }
}

fn unread(mut references: References) -> References {
    references.unread = vec!["wallet/b.rs".to_owned()];
    references
}

fn without_version(mut references: References) -> References {
    references.latest = None;
    references
}

#[test]
fn the_latest_version_is_referred_to_and_no_other() {
    let latest = ("wallet/src/a.rs", "1.2.0");
    let (old, rc) = (("wallet/b.rs", "1.1.0"), ("wallet/b.rs", "1.3.0-rc.1"));
    let rows = [
        (
            found(&[latest]),
            "success: spec: wallet/src/a.rs refers to atlas-spec@v1.2.0",
        ),
        (
            found(&[("Cargo.toml", "1.2.0")]),
            "success: spec: Cargo.toml refers to atlas-spec@v1.2.0",
        ),
        (
            found(&[latest, old]),
            "failure: spec: wallet/b.rs refers to atlas-spec@v1.1.0, and 1.2.0 is the latest version of atlas-spec",
        ),
        (
            found(&[rc]),
            "failure: spec: wallet/b.rs refers to atlas-spec@v1.3.0-rc.1, and 1.2.0 is the latest version of atlas-spec",
        ),
        (
            found(&[("Cargo.toml", "1.1.0"), latest]),
            "failure: spec: Cargo.toml refers to atlas-spec@v1.1.0, and 1.2.0 is the latest version of atlas-spec",
        ),
        (
            found(&[]),
            "pending: spec: no file of it refers to the latest version of atlas-spec",
        ),
        (
            unread(found(&[])),
            "error: spec: wallet/b.rs could not be read whole",
        ),
        (
            unread(found(&[latest])),
            "success: spec: wallet/src/a.rs refers to atlas-spec@v1.2.0",
        ),
        (
            without_version(found(&[latest])),
            "error: spec: atlas-spec has no version",
        ),
    ];
    for (references, expected) in rows {
        let verdict = judged(RULE, &with(references.clone()));
        assert_eq!(told(&verdict), expected, "{references:?}");
    }
}

#[test]
fn what_was_not_looked_at_is_no_yes() {
    let latest = || found(&[("wallet/src/a.rs", "1.2.0")]);
    let beyond = References {
        beyond: 3,
        ..latest()
    };
    let unseen = References {
        is_unseen: true,
        latest: None,
        ..latest()
    };
    let rows = [
        (
            beyond,
            "error: spec: 3 of its files were not looked at, because there are too many",
        ),
        (
            unseen,
            "error: spec: nobody could see which versions atlas-spec has",
        ),
    ];
    for (references, expected) in rows {
        assert_eq!(
            told(&judged(RULE, &with(references.clone()))),
            expected,
            "{references:?}"
        );
    }
}

#[test]
fn of_two_rules_each_looks_at_its_own_files() {
    let mut files = well();
    let rules_of = format!(
        "rules: [{{{RULE}, source_pattern: 'docs/**'}}, {{{RULE}, source_pattern: 'wallet/src/**'}}]\n"
    );
    files.insert(CROSS.to_owned(), rules_of);
    let mut facts = with(found(&[("wallet/src/a.rs", "1.2.0")]));
    let right = "success: spec: wallet/src/a.rs refers to atlas-spec@v1.2.0";
    assert_eq!(told(&evaluate(&rules(&files), &facts)), right);
    // Whatever stands first, the version is that of whoever knows it.
    facts.references.insert(0, without_version(found(&[])));
    assert_eq!(told(&evaluate(&rules(&files), &facts)), right);
}

#[test]
fn whoever_is_on_the_other_side_is_asked_for_its_own_references() {
    let both = format!("{RULE}, required_reference_format: 'atlas-spec@v{{VERSION}}', bidirectional: true");
    let mut files = well();
    files.insert(CROSS.to_owned(), format!("rules: [{{{both}}}]\n"));
    let wanted = wanted(&rules(&files), &"atlas-spec".parse().unwrap()).references;
    let formats: Vec<String> = wanted.iter().map(|wanted| wanted.format.to_string()).collect();
    assert_eq!(formats, ["atlas-node@v{VERSION}"]);
}

#[test]
fn a_rule_is_about_its_own_paths() {
    let about = |paths: &str| format!("{RULE}, source_pattern: '{paths}'");
    let old = with(found(&[("wallet/b.rs", "1.1.0"), ("wallet/src/a.rs", "1.2.0")]));
    let rows = [
        (
            "wallet/src/**",
            "success: spec: wallet/src/a.rs refers to atlas-spec@v1.2.0",
        ),
        (
            "wallet/*.rs",
            "failure: spec: wallet/b.rs refers to atlas-spec@v1.1.0, and 1.2.0 is the latest version of atlas-spec",
        ),
        ("docs/**", ""),
    ];
    for (paths, expected) in rows {
        assert_eq!(told(&judged(&about(paths), &old)), expected, "{paths}");
    }
}

#[test]
fn what_nobody_looked_at_is_never_fulfilled() {
    let fine = with(found(&[("wallet/src/a.rs", "1.2.0")]));
    let mut many = fine.clone();
    many.change.more_than_listed = true;
    let mut other_format = fine.clone();
    other_format.references[0].format = "spec {VERSION}".to_owned();
    let mut other_repository = fine.clone();
    other_repository.references[0].repository = "atlas-kit".parse().unwrap();
    let unseen = "pending: spec: nobody has looked yet which version of atlas-spec is referred to";
    let rows = [
        (
            String::new(),
            &many,
            "error: spec: there are more files than could be listed",
        ),
        (String::new(), &other_format, unseen),
        (String::new(), &other_repository, unseen),
        (
            ", required_reference_format: 'spec {VERSION}'".to_owned(),
            &fine,
            unseen,
        ),
        (
            ", required_reference_format: 'atlas-spec@v1'".to_owned(),
            &fine,
            "error: spec: its reference format has no place for a version",
        ),
    ];
    for (more, facts, expected) in rows {
        assert_eq!(told(&judged(&format!("{RULE}{more}"), facts)), expected, "{more}");
    }
    let own = format!(
        "{}cross_layer_rules: [{{if_changed: '**', validation: references_latest_version}}]\n",
        well()[NODE]
    );
    let mut files = well();
    files.insert(CROSS.to_owned(), "rules: []\n".to_owned());
    files.insert(NODE.to_owned(), own);
    assert_eq!(
        told(&evaluate(&rules(&files), &fine)),
        "error: cross_layer_rules[0] does not say whose version is meant"
    );
}

#[test]
fn who_is_held_back_is_told_what_to_write() {
    let remedy = |facts: &PullRequestFacts| {
        let verdict = judged(RULE, facts);
        let ruling = verdict.rulings.iter().find(|ruling| ruling.rule == "references");
        let remedies = ruling
            .iter()
            .flat_map(|ruling| &ruling.parts)
            .filter_map(|part| part.remedy.as_ref());
        let lines = remedies.map(|remedy| {
            format!(
                "{} | {} | {}\n",
                remedy.missing(),
                remedy.who_in_words().join(", "),
                remedy.commands().join(", ")
            )
        });
        lines.collect::<String>()
    };
    let told = [
        found(&[("wallet/b.rs", "1.1.0")]),
        found(&[]),
        unread(found(&[])),
        without_version(found(&[])),
    ]
    .map(|references| remedy(&with(references)));
    expect![[r#"
        `atlas-spec@v1.2.0` in its place | atlas-gus | git push
        `atlas-spec@v1.2.0` in one of its files, or in Cargo.toml | atlas-gus | git push
        `atlas-spec@v1.2.0` in a file that is small enough to be read | atlas-gus | git push
        a tag of atlas-spec that is a version, such as v1.0.0, pushed there | whoever may write to the repository | git push
    "#]].assert_eq(&told.concat());
}

#[test]
fn only_who_is_asked_is_looked_at() {
    let mut files = well();
    files.insert(
        CROSS.to_owned(),
        format!("rules: [{{{RULE}, source_pattern: 'wallet/src/**'}}]\n"),
    );
    let rules = rules(&files);
    let wanted_of = |name: &str| wanted(&rules, &name.parse().unwrap()).references;
    let of_node = wanted_of("atlas-node");
    let [one] = of_node.as_slice() else {
        panic!("{of_node:?}")
    };
    assert_eq!(
        (one.repository.as_str(), one.format.to_string()),
        ("atlas-spec", "atlas-spec@v{VERSION}".to_owned())
    );
    assert!(one.takes("wallet/src/a.rs") && !one.takes("wallet/b.rs"));
    assert_eq!(wanted_of("atlas-spec"), []);
    assert_eq!(wanted_of("atlas-node"), of_node);
}
