//! What is read of the programs' words, and the rows that become of it.

use super::kills::Heard;
use super::record::{self, Row};
use super::seeds::{self, Sum};
use super::*;
use crate::fuzz::Tried;
use expect_test::expect;

fn row(figures: &str) -> Row {
    Row {
        date: "2026-01-01".to_owned(),
        commit: "0123456789ab".to_owned(),
        command: "--only kills --kills 100 --seed 1".to_owned(),
        minutes: record::minutes(90.0),
        machine: "2 cores, some".to_owned(),
        figures: figures.to_owned(),
        findings: 0,
    }
}

#[test]
fn the_last_line_of_the_simulation_is_read() {
    let sum = Sum {
        seeds: 4,
        events: 30,
        faults: 2,
        violations: 1,
    };
    assert_eq!(Sum::read("seeds 4 events 30 faults 2 violations 1"), Some(sum));
    for other in [
        "",
        "seeds 4",
        "seeds 4 events x faults 2 violations 1",
        "seeds 4 events 30 faults 2 violations 1 more",
        "kept as seeds/e2-4.json (1 faults, 0 orders)",
    ] {
        assert_eq!(Sum::read(other), None, "{other}");
    }
    let twice = Sum {
        seeds: 8,
        events: 60,
        faults: 4,
        violations: 2,
    };
    assert_eq!(sum.and(sum), twice);
}

#[test]
fn a_violation_names_its_seed_and_the_command_that_repeats_it() {
    expect!["seed 17: invariant E2: begun too early (`cargo xtask simulate --seed 17` plays it again)"]
        .assert_eq(&seeds::violation("seed 17: invariant E2: begun too early").unwrap());
    assert_eq!(seeds::violation("seeds 4 events 30 faults 2 violations 1"), None);
}

#[test]
fn kills_are_counted_over_all_phases_and_failed_plays_are_named_once() {
    let mut heard = Heard::default();
    for line in [
        "seed 3, sequence 0; repeat with HOUSE_TESTS_SEED=3",
        r#"killed in: {"building": 7, "(no journal)": 2, "published": 1}"#,
        r#"killed in: {"building": 10}"#,
        "killed in: {}",
        "failures:",
        "    moments::killed_at_ten_moments_third",
        "    moments::killed_at_ten_moments_third",
    ] {
        heard.note(line);
    }
    assert_eq!(heard.kills, 20);
    assert_eq!(
        Vec::from_iter(heard.failed),
        ["moments::killed_at_ten_moments_third"]
    );
}

#[test]
fn a_row_comes_behind_the_earlier_ones() {
    let once = record::with_row("", &row("50 kills"));
    let twice = record::with_row(&once, &row("100 kills"));
    expect![[r#"
        | date | commit | `cargo xtask soak` | minutes | machine | figures | findings |
        |---|---|---|---:|---|---|---:|
        | 2026-01-01 | 0123456789ab | `--only kills --kills 100 --seed 1` | 1.5 | 2 cores, some | 50 kills | 0 |
        | 2026-01-01 | 0123456789ab | `--only kills --kills 100 --seed 1` | 1.5 | 2 cores, some | 100 kills | 0 |
    "#]]
    .assert_eq(&twice);
}

#[test]
fn numbers_are_grouped_and_an_early_end_is_told() {
    let numbers = [0, 999, 1_000, 12_345, 1_000_000].map(record::grouped);
    assert_eq!(numbers, ["0", "999", "1,000", "12,345", "1,000,000"]);
    assert_eq!(record::figures("1 kill", true), "1 kill; ended early");
    assert_eq!(record::figures("1 kill", false), "1 kill");
    assert!(record::machine().contains("cores, "));
}

#[test]
fn fuzzed_targets_are_told_with_their_executions_and_findings() {
    let tried = [("zip", 12_345, None), ("tar_gz", 7, Some("FINDING".to_owned()))];
    let outcome = fuzzed(&tried.map(|(target, executions, finding)| Tried {
        target: target.to_owned(),
        executions,
        finding,
    }));
    assert_eq!(outcome.figures, "executions: zip 12,345, tar_gz 7");
    assert_eq!(outcome.findings, ["FINDING"]);
}

#[test]
fn each_part_has_a_command_of_its_own_and_the_page_has_the_table() {
    let arguments = Arguments {
        seeds: 1,
        http_seeds: 9,
        server_kills: 8,
        kills: 2,
        fuzz_minutes: 3,
        seed: 4,
        only: None,
    };
    let commands: Vec<String> = chosen(None).iter().map(|part| part.command(&arguments)).collect();
    expect![[r#"
        --only simulation --seeds 1 --seed 4
        --only kills --kills 2 --seed 4
        --only http --http-seeds 9 --seed 4
        --only server-kills --server-kills 8
        --only fuzz --fuzz-minutes 3"#]]
    .assert_eq(&commands.join("\n"));
    assert_eq!(chosen(Some(Part::Fuzz)), [Part::Fuzz]);
    let page = std::fs::read_to_string(workspace::root().join(page::TESTING)).unwrap();
    page::part(&page, TABLE).unwrap();
}

#[test]
fn what_the_plays_over_http_say_is_read() {
    let sum = http::Sum {
        seeds: 12,
        faults: 234,
        requests: 3_049,
        kills: 18,
    };
    assert_eq!(
        http::Sum::read("seeds 12 faults 234 requests 3049 kills 18"),
        Some(sum)
    );
    for other in [
        "",
        "seeds 12",
        "seeds 12 faults x requests 1 kills 1",
        "seed 6 (stale_read): why",
    ] {
        assert_eq!(http::Sum::read(other), None, "{other}");
    }
    expect!["seed 6 (stale_read): published 2 times (`GOVERNANCE_HTTP_FIRST=6 GOVERNANCE_HTTP_SEEDS=1 cargo test --workspace --test release whatever_goes_wrong -- --nocapture` plays it again)"]
        .assert_eq(&http::finding("seed 6 (stale_read): published 2 times").unwrap());
    assert_eq!(http::finding("seeds 12 faults 234 requests 3049 kills 18"), None);
}
