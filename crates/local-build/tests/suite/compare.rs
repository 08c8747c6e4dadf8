//! The second build of a reproducibility check.

use crate::support::{World, base, clean_git, first_surroundings, shell, with_artifacts};
use domain_types::Timestamp;
use local_build::{
    BuildOrder, ComparisonOrder, EarlierProducts, Error, Limits, ObjectStore, Presence, Recipe, Reproduced,
    TreeOrigin, collect_artifacts, lay_out_sources, rebuild_for_comparison, recorded_group,
    restore_first_trees, start_build,
};
use std::fs;
use std::path::PathBuf;

/// Lays out, builds and collects `alpha` with this script, whose result is the file `out`.
async fn first_build(world: &World, script: &str) -> ComparisonOrder {
    world.repository("alpha", &[("input", "text"), (".gitignore", "out\n")]);
    let recipe = with_artifacts(shell(script), &[("out", "out")], Presence::Required);
    lay_out_sources(&clean_git(), &world.order(&["alpha"]))
        .await
        .unwrap();
    let order = build_order(world, &recipe);
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
    let first = collect_artifacts(&order.tree, &recipe, &objects)
        .unwrap()
        .artifacts;
    ComparisonOrder {
        root: world.root(),
        source: world.source("alpha"),
        recipe,
        base: base(),
        commit_time: Timestamp::from_seconds(1_700_000_000),
        limits: Limits::default(),
        first,
        objects,
    }
}

fn build_order(world: &World, recipe: &Recipe) -> BuildOrder {
    BuildOrder {
        tree: world.root().join("alpha"),
        run_folder: world.path("run"),
        recipe: recipe.clone(),
        surroundings: first_surroundings(&world.root(), recipe),
        limits: Limits::default(),
        earlier: EarlierProducts::Keep,
    }
}

async fn compare(order: &ComparisonOrder) -> Result<Reproduced, Error> {
    rebuild_for_comparison(&clean_git(), order).await
}

fn first_tree_marker(world: &World) -> PathBuf {
    world.root().join("alpha/target/of-the-first-build")
}

#[tokio::test]
async fn a_reproducible_build_gives_the_same_bytes_and_the_first_tree_is_back() {
    let world = World::new();
    let script = "mkdir -p target; pwd >out; cat input >>out; date -u -d @$SOURCE_DATE_EPOCH +%F >>out";
    let order = first_build(&world, script).await;
    fs::write(first_tree_marker(&world), "").unwrap();
    assert_eq!(compare(&order).await.unwrap(), Reproduced::Identical);
    assert!(first_tree_marker(&world).exists());
    let trees = lay_out_sources(&clean_git(), &world.order(&["alpha"]))
        .await
        .unwrap();
    assert_eq!(trees[0].origin, TreeOrigin::Kept);
}

#[tokio::test]
async fn whatever_depends_on_the_surroundings_is_found() {
    let scripts = [
        (
            "randomness",
            "echo same >out; cat /proc/sys/kernel/random/uuid >>out",
            Some(5),
        ),
        ("timezone", "date -d @1000000000 +%H:%M >out", None),
        ("home", "echo $HOME >out", None),
        ("mask", "umask >out", None),
        ("locale", "echo $LANG >out", Some(0)),
        ("jobs", "echo jobs $CARGO_BUILD_JOBS >out", Some(4)),
        (
            "earlier products",
            "if test -e target; then echo 1; else mkdir target; echo 22; fi >out",
            None,
        ),
    ];
    for (name, script, offset) in scripts {
        let world = World::new();
        let mut order = first_build(&world, script).await;
        if name == "earlier products" {
            // The first bytes came from a tree that had products already.
            let end = start_build(&build_order(&world, &order.recipe))
                .await
                .unwrap()
                .begin()
                .await
                .unwrap()
                .wait()
                .await;
            assert!(end.unwrap().exit.is_success());
            order.first = collect_artifacts(&world.root().join("alpha"), &order.recipe, &order.objects)
                .unwrap()
                .artifacts;
        }
        let Reproduced::Differs(differences) = compare(&order).await.unwrap() else {
            panic!("{name}")
        };
        let difference = &differences[0];
        assert_eq!(difference.first, Some(order.first[0].digest), "{name}");
        order.objects.verify(&difference.second.unwrap()).unwrap();
        if let Some(offset) = offset {
            assert!(difference.first_offset >= offset, "{name}: {difference:?}");
        }
    }
}

#[tokio::test]
async fn a_second_build_that_fails_is_told_with_its_log() {
    let world = World::new();
    let order = first_build(
        &world,
        "test -z \"$LC_ALL\" || { echo cannot do that; exit 4; }; touch out",
    )
    .await;
    let error = compare(&order).await.unwrap_err();
    assert!(
        error.to_string().contains("exit code 4") && error.to_string().contains("cannot do that"),
        "{error}"
    );
    assert!(world.root().join("alpha/out").exists());
}

#[tokio::test]
async fn an_artifact_that_only_the_first_build_made_is_a_difference() {
    let world = World::new();
    let mut order = first_build(&world, "test -n \"$LC_ALL\" || echo first >out").await;
    order.recipe.artifacts[0].presence = Presence::Optional;
    let Reproduced::Differs(differences) = compare(&order).await.unwrap() else {
        panic!()
    };
    assert_eq!((differences[0].first_offset, differences[0].second), (0, None));
}

#[tokio::test]
async fn a_comparison_that_died_is_undone_by_whoever_comes_next() {
    let world = World::new();
    let pipe = world.pipe("pipe");
    let script = format!(
        "mkdir -p target; test -z \"$LC_ALL\" || {{ echo up >{}; sleep 1000; }}; echo 1 >out",
        pipe.display()
    );
    let order = first_build(&world, &script).await;
    fs::write(first_tree_marker(&world), "").unwrap();
    let dying = tokio::spawn({
        let order = order.clone();
        async move { compare(&order).await }
    });
    tokio::fs::read_to_string(&pipe).await.unwrap();
    // An aborted task leaves everything as it is, like our death; the second build runs on.
    dying.abort();
    assert!(dying.await.is_err());
    assert!(!first_tree_marker(&world).exists());
    let run = world.path(".governance/compare/alpha-run");
    let group = recorded_group(&run).unwrap().unwrap();
    assert!(group.lives().unwrap());
    let trees = lay_out_sources(&clean_git(), &world.order(&["alpha"]))
        .await
        .unwrap();
    assert!(!group.lives().unwrap());
    assert_eq!(trees[0].origin, TreeOrigin::Kept);
    assert!(first_tree_marker(&world).exists());
}

#[tokio::test]
async fn a_death_between_any_two_steps_of_moving_the_trees_is_mended() {
    let world = World::new();
    first_build(&world, "mkdir -p target; echo 1 >out").await;
    fs::write(first_tree_marker(&world), "").unwrap();
    let (tree, first) = (
        world.root().join("alpha"),
        world.path(".governance/compare/alpha-first"),
    );
    // Moved aside, nothing in its place.
    fs::create_dir_all(first.parent().unwrap()).unwrap();
    fs::rename(&tree, &first).unwrap();
    restore_first_trees(&world.root()).await.unwrap();
    assert!(first_tree_marker(&world).exists() && !first.exists());
    // Moved aside, the second one in its place.
    fs::rename(&tree, &first).unwrap();
    fs::create_dir_all(tree.join("target")).unwrap();
    restore_first_trees(&world.root()).await.unwrap();
    assert!(first_tree_marker(&world).exists() && !first.exists());
    restore_first_trees(&world.root()).await.unwrap();
}
