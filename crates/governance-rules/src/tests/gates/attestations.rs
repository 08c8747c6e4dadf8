//! What somebody's word is good for.

use super::*;

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
