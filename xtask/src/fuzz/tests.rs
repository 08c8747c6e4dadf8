//! What is read of libFuzzer's words, and what becomes of it.

use super::campaign::Campaign;
use super::*;
use crate::workspace;
use expect_test::expect;

const GOOD: &str = "#1048576\tpulse  cov: 2203 ft: 9041 corp: 620/98Kb lim: 4096 exec/s: 21845 rss: 96Mb
Done 1234567 runs in 61 second(s)
stat::number_of_executed_units: 1234567
stat::average_exec_per_sec:     20238
stat::new_units_added:          42
stat::slowest_unit_time_sec:    0
";

const BAD: &str = "#17\tNEW    cov: 2203 ft: 9041 corp: 620/98Kb lim: 4096 exec/s: 0 rss: 96Mb
thread '<unnamed>' panicked at src/plain.rs:12:5:
SUMMARY: libFuzzer: deadly signal
artifact_prefix='/some folder/zip/'; Test unit written to /some folder/zip/crash-0a4d55a8d778e5022fab701977c5d840bbc486d0
";

fn a_target(name: &str) -> Target {
    Target {
        name: name.to_owned(),
        demand: format!("A {name} is what it is."),
    }
}

/// What a log says whose run began on this day.
fn campaign(name: &str, date: &str, said: &str) -> Option<Campaign> {
    Campaign::heard(
        &a_target(name),
        &format!("{name} for 60 s on {date} at 0123456789ab\n{said}"),
    )
}

#[test]
fn a_run_is_told_in_one_line() {
    let lines = [GOOD, BAD].map(|said| campaign("zip", "2026-01-01", said).unwrap().to_string());
    expect![[r#"
        zip: 1234567 executions, 20238/s, 42 new units, no finding
        zip: 17 executions, 0/s, 0 new units, FINDING in /some folder/zip/crash-0a4d55a8d778e5022fab701977c5d840bbc486d0 (`cargo +nightly fuzz run zip FILE` shows it)"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn a_run_that_was_ended_early_is_not_told() {
    let pulses: String = GOOD.lines().take(1).collect();
    assert_eq!(campaign("zip", "2026-01-01", &pulses), None);
    assert_eq!(Campaign::heard(&a_target("zip"), GOOD), None);
}

#[test]
fn the_record_keeps_the_latest_run_of_each_target_that_there_is() {
    let mut record = Record::default();
    for (name, said, date) in [
        ("zip", BAD, "2026-01-01"),
        ("tar_gz", GOOD, "2026-01-01"),
        ("gone", GOOD, "2026-01-01"),
        ("zip", GOOD, "2026-01-02"),
    ] {
        record.note(&campaign(name, date, said).unwrap());
    }
    record.keep_only(&[a_target("zip"), a_target("tar_gz")]);
    let page = record.to_string();
    let rows: Vec<&str> = page.lines().filter(|line| line.contains("2026")).collect();
    expect![[r#"
        | tar_gz | A tar_gz is what it is. | 1234567 | 60 | 2026-01-01 | 0123456789ab | 0 |
        | zip | A zip is what it is. | 1234567 | 60 | 2026-01-02 | 0123456789ab | 0 |"#]]
    .assert_eq(&rows.join("\n"));
    assert_eq!(Record::read(&page), record);
}

#[test]
fn targets_are_chosen_by_name_and_every_one_says_what_it_demands() {
    let targets = target::all(&workspace::root()).unwrap();
    for target in &targets {
        assert!(
            target.demand.ends_with('.') && !target.demand.contains('|'),
            "{target:?}"
        );
    }
    assert_eq!(target::chosen(&targets, &[]).unwrap().len(), targets.len());
    let one = target::chosen(&targets, &["zip".to_owned()]).unwrap();
    assert_eq!(one.len(), 1);
    let error = target::chosen(&targets, &["zap".to_owned()])
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("there is no fuzz target \"zap\"; known are configuration, "),
        "{error}"
    );
}

#[test]
fn the_page_has_no_row_that_nobody_wrote() {
    let page = std::fs::read_to_string(workspace::root().join("docs/fuzzing.md")).unwrap();
    assert_eq!(Record::read(&page).to_string(), page);
}
