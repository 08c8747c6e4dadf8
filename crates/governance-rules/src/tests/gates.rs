//! What machines must have verified, people attested, and other repositories changed as well.

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

fn with_runs(runs: Vec<RunFact>) -> PullRequestFacts {
    PullRequestFacts { runs, ..facts() }
}

#[test]
fn a_gate_that_nobody_asks_for_says_nothing() {
    says("verification", &[], &with_runs(vec![run()]), &expect![[""]]);
    let off = "verification: {required: false, ci_workflow: verify.yml}\n";
    says("verification", &[(NODE, off)], &facts(), &expect![[""]]);
}

#[test]
fn the_named_workflow_must_have_passed_on_the_head() {
    says(
        "verification",
        &[(NODE, VERIFY)],
        &facts(),
        &expect![[r#"
            pending: .github/workflows/verify.yml has not run
              missing: a run of .github/workflows/verify.yml for aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa that a push or this pull request starts: it turns when that has passed
              from: whoever may write to the repository
              type: https://github.com/atlas/atlas-node/pull/42/checks, git push
              turns: as soon as it is given
        "#]],
    );
    says(
        "verification",
        &[(NODE, VERIFY)],
        &with_runs(vec![run()]),
        &expect![[r#"
            success: .github/workflows/verify.yml passed
        "#]],
    );
    for state in [CheckState::Running, CheckState::Failed] {
        let other = RunFact { state, ..run() };
        let facts = with_runs(vec![run(), other]);
        let text = told(&judged(&[(NODE, VERIFY)], &facts), "verification");
        match state {
            CheckState::Running => expect![[r#"
                pending: .github/workflows/verify.yml is not finished
                  missing: the end of .github/workflows/verify.yml for aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: it turns when that has passed
                  from: whoever may write to the repository
                  type: https://github.com/atlas/atlas-node/pull/42/checks, git push
                  turns: as soon as it is given
            "#]].assert_eq(&text),
            CheckState::Failed | CheckState::Passed => expect![[r#"
                failure: .github/workflows/verify.yml did not pass
                  missing: a successful end of every run of .github/workflows/verify.yml for aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: start it again, or push what makes it pass
                  from: atlas-gus, whoever may write to the repository
                  type: https://github.com/atlas/atlas-node/pull/42/checks, git push
                  turns: as soon as it is given
            "#]].assert_eq(&text),
        }
    }
}

/// What looks like a run of the workflow and is none, or not of this head.
#[test]
fn no_other_run_counts() {
    let others: [fn(&mut RunFact); 7] = [
        |run| run.path = ".github/workflows/other.yml".to_owned(),
        |run| run.path = "atlas/tools/.github/workflows/verify.yml".to_owned(),
        |run| run.head = "c".repeat(40).parse().unwrap(),
        |run| run.is_own = false,
        |run| run.event = "workflow_dispatch".to_owned(),
        |run| run.event = "pull_request_target".to_owned(),
        |run| run.event = "schedule".to_owned(),
    ];
    for change in others {
        let mut other = run();
        change(&mut other);
        let verdict = judged(&[(NODE, VERIFY)], &with_runs(vec![other.clone()]));
        assert!(
            told(&verdict, "verification").starts_with("pending: .github/workflows/verify.yml has not run"),
            "{other:?}"
        );
    }
}

#[test]
fn a_workflow_is_named_by_its_file() {
    for (name, outcome) in [
        ("verify.yml", "success"),
        (".github/workflows/verify.yml", "success"),
        ("./.github/workflows/verify.yml", "success"),
        ("Verify", "error"),
        ("atlas/tools/.github/workflows/verify.yml", "error"),
        ("verify.yaml", "pending"),
    ] {
        let text = format!("verification: {{ci_workflow: {name}}}\n");
        let said = told(&judged(&[(NODE, &text)], &with_runs(vec![run()])), "verification");
        assert!(said.starts_with(outcome), "{name}: {said}");
    }
}

#[test]
fn a_change_of_the_workflow_itself_is_told() {
    let mut facts = with_runs(vec![run()]);
    facts.change = Change::of_paths([".github/workflows/verify.yml"]);
    says(
        "verification",
        &[(NODE, VERIFY)],
        &facts,
        &expect![[r#"
        success: .github/workflows/verify.yml passed; this change itself changes it
    "#]],
    );
}

#[test]
fn a_rule_of_changed_paths_may_want_the_verification() {
    let lock = "cross_layer_rules:\n  - {if_changed: 'docs/**', validation: spec_lock_verified}\n";
    says(
        "verification",
        &[(NODE, lock)],
        &facts(),
        &expect![[r#"
            error: no rule says which workflow verifies this repository
              missing: `verification` with its `ci_workflow` in the rules of this repository or of its layer
              from: nobody by these rules: whoever maintains them can change them
              type: config/repos/atlas-node.yml: cross_layer_rules[0]: verification: {ci_workflow: FILE.yml}, governance policy check DIR
              turns: as soon as it is given
        "#]],
    );
    let both = format!("verification: {{required: false, ci_workflow: verify.yml}}\n{lock}");
    says(
        "verification",
        &[(NODE, &both)],
        &with_runs(vec![run()]),
        &expect![[r#"
            success: .github/workflows/verify.yml passed
        "#]],
    );
    let elsewhere = both.replace("docs/**", "src/**");
    says("verification", &[(NODE, &elsewhere)], &facts(), &expect![[""]]);
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

const AUDIT: &str = "requires_security_audit: true\n";

#[test]
fn what_must_be_attested_is_told_with_who_can_and_what_to_type() {
    says(
        "attestations",
        &[(NODE, AUDIT)],
        &facts(),
        &expect![[r#"
            pending: nobody attests security_audit of this head
              missing: the word of a maintainer or keyholder who is not its author, with evidence of at least 20 characters or a link
              from: atlas-ada, atlas-ben, atlas-finn, atlas-hana, atlas-ivy, atlas-jan, atlas-kim
              type: /governance-attest security_audit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "EVIDENCE"
              turns: as soon as it is given
        "#]],
    );
    let mut given = facts();
    given.attestations = vec![attested()];
    says(
        "attestations",
        &[(NODE, AUDIT)],
        &given,
        &expect![[r#"
        success: security_audit is attested by atlas-ada: https://audits.example.org/42
    "#]],
    );
    says("attestations", &[], &given, &expect![[""]]);
    says(
        "attestations",
        &[(NODE, "requires_a b: true\n")],
        &given,
        &expect![[r#"
            error: nobody can attest a b
              missing: a key `requires_…` of letters, digits and `_`
              from: nobody by these rules: whoever maintains them can change them
              type: config/repos/atlas-node.yml: requires_a b: another name, governance policy check DIR
              turns: as soon as it is given
        "#]],
    );
}

/// What is other about an attestation.
type Edit = fn(&mut Attestation);

#[test]
fn an_attestation_counts_for_its_head_from_whoever_may_give_it() {
    let cases: &[(&str, Edit)] = &[
        ("success", |_| {}),
        ("success", |it| it.by = "atlas-ivy".parse().unwrap()),
        ("success", |it| {
            it.evidence = "twenty letters are enough".to_owned()
        }),
        ("success", |it| it.name = "Security_Audit".to_owned()),
        ("pending", |it| it.by = "atlas-gus".parse().unwrap()),
        ("pending", |it| it.by = "stranger".parse().unwrap()),
        ("pending", |it| it.head = "c".repeat(40).parse().unwrap()),
        ("pending", |it| it.name = "audit".to_owned()),
        ("pending", |it| it.evidence = "looks good".to_owned()),
        ("pending", |it| it.evidence = "a          b          c".to_owned()),
    ];
    for (outcome, change) in cases {
        let mut given = facts();
        given.attestations = vec![attested()];
        change(&mut given.attestations[0]);
        let said = told(&judged(&[(NODE, AUDIT)], &given), "attestations");
        assert!(said.starts_with(*outcome), "{:?}: {said}", given.attestations);
    }
    // Who may sign their own change still attests nothing of it.
    let mut own = facts();
    own.attestations = vec![Attestation {
        by: "atlas-gus".parse().unwrap(),
        ..attested()
    }];
    let settings = ("config/pull-requests.yml", "author_may_sign: true\n");
    let said = told(&judged(&[(NODE, AUDIT), settings], &own), "attestations");
    assert!(said.starts_with("pending"), "{said}");
}

#[test]
fn whatever_the_rules_name_can_be_attested_but_the_reason() {
    let mut files = well();
    files.insert(NODE.to_owned(), format!("{OWN}{AUDIT}requires_blessing: [ada]\n"));
    expect![[r#"{"audit", "blessing", "cryptography_expert", "security_audit"}"#]]
        .assert_eq(&format!("{:?}", attestable(&rules(&files))));
}

/// A rule between the node and the kit, in both directions.
const BETWEEN: &str = "rules:\n  - {name: api, source_repo: atlas-node, source_pattern: 'docs/**', target_repo: Atlas-Kit, target_pattern: 'api/**', validation: corresponding_file_exists, bidirectional: true}\n";

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

fn with_companions(companions: Vec<Companion>) -> PullRequestFacts {
    PullRequestFacts {
        companions,
        ..facts()
    }
}

#[test]
fn a_companion_is_named_on_both_sides_where_the_rule_says_so() {
    says(
        "companions",
        &[(CROSS, BETWEEN)],
        &facts(),
        &expect![[r#"
            pending: api: no pull request of Atlas-Kit is named
              missing: an open or merged pull request of Atlas-Kit that changes api/**, named in the text of this one; and there `Depends-On: atlas/atlas-node#42`
              from: atlas-gus
              type: Depends-On: atlas/Atlas-Kit#NUMBER
              turns: as soon as it is given
        "#]],
    );
    says(
        "companions",
        &[(CROSS, BETWEEN)],
        &with_companions(vec![companion()]),
        &expect![[r#"
            success: api: Atlas-Kit#7 belongs to it
        "#]],
    );
    let cases: [fn(&mut Companion); 5] = [
        |it| it.is_open_or_merged = false,
        |it| it.is_for_default_branch = false,
        |it| it.change = Change::of_paths(["README.md"]),
        |it| it.names = named("Depends-On: atlas/atlas-node#41\nDepends-On: other/atlas-node#42"),
        |it| it.repository = "atlas-spec".parse().unwrap(),
    ];
    let said: Vec<String> = cases
        .into_iter()
        .map(|change| {
            let mut it = companion();
            change(&mut it);
            let verdict = judged(&[(CROSS, BETWEEN)], &with_companions(vec![it]));
            told(&verdict, "companions")
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    expect![[r#"
        pending: api: Atlas-Kit#7 was closed
        pending: api: Atlas-Kit#7 is not for the default branch
        pending: api: Atlas-Kit#7 does not change api/**
        pending: api: Atlas-Kit#7 does not name this one
        pending: api: no pull request of Atlas-Kit is named"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn a_rule_between_repositories_is_about_its_paths_alone() {
    let mut elsewhere = facts();
    elsewhere.change = Change::of_paths(["rpc/a.rs"]);
    says("companions", &[(CROSS, BETWEEN)], &elsewhere, &expect![[""]]);
    elsewhere.change.more_than_listed = true;
    assert!(told(&judged(&[(CROSS, BETWEEN)], &elsewhere), "companions").starts_with("pending"));
    let lax = BETWEEN.replace("bidirectional", "blocking: false, bidirectional");
    says("companions", &[(CROSS, &lax)], &facts(), &expect![[""]]);
    // One direction: nobody has to name anybody back, and the other side owes nothing.
    let one = BETWEEN.replace("bidirectional: true", "bidirectional: false");
    let mut it = companion();
    it.names.clear();
    says(
        "companions",
        &[(CROSS, &one)],
        &with_companions(vec![it]),
        &expect![[r#"
            success: api: Atlas-Kit#7 belongs to it
        "#]],
    );
    let mut kit = facts();
    kit.subject.repository = "atlas-kit".parse().unwrap();
    kit.change = Change::of_paths(["api/get.rs"]);
    says("companions", &[(CROSS, &one)], &kit, &expect![[""]]);
    says(
        "companions",
        &[(CROSS, BETWEEN)],
        &kit,
        &expect![[r#"
            pending: api: no pull request of atlas-node is named
              missing: an open or merged pull request of atlas-node that changes docs/**, named in the text of this one; and there `Depends-On: atlas/atlas-kit#42`
              from: atlas-gus
              type: Depends-On: atlas/atlas-node#NUMBER
              turns: as soon as it is given
        "#]],
    );
}

#[test]
fn a_repositorys_own_file_may_ask_for_companions_too() {
    let own = "cross_layer_rules:\n  - {if_changed: 'docs/**', then_require_update: 'atlas-kit/api/**', bidirectional: true, error_message: 'change the *kit* too'}\n";
    says(
        "companions",
        &[(NODE, own)],
        &facts(),
        &expect![[r#"
            pending: cross_layer_rules[0]: no pull request of atlas-kit is named: change the *kit* too
              missing: an open or merged pull request of atlas-kit that changes api/**, named in the text of this one; and there `Depends-On: atlas/atlas-node#42`
              from: atlas-gus
              type: Depends-On: atlas/atlas-kit#NUMBER
              turns: as soon as it is given
        "#]],
    );
    let mut kit = facts();
    kit.subject.repository = "atlas-kit".parse().unwrap();
    kit.change = Change::of_paths(["api/get.rs"]);
    says(
        "companions",
        &[(NODE, own)],
        &kit,
        &expect![[r#"
            pending: cross_layer_rules[0]: no pull request of atlas-node is named: change the *kit* too
              missing: an open or merged pull request of atlas-node that changes docs/**, named in the text of this one; and there `Depends-On: atlas/atlas-kit#42`
              from: atlas-gus
              type: Depends-On: atlas/atlas-node#NUMBER
              turns: as soon as it is given
        "#]],
    );
    let here = own.replace("atlas-kit/api/**", "atlas-node/api/**");
    says(
        "companions",
        &[(NODE, &here)],
        &facts(),
        &expect![[r#"
            pending: cross_layer_rules[0]: nothing belongs to it: change the *kit* too
              missing: a change of api/** in this pull request
              from: atlas-gus
              type: git push
              turns: as soon as it is given
        "#]],
    );
    let mut both = facts();
    both.change = Change::of_paths(["docs/a.md", "api/get.rs"]);
    let outcome = |facts: &PullRequestFacts| {
        let verdict = judged(&[(NODE, &here)], facts);
        let ruling = verdict.rulings.iter().find(|ruling| ruling.rule == "companions");
        ruling.unwrap().outcome
    };
    assert_eq!(outcome(&both), Outcome::Success);
    both.removed = ["api/get.rs".to_owned()].into();
    assert_eq!(outcome(&both), Outcome::Pending);
    let nowhere = "cross_layer_rules:\n  - {if_changed: 'docs/**', validation: corresponding_rule_exists}\n";
    says(
        "companions",
        &[(NODE, nowhere)],
        &facts(),
        &expect![[r#"
            error: cross_layer_rules[0] does not say where to look
              missing: `then_require_update` in the rules, with the repository and its paths
              from: nobody by these rules: whoever maintains them can change them
              type: config/repos/atlas-node.yml: cross_layer_rules[0]: then_require_update: 'REPOSITORY/PATHS', governance policy check DIR
              turns: as soon as it is given
        "#]],
    );
}

#[test]
fn a_proof_is_a_companion_and_somebodys_word() {
    let proof = BETWEEN.replace("corresponding_file_exists", "equivalence_proof_exists");
    let files = [(CROSS, proof.as_str())];
    says(
        "attestations",
        &files,
        &with_companions(vec![companion()]),
        &expect![[r#"
            pending: nobody attests equivalence_proof of this head
              missing: the word of a maintainer or keyholder who is not its author, with evidence of at least 20 characters or a link
              from: atlas-ada, atlas-ben, atlas-finn, atlas-hana, atlas-ivy, atlas-jan, atlas-kim
              type: /governance-attest equivalence_proof aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "EVIDENCE"
              turns: as soon as it is given
        "#]],
    );
    let mut without = facts();
    without.attestations = vec![Attestation {
        name: "equivalence_proof".to_owned(),
        ..attested()
    }];
    says(
        "attestations",
        &files,
        &without,
        &expect![[r#"
        success: equivalence_proof is attested by atlas-ada: https://audits.example.org/42
    "#]],
    );
    says(
        "companions",
        &files,
        &without,
        &expect![[r#"
            pending: api: no pull request of Atlas-Kit is named
              missing: an open or merged pull request of Atlas-Kit with the proof that changes api/**, named in the text of this one; and there `Depends-On: atlas/atlas-node#42`
              from: atlas-gus
              type: Depends-On: atlas/Atlas-Kit#NUMBER
              turns: as soon as it is given
        "#]],
    );
}

#[test]
fn paths_that_consensus_rests_on_are_left_alone() {
    let rule = |more: &str| {
        format!(
            "rules:\n  - {{name: hands_off, source_repo: atlas-node, target_repo: atlas-engine, validation: no_consensus_modifications{more}}}\n"
        )
    };
    let plain = rule("");
    says(
        "consensus paths",
        &[(CROSS, &plain)],
        &facts(),
        &expect![[r#"
        success: hands_off: no path is touched that consensus rests on
    "#]],
    );
    let mut touching = facts();
    touching.change = Change::of_paths(["src/block.rs"]);
    says(
        "consensus paths",
        &[(CROSS, &plain)],
        &touching,
        &expect![[r#"
            failure: hands_off: src/block.rs is touched, which consensus rests on
              missing: a change that leaves src/block.rs alone
              from: atlas-gus
              type: git push
              turns: as soon as it is given
        "#]],
    );
    says(
        "consensus paths",
        &[(CROSS, &rule(", allowed_imports_only: true"))],
        &touching,
        &expect![[r#"
            error: hands_off: src/block.rs is touched, and whether only imports are changed in it cannot be told from paths
              missing: a change that leaves these paths alone; or rules without `allowed_imports_only`, by which nobody may touch them
              from: atlas-gus
              type: git push, config/cross-layer-rules.yml: rules[0]: allowed_imports_only: false
              turns: as soon as it is given
        "#]],
    );
    let nobody = plain.replace("target_repo: atlas-engine", "target_repo: atlas-kit");
    says(
        "consensus paths",
        &[(CROSS, &nobody), (KIT, "layer: 3\n")],
        &facts(),
        &expect![[r#"
            error: hands_off: no rule says which paths of atlas-kit touch consensus
              missing: `paths.consensus_critical` in config/repos/atlas-kit.yml
              from: nobody by these rules: whoever maintains them can change them
              type: config/repos/atlas-kit.yml: paths.consensus_critical: [PATHS], governance policy check DIR
              turns: as soon as it is given
        "#]],
    );
}

#[test]
fn of_more_files_than_listed_nobody_knows_whether_consensus_rests_on_one() {
    let plain = "rules:\n  - {name: hands_off, source_repo: atlas-node, target_repo: atlas-engine, validation: no_consensus_modifications}\n";
    let mut touching = facts();
    touching.change = Change {
        more_than_listed: true,
        ..Change::default()
    };
    says(
        "consensus paths",
        &[(CROSS, plain)],
        &touching,
        &expect![[r#"
            error: hands_off: there are more files than could be listed
              missing: smaller pull requests
              from: atlas-gus
              type: git push
              turns: as soon as it is given
        "#]],
    );
}

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
