//! Short campaigns, as part of every test run, and every script that ever broke something. The long ones: `cargo xtask simulate`.

use std::path::PathBuf;
use testkit::{After, Player, Script, StoreKind, campaign};

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/seeds");

#[test]
fn a_thousand_seeds_break_nothing() {
    let sum = campaign((1, 1_000), 2, StoreKind::Model, After::GoOn).unwrap();
    assert_eq!((sum.seeds, sum.failed.len()), (1_000, 0), "{:?}", sum.failed);
    assert!(
        sum.faults / sum.seeds >= 40,
        "{} faults in {} seeds",
        sum.faults,
        sum.seeds
    );
}

#[test]
fn the_real_store_goes_through_the_same() {
    let sum = campaign((1, 40), 2, StoreKind::Sqlite, After::GoOn).unwrap();
    assert_eq!((sum.seeds, sum.failed.len()), (40, 0), "{:?}", sum.failed);
}

#[test]
fn both_stores_give_the_same_run() {
    let (model, sqlite) = (
        Player::new(StoreKind::Model).unwrap(),
        Player::new(StoreKind::Sqlite).unwrap(),
    );
    for seed in 1..12 {
        let script = Script::of_seed(seed);
        let (model, sqlite) = (model.play(&script), sqlite.play(&script));
        assert_eq!(
            (model.hash, model.ends),
            (sqlite.hash, sqlite.ends),
            "seed {seed}"
        );
    }
}

#[test]
fn what_once_broke_something_breaks_nothing_any_more() {
    let player = Player::new(StoreKind::Model).unwrap();
    let mut kept: Vec<PathBuf> = std::fs::read_dir(KEPT)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    kept.sort();
    assert!(!kept.is_empty(), "nothing is kept in {KEPT}");
    for path in kept {
        let script: Script = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let played = player.judge(&script);
        assert_eq!(played.violation, None, "{}", path.display());
    }
}
