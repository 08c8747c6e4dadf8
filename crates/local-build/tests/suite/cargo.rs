//! A real cargo build, without network.

use crate::support::{World, clean_git};
use domain_types::{Platform, Timestamp};
use local_build::{
    BuildOrder, ComparisonOrder, EarlierProducts, Limits, ObjectStore, Recipe, Reproduced, SurroundingsOrder,
    Variation, collect_artifacts, lay_out_sources, rebuild_for_comparison, start_build, surroundings,
};
use std::collections::BTreeMap;
use std::fs;

const LIBRARY: &str = r#"
[package]
name = "library"
version = "1.0.0"
edition = "2024"
[workspace]
"#;
const PROGRAM: &str = r#"
[package]
name = "program"
version = "1.0.0"
edition = "2024"
[dependencies]
library = { path = "../library" }
[workspace]
"#;
const LOCK: &str = r#"version = 4

[[package]]
name = "library"
version = "1.0.0"

[[package]]
name = "program"
version = "1.0.0"
dependencies = [
 "library",
]
"#;
const BODY: &str = r#"
/// Panics with its path; names a file of cargo's output folder.
pub fn place() -> (&'static str, &'static std::panic::Location<'static>) {
    (file!(), std::panic::Location::caller())
}
"#;
const MAIN: &str = r#"fn main() { println!("{:?}", library::place()); }"#;

#[expect(
    clippy::disallowed_methods,
    reason = "a real cargo is found by the surroundings of the test"
)]
fn real_base() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

#[tokio::test]
async fn a_program_with_a_sibling_dependency_is_reproducible_and_names_no_local_path() {
    let world = World::new();
    world.repository("library", &[("Cargo.toml", LIBRARY), ("src/lib.rs", BODY)]);
    world.repository(
        "program",
        &[
            ("Cargo.toml", PROGRAM),
            ("Cargo.lock", LOCK),
            ("src/main.rs", MAIN),
        ],
    );
    lay_out_sources(&clean_git(), &world.order(&["library", "program"]))
        .await
        .unwrap();
    let recipe = Recipe::default_cargo(&["program".to_owned()], &Platform::of_this_program()).unwrap();
    let commit_time = Timestamp::from_seconds(1_700_000_000);
    let base = real_base();
    let surroundings = surroundings(&SurroundingsOrder {
        base: &base,
        source_root: &world.root(),
        commit_time,
        recipe_env: &recipe.env,
        variation: Variation::First,
    });
    let order = BuildOrder {
        tree: world.root().join("program"),
        run_folder: world.path("run"),
        recipe: recipe.clone(),
        surroundings: surroundings.unwrap(),
        limits: Limits::default(),
        earlier: EarlierProducts::Keep,
    };
    let end = start_build(&order)
        .await
        .unwrap()
        .begin()
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    assert!(end.exit.is_success(), "{end:?}");
    let objects = ObjectStore::open(&world.path("objects")).unwrap();
    let output = collect_artifacts(&order.tree, &recipe, &objects).unwrap();
    assert!(output.artifacts[0].executable && output.lock.is_some());
    let bytes = fs::read(objects.path(&output.artifacts[0].digest)).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("/source/library/src/lib.rs"));
    assert!(!holds(world.path("").to_str().unwrap().trim_end_matches('/')));
    let (limits, source, first) = (order.limits, world.source("program"), output.artifacts);
    let order = ComparisonOrder {
        root: world.root(),
        source,
        recipe,
        base,
        commit_time,
        limits,
        first,
        objects,
    };
    assert_eq!(
        rebuild_for_comparison(&clean_git(), &order).await.unwrap(),
        Reproduced::Identical
    );
}
