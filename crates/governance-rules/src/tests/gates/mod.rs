//! What machines must have verified, people attested, and other repositories changed as well.

mod attestations;
mod companions;
mod verification;

use super::verdict::{facts, time};
use super::{rules, well};
use crate::{
    Attestation, Change, CheckState, Companion, Named, Outcome, PullRequestFacts, RunFact, Verdict, Wanted,
    attestable, evaluate, named, wanted,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

const NODE: &str = "config/repos/atlas-node.yml";

const KIT: &str = "config/repos/atlas-kit.yml";

const CROSS: &str = "config/cross-layer-rules.yml";

/// What stands in the file of the node anyway.
const OWN: &str = "layer: 3\nsignature_threshold: 2-of-5\nreview_period_days: 14\n";

const VERIFY: &str = "verification: {ci_workflow: verify.yml}\n";

/// The verdict by the rules that nothing is wrong with, but for these files; the node's gets these lines and no rules are between
/// repositories unless they are among them.
fn judged(files: &[(&str, &str)], facts: &PullRequestFacts) -> Verdict {
    let mut all = well();
    all.insert(CROSS.to_owned(), "rules: []\n".to_owned());
    for (path, text) in files {
        let own = if *path == NODE { OWN } else { "" };
        all.insert((*path).to_owned(), format!("{own}{text}"));
    }
    evaluate(&rules(&all), facts)
}

/// What a rule says with everything below it, without where that stands.
fn told(verdict: &Verdict, rule: &str) -> String {
    let ruling = verdict.rulings.iter().find(|ruling| ruling.rule == rule);
    let Some(ruling) = ruling else {
        return String::new();
    };
    let mut text = String::new();
    for part in &ruling.parts {
        text.push_str(&format!("{}: {}\n", part.outcome.as_str(), part.because));
        if let Some(remedy) = &part.remedy {
            text.push_str(&format!("  missing: {}\n", remedy.missing()));
            text.push_str(&format!("  from: {}\n", remedy.who_in_words().join(", ")));
            text.push_str(&format!("  type: {}\n", remedy.commands().join(", ")));
            text.push_str(&format!("  turns: {}\n", remedy.turns()));
        }
    }
    text
}

fn says(rule: &str, files: &[(&str, &str)], facts: &PullRequestFacts, expected: &Expect) {
    expected.assert_eq(&told(&judged(files, facts), rule));
}

/// A run that counts and passed.
fn run() -> RunFact {
    RunFact {
        path: ".github/workflows/verify.yml".to_owned(),
        head: facts().subject.head_sha,
        event: "push".to_owned(),
        is_own: true,
        state: CheckState::Passed,
    }
}

/// An audit, attested well.
fn attested() -> Attestation {
    Attestation {
        name: "security_audit".to_owned(),
        by: "atlas-ada".parse().unwrap(),
        head: facts().subject.head_sha,
        at: time("2026-03-01T12:00:00Z"),
        evidence: "https://audits.example.org/42".to_owned(),
    }
}

/// A pull request of the kit that fits.
fn companion() -> Companion {
    Companion {
        repository: "atlas-kit".parse().unwrap(),
        number: 7,
        is_open_or_merged: true,
        is_for_default_branch: true,
        change: Change::of_paths(["README.md", "api/get.rs"]),
        names: named("depends-on: Atlas/Atlas-Node#42"),
    }
}

const AUDIT: &str = "requires_security_audit: true\n";

/// What is other about an attestation.
type Edit = fn(&mut Attestation);

/// A rule between the node and the kit, in both directions.
const BETWEEN: &str = "rules:\n  - {name: api, source_repo: atlas-node, source_pattern: 'docs/**', target_repo: Atlas-Kit, target_pattern: 'api/**', validation: corresponding_file_exists, bidirectional: true}\n";

#[test]
fn only_what_some_rule_wants_is_asked_for() {
    let check = |files: &[(&str, &str)], runs: bool, companions: &[&str]| {
        let mut all = well();
        all.insert(CROSS.to_owned(), "rules: []\n".to_owned());
        for (path, text) in files {
            let own = if *path == NODE { OWN } else { "" };
            all.insert((*path).to_owned(), format!("{own}{text}"));
        }
        let companions = companions.iter().map(|name| name.parse().unwrap()).collect();
        let found = wanted(&rules(&all), &"Atlas-Node".parse().unwrap());
        let expected = Wanted {
            runs,
            companions,
            ..Wanted::default()
        };
        assert_eq!(found, expected, "{files:?}");
    };
    check(&[], false, &[]);
    check(&[(NODE, VERIFY)], true, &[]);
    check(&[(CROSS, BETWEEN)], false, &["Atlas-Kit"]);
    let lock = "cross_layer_rules:\n  - {if_changed: 'docs/**', then_require_verification: true}\n";
    check(&[(NODE, lock)], true, &[]);
}

#[test]
fn pull_requests_are_named_on_lines_of_their_own() {
    let check = |text: &str, expected: &[(&str, &str, u64)]| {
        let expected: Vec<Named> = expected
            .iter()
            .map(|(owner, repository, number)| Named {
                owner: (*owner).to_owned(),
                repository: repository.parse().unwrap(),
                number: *number,
            })
            .collect();
        assert_eq!(named(text), expected, "{text}");
    };
    let kit = [("atlas", "atlas-kit", 7)];
    check("Depends-On: atlas/atlas-kit#7", &kit);
    check("words\r\n  DEPENDS-ON :atlas/atlas-kit#7  \r\nwords", &kit);
    check("depends-on: https://github.com/atlas/atlas-kit/pull/7", &kit);
    check(
        "depends-on: https://github.example.org/atlas/atlas-kit/pull/7/files#diff",
        &kit,
    );
    check(
        "Depends-On: atlas/atlas-kit#7\nDepends-On: atlas/atlas-kit#7",
        &kit,
    );
    for text in [
        "> Depends-On: atlas/atlas-kit#7",
        "```\nDepends-On: atlas/atlas-kit#7\n```",
        "    Depends-On: atlas/atlas-kit#7",
        "<!-- Depends-On: atlas/atlas-kit#7 -->",
        "it Depends-On: atlas/atlas-kit#7",
        "Depends-On: atlas/atlas-kit#7 and more",
        "Depends-On: atlas/atlas-kit#0",
        "Depends-On: atlas/atlas-kit#+7",
        "Depends-On: atlas/atlas-kit#99999999999999999999999",
        "Depends-On: atlas-kit#7",
        "Depends-On: #7",
        "Depends-On: a/b/c#7",
        "Depends-On: at las/atlas-kit#7",
        "Depends-On: http://github.com/atlas/atlas-kit/pull/7",
        "Depends-On: https://github.com/atlas/atlas-kit/issues/7",
        "Depends-On:",
    ] {
        check(text, &[]);
    }
    let many: String = (1..50)
        .map(|number| format!("Depends-On: a/b#{number}\n"))
        .collect();
    assert_eq!(named(&many).len(), crate::NAMED_MAX);
}

proptest! {
    /// Whatever speaks for a change never makes it worse.
    #[test]
    fn more_in_favour_never_makes_it_worse(
        had in proptest::collection::vec(any::<bool>(), 6),
        more in 0_usize..6,
        path in proptest::sample::select(vec!["docs/a.md", "src/block.rs", "rpc/a.rs"]),
    ) {
        let files = [(NODE, "requires_security_audit: true\nverification: {ci_workflow: verify.yml}\n"), (CROSS, BETWEEN)];
        let with = |had: &[bool]| {
            let mut facts = facts();
            facts.change = Change::of_paths([path]);
            let own: [fn(&mut PullRequestFacts); 6] = [
                |facts| facts.runs.push(run()),
                |facts| facts.runs.push(RunFact { event: "pull_request".to_owned(), ..run() }),
                |facts| facts.attestations.push(attested()),
                |facts| facts.attestations.push(Attestation { by: "atlas-ivy".parse().unwrap(), ..attested() }),
                |facts| facts.companions.push(companion()),
                |facts| facts.companions.push(Companion { number: 8, ..companion() }),
            ];
            own.iter().zip(had).filter(|(_, had)| **had).for_each(|(add, _)| add(&mut facts));
            let verdict = judged(&files, &facts);
            let outcomes: Vec<(&str, Outcome)> = verdict.rulings.iter().map(|ruling| (ruling.rule, ruling.outcome)).collect();
            outcomes
        };
        let before = with(&had);
        let mut then = had.clone();
        then[more] = true;
        for ((rule, before), (_, after)) in before.into_iter().zip(with(&then)) {
            prop_assert!(after <= before, "{rule}");
        }
    }
}
