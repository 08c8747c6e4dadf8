//! The four ways to look at a plan.

use crate::common::{name, names, plain, read};
use dependency_graph::{Plan, RepositoryOptions};
use expect_test::{Expect, expect, expect_file};

fn plan() -> Plan {
    let mut options = plain();
    options.version = Some("0.1.0".parse().unwrap());
    let optional = RepositoryOptions {
        optional: true,
        ..RepositoryOptions::default()
    };
    options.repositories.insert(name("governance-app"), optional);
    read(fixture!("structured.toml"), &options).plan
}

fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

#[test]
fn text_is_for_people() {
    check(
        &plan().to_text(),
        &expect![[r#"
        release  commons 0.1.0 (production)
        digest   sha256:0a19cd30b51fdce4f7b3aec8d1f7fcb09b477b4d50c5d30f773667d687c8fbbc

        wave 0
          bllvm-consensus  v0.1.0
          bllvm-sdk        v0.1.0  binaries bllvm-keygen, bllvm-sign

        wave 1
          bllvm-protocol   v0.1.0  waits for bllvm-consensus
          governance-app   v0.1.0  waits for bllvm-sdk  binaries governance-app  optional

        wave 2
          bllvm-node       v0.1.0  waits for bllvm-consensus, bllvm-protocol

        wave 3
          bllvm            v0.1.0  waits for bllvm-node  binaries bllvm

        order          bllvm-consensus, bllvm-protocol, bllvm-node, bllvm, bllvm-sdk, governance-app
        critical path  bllvm-consensus -> bllvm-protocol -> bllvm-node -> bllvm (4 components)
    "#]],
    );
}

#[test]
fn text_shows_what_is_only_a_source() {
    let plan = plan().restrict_to_changed(&names("bllvm")).unwrap();
    let commits = plan
        .sources()
        .iter()
        .map(|one| (one.name.clone(), "ab".repeat(20).parse().unwrap()))
        .collect();
    check(
        &plan.with_commits(&commits).unwrap().to_text(),
        &expect![[r#"
            release  commons 0.1.0 (production)
            digest   sha256:5726aa6c05fabf3d1c288b366000aa88b9e6b0bb9c2d075b4291fe1e13a7b1d0

            wave 0
              bllvm            v0.1.0 abababababab  waits for bllvm-node  binaries bllvm

            sources only (unchanged, not built)
              bllvm-consensus  v0.1.0 abababababab
              bllvm-node       v0.1.0 abababababab  waits for bllvm-consensus, bllvm-protocol
              bllvm-protocol   v0.1.0 abababababab  waits for bllvm-consensus

            order          bllvm
            critical path  bllvm (1 component)
        "#]],
    );
}

#[test]
fn json_has_exactly_the_fields_of_its_schema() {
    expect_file!["snapshots/plan.json"].assert_eq(&plan().to_json());
    let unversioned = read(fixture!("flat.toml"), &plain()).plan.to_json();
    assert!(unversioned.contains("\"channel\": null") && unversioned.contains("\"commit\": null"));
}

#[test]
fn dot_is_for_graphviz() {
    check(
        &plan().to_dot(),
        &expect![[r#"
        digraph plan {
          rankdir=LR;
          node [shape=box];
          "bllvm" [label="bllvm\n0.1.0"];
          "bllvm-consensus" [label="bllvm-consensus\n0.1.0"];
          "bllvm-node" [label="bllvm-node\n0.1.0"];
          "bllvm-protocol" [label="bllvm-protocol\n0.1.0"];
          "bllvm-sdk" [label="bllvm-sdk\n0.1.0"];
          "governance-app" [label="governance-app\n0.1.0", style=dashed];
          "bllvm-node" -> "bllvm" [style=bold];
          "bllvm-consensus" -> "bllvm-node";
          "bllvm-protocol" -> "bllvm-node" [style=bold];
          "bllvm-consensus" -> "bllvm-protocol" [style=bold];
          "bllvm-sdk" -> "governance-app";
        }
    "#]],
    );
}

#[test]
fn mermaid_is_for_markdown() {
    check(
        &plan().to_mermaid(),
        &expect![[r#"
        flowchart LR
          n0["bllvm 0.1.0"]
          n1["bllvm-consensus 0.1.0"]
          n2["bllvm-node 0.1.0"]
          n3["bllvm-protocol 0.1.0"]
          n4["bllvm-sdk 0.1.0"]
          n5("governance-app 0.1.0")
          n2 ==> n0
          n1 --> n2
          n3 ==> n2
          n1 ==> n3
          n4 --> n5
    "#]],
    );
}
