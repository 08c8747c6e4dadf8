use super::*;
use crate::workspace::{Edge, EdgeKind, Node, Resolve, Target};
use expect_test::{Expect, expect};

/// A dependency: its name, its kind, whether it is ours.
type Needs = (&'static str, Option<&'static str>, bool);
/// A package with its dependencies.
type Sample = (&'static str, &'static [Needs]);

/// A workspace of packages.
fn sample(packages: &[Sample]) -> Metadata {
    let dependency = |(name, kind, ours): &Needs| Dependency {
        name: (*name).to_owned(),
        kind: kind.map(str::to_owned),
        path: ours.then(|| name.into()),
    };
    let package = |(name, dependencies): &Sample| Package {
        id: (*name).to_owned(),
        name: (*name).to_owned(),
        description: None,
        manifest_path: format!("/root/crates/{name}/Cargo.toml").into(),
        dependencies: dependencies.iter().map(dependency).collect(),
        targets: vec![Target {
            kind: vec!["lib".to_owned()],
        }],
    };
    let edge = |(name, kind, _): &Needs| Edge {
        pkg: (*name).to_owned(),
        dep_kinds: vec![EdgeKind {
            kind: kind.map(str::to_owned),
        }],
    };
    let node = |(name, dependencies): &Sample| Node {
        id: (*name).to_owned(),
        deps: dependencies.iter().map(edge).collect(),
    };
    Metadata {
        packages: packages.iter().map(package).collect(),
        workspace_members: packages
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .filter(|name| name != "tokio")
            .collect(),
        target_directory: "/root/target".into(),
        resolve: Some(Resolve {
            nodes: packages.iter().map(node).collect(),
        }),
    }
}

fn check(packages: &[Sample], expect: Expect) {
    let broken = check_metadata(Path::new("/root"), &sample(packages));
    expect.assert_eq(&broken.iter().map(|rule| format!("{rule}\n")).collect::<String>());
}

#[test]
fn the_workspace_keeps_its_layers() {
    let broken = super::check(&workspace::root()).unwrap();
    let said: String = broken.iter().map(|rule| format!("{rule}\n")).collect();
    assert!(broken.is_empty(), "{said}");
}

#[test]
fn an_arrow_between_leaves_is_refused_in_tests_too() {
    check(
        &[(
            "storage",
            &[
                ("domain-types", None, true),
                ("orchestrator", None, true),
                ("local-build", Some("dev"), true),
            ],
        )],
        expect![[r#"
            crates/storage/Cargo.toml: `storage` may not lean on `local-build`: it keeps rows and does not know what they mean
            crates/storage/Cargo.toml: `storage` may not lean on `orchestrator`: it keeps rows and does not know what they mean
        "#]],
    );
}

#[test]
fn the_test_kit_is_for_tests() {
    check(
        &[
            ("effects", &[("testkit", Some("dev"), true)]),
            ("storage", &[("testkit", None, true)]),
        ],
        expect![[r#"
            crates/storage/Cargo.toml: `storage` may not lean on `testkit`: it keeps rows and does not know what they mean
        "#]],
    );
}

#[test]
fn an_unknown_room_is_refused() {
    check(
        &[("garage", &[])],
        expect![[r#"
            crates/garage/Cargo.toml: `garage` is no room of the table: decide its arrows in xtask/src/layers
        "#]],
    );
}

#[test]
fn a_database_is_spoken_to_in_one_room() {
    check(
        &[(
            "runtime",
            &[("sqlx", None, false), ("petgraph", Some("dev"), false)],
        )],
        expect![[r#"
            crates/runtime/Cargo.toml: `runtime` may not use `sqlx`, its home is storage: databases are spoken to in one room
        "#]],
    );
}

#[test]
fn a_pure_room_is_told_the_way_to_what_is_not_pure() {
    check(
        &[
            ("orchestrator", &[("dependency-graph", None, true)]),
            ("dependency-graph", &[("tokio", None, false)]),
            ("domain-types", &[("tokio", Some("dev"), false)]),
            ("tokio", &[]),
        ],
        expect![[r#"
            crates/dependency-graph/Cargo.toml: a pure room reaches `tokio` (dependency-graph -> tokio): time, randomness and IO enter as data
            crates/orchestrator/Cargo.toml: a pure room reaches `tokio` (orchestrator -> dependency-graph -> tokio): time, randomness and IO enter as data
        "#]],
    );
}
