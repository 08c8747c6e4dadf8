//! What is kept of a sitting, and which mutants the next one runs.

use super::record::{Kind, Record, table};
use super::*;
use expect_test::expect;

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn a_record() -> Record {
    let mut record = Record::read("mutants 5").unwrap();
    for (name, kind) in [
        ("a.rs:1:2: replace < with > in f", Kind::Caught),
        ("b.rs:1:2: replace f -> bool with true", Kind::Missed),
        ("c.rs:1:2: delete ! in f", Kind::Timeout),
        ("d.rs:1:2: replace f -> T with Default::default()", Kind::Unviable),
    ] {
        record.note(name.to_owned(), kind, "0123456");
    }
    record
}

#[test]
fn a_record_is_the_same_after_being_written_and_read() {
    let mut record = a_record();
    expect![[r#"
        mutants 5
        caught 0123456 a.rs:1:2: replace < with > in f
        missed 0123456 b.rs:1:2: replace f -> bool with true
        timeout 0123456 c.rs:1:2: delete ! in f
        unviable 0123456 d.rs:1:2: replace f -> T with Default::default()
    "#]]
    .assert_eq(&record.to_string());
    for draw in [None, Some(Draw { count: 300, seed: 7 })] {
        record.draw = draw;
        assert_eq!(Record::read(&record.to_string()).unwrap(), record);
    }
    for broken in [
        "",
        "mutants",
        "mutants x",
        "mutants 5\ngone 0123456 a.rs",
        "mutants 5\ncaught",
    ] {
        assert!(Record::read(broken).is_err(), "{broken}");
    }
}

#[test]
fn the_next_sitting_runs_what_is_open_and_on_demand_what_was_missed() {
    let mut record = a_record();
    let wanted = names(&[
        "a.rs:1:2: replace < with > in f",
        "b.rs:1:2: replace f -> bool with true",
        "e.rs:1:2: delete ! in f",
    ]);
    assert_eq!(record.open(&wanted, false), names(&["e.rs:1:2: delete ! in f"]));
    assert_eq!(record.open(&wanted, true).len(), 2);
    record.keep_only(&wanted);
    assert_eq!(record.score().run(), 2);
    record.note(
        "b.rs:1:2: replace f -> bool with true".to_owned(),
        Kind::Caught,
        "7654321",
    );
    assert_eq!(record.score().missed, 0);
}

#[test]
fn the_table_counts_what_hangs_as_caught_and_what_does_not_compile_as_nothing() {
    let record = a_record();
    expect![[r#"
        | crate | mutants | to be run | run | caught | timeout | unviable | missed | caught of those that compile | measured at |
        |---|---:|---|---:|---:|---:|---:|---:|---:|---|
        | one | 5 | all | 4 | 1 | 1 | 1 | 1 | 66.6 % | 0123456 |
        | two | 0 | all | 0 | 0 | 0 | 0 | 0 | - |  |
    "#]]
    .assert_eq(&table(&[("one", &record), ("two", &Record::default())]));
    expect!["one: 4 of 5 mutants run, 2 caught, 1 missed: 66.6 %"].assert_eq(&record.told("one"));
}

#[test]
fn enough_is_caught_only_of_what_was_all_run() {
    let names = ["a", "b", "c"];
    let kinds = [Kind::Caught, Kind::Timeout, Kind::Missed];
    let mut record = Record::default();
    record.mutants = 4;
    for (name, kind) in names.into_iter().zip(kinds) {
        record.note(name.to_owned(), kind, "0123456");
    }
    assert!(!record.is_enough(66), "one was not run");
    record.note("d".to_owned(), Kind::Unviable, "0123456");
    assert!(record.is_enough(66) && !record.is_enough(67));
    record.draw = Some(Draw { count: 3, seed: 1 });
    assert!(record.is_enough(66), "more than the sample was run");
    assert!(!Record::default().is_enough(0), "nothing was run");
}

#[test]
fn a_sample_is_the_same_for_the_same_seed_and_another_for_another() {
    let all: BTreeSet<String> = (0..100)
        .map(|number| format!("f.rs:{number}:1: delete !"))
        .collect();
    let [one, again, two] = [1, 1, 2].map(|seed| Draw { count: 30, seed }.of(&all));
    assert_eq!(one.len(), 30);
    assert_eq!(one, again);
    assert_ne!(one, two);
    assert!(one.is_subset(&all));
    assert_eq!(Draw { count: 300, seed: 1 }.of(&all), all);
    // One more mutant puts at most one other out.
    let more: BTreeSet<String> = all
        .iter()
        .cloned()
        .chain(["g.rs:1:1: delete !".to_owned()])
        .collect();
    let drawn = Draw { count: 30, seed: 1 }.of(&more);
    assert!(drawn.intersection(&one).count() >= 29);
}

#[test]
fn a_name_becomes_an_expression_for_itself_alone() {
    expect![[r"crates/effects/src/a\.rs:1:2: replace \|\| with && in F<'_>::send"]].assert_eq(
        &escaped("crates/effects/src/a.rs:1:2: replace || with && in F<'_>::send").replace("\\&", "&"),
    );
    assert_eq!(
        short("crates/effects/src/a.rs:1:2: x", "effects").unwrap(),
        "a.rs:1:2: x"
    );
    assert_eq!(short("crates/effects/src/a.rs:1:2: x", "storage"), None);
    assert_eq!(long("a.rs:1:2: x", "effects"), "crates/effects/src/a.rs:1:2: x");
}

#[test]
fn what_is_kept_can_be_read_and_makes_the_table() {
    let root = workspace::root();
    let records = CRATES.map(|package| Record::of_file(&file(&root, package)).unwrap());
    let rows: Vec<_> = CRATES.into_iter().zip(&records).collect();
    let text = fs::read_to_string(root.join(page::TESTING)).unwrap();
    assert_eq!(page::part(&text, TABLE).unwrap(), table(&rows));
    assert_eq!(chosen(None), CRATES);
    assert_eq!(chosen(Some("effects")), ["effects"]);
}
