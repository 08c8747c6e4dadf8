//! Workflows that must have passed.

use super::*;

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
