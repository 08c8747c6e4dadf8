//! Pull requests and repositories that belong together.

use super::*;

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
